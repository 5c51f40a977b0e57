import EdgeKernels
import EdgeModel
import EdgeTensor

/// A random small network as MobileNets are made: blocks of an optional convolution, a depthwise and a 1x1 convolution, some with an
/// addition of the block's input, all int8. An activation comes first.
public struct RandomChain {
  public private(set) var contents = ModelContents()
  private var random: SplitMix64
  private var extents: (height: Int, width: Int, channels: Int)
  private var last: Int

  /// - Parameter extents: of the input; nil for small ones.
  public init(seed: UInt64, extents: (height: Int, width: Int, channels: Int)? = nil) {
    random = SplitMix64(seed: seed)
    if let extents {
      self.extents = extents
    } else {
      self.extents = (random.int(in: 1...19), random.int(in: 1...19), random.int(in: 1...9))
    }
    last = 0
    let input = tensor()
    last = tensor()
    add("relu", [input], [])
    contents.inputs = [input]
    for _ in 0..<random.int(in: 1...3) { addBlock() }
    contents.outputs = [last]
    // Sometimes the outside sees what a block would hide.
    if random.int(in: 0...5) == 0, let hidden = contents.operators.dropLast().last?.outputs[0] {
      contents.outputs.append(hidden)
    }
  }

  private mutating func addBlock() {
    let (source, before) = (last, extents)
    let expanded = [1, 3, 8, 16, 17, 40][random.int(in: 0...5)]
    switch random.int(in: 0...3) {
    case 0: break
    case 1: convolve(kernel: random.int(in: 2...3), stride: random.int(in: 1...2), channels: expanded)
    default: convolve(kernel: 1, stride: 1, channels: expanded)
    }
    let kernel = [3, 3, 5, 1][random.int(in: 0...3)]
    let keeps = random.int(in: 0...1) == 0
    depthwise(kernel: kernel, stride: keeps ? 1 : random.int(in: 1...3), isSame: keeps || random.int(in: 0...1) == 0)
    let channels = keeps ? before.channels : [2, 8, 12, 16, 33][random.int(in: 0...4)]
    convolve(kernel: 1, stride: 1, channels: channels)
    guard extents == before, random.int(in: 0...4) > 0 else { return }
    let product = last
    last = tensor()
    add("add", random.int(in: 0...1) == 0 ? [product, source] : [source, product], [activation()])
  }

  private mutating func convolve(kernel: Int, stride: Int, channels: Int) {
    let inChannels = extents.channels
    let attributes = window(kernel: kernel, stride: stride, isSame: true)
    let weights = codes(channels * kernel * kernel * inChannels)
    let packed = PackedWeights.o16k4(weights, outputs: channels, rows: kernel, rowDepth: kernel * inChannels)
    let constants = layer(
      weights, Shape([channels, kernel, kernel, inChannels]), .o16k4, packed, outputs: channels, attributes)
    extents.channels = channels
    finish("conv_2d", constants.inputs, constants.attributes)
  }

  private mutating func depthwise(kernel: Int, stride: Int, isSame: Bool) {
    let channels = extents.channels
    let attributes = window(kernel: kernel, stride: stride, isSame: isSame)
    let weights = codes(channels * kernel * kernel)
    let packed = PackedWeights.o16(weights, outputs: channels, depth: kernel * kernel)
    let constants = layer(weights, Shape([1, kernel, kernel, channels]), .c16, packed, outputs: channels, attributes)
    finish("depthwise_conv_2d", constants.inputs, constants.attributes)
  }

  /// Attributes of a window, and the extents after it.
  private mutating func window(kernel: Int, stride: Int, isSame: Bool) -> [Attribute] {
    let dilation = stride == 1 ? random.int(in: 1...6) / 6 + 1 : 1
    let reach = (kernel - 1) * dilation + 1
    let fits = reach <= min(extents.height, extents.width)
    var padding = (rows: isSame || !fits ? Padding.same : .valid, columns: isSame || !fits ? Padding.same : .valid)
    var attributes: [Attribute] = []
    // In place of SAME, for blocks with an addition keep their extents.
    if isSame, stride == 1 || fits, random.int(in: 0...1) == 0 {
      let total = stride == 1 ? reach - 1 : random.int(in: 0...reach - 1)
      let (top, left) = (random.int(in: 0...total), random.int(in: 0...total))
      padding = (.explicit(before: top, after: total - top), .explicit(before: left, after: total - left))
      attributes.append(Attribute("pads", ints: [top, left, total - top, total - left].map { Int64($0) }))
    }
    if let rows = WindowAxis(
      input: extents.height, kernel: kernel, stride: stride, dilation: dilation, padding: padding.rows),
      let columns = WindowAxis(
        input: extents.width, kernel: kernel, stride: stride, dilation: dilation, padding: padding.columns)
    {
      (extents.height, extents.width) = (rows.outputExtent, columns.outputExtent)
    }
    return attributes + [
      Attribute("padding", text: padding.rows.name.description), Attribute("accumulator_bound", ints: [1 << 28]),
      Attribute("stride_h", ints: [Int64(stride)]), Attribute("stride_w", ints: [Int64(stride)]),
      Attribute("dilation_h", ints: [Int64(dilation)]), Attribute("dilation_w", ints: [Int64(dilation)]), activation(),
    ]
  }

  private mutating func activation() -> Attribute {
    Attribute("activation", text: ["none", "relu", "relu6"][random.int(in: 0...2)])
  }

  /// Weights, −128 among them, and the channel constants.
  private mutating func layer(
    _ weights: [Int8], _ shape: Shape, _ layout: Layout, _ packed: [Int8], outputs: Int, _ attributes: [Attribute]
  ) -> (inputs: [Int], attributes: [Attribute]) {
    let weightZeroPoint = random.int(in: 0...2) == 0 ? Int32(random.int(in: -128...127)) : 0
    let inputZeroPoint = contents.tensors[last].zeroPoints[0]
    let (depth, stride) = (weights.count / outputs, (outputs + 15) / 16 * 16)
    var table = [Int32](repeating: 0, count: 4 * stride)
    for o in 0..<outputs {
      let sum = weights[(o * depth)..<((o + 1) * depth)].reduce(0) { $0 + Int32($1) - weightZeroPoint }
      table[o] = Int32(random.int(in: -20000...20000))
      table[stride + o] = table[o] &- inputZeroPoint &* sum
      table[2 * stride + o] = Int32(random.int(in: (1 << 30)...(1 << 31 - 1)))
      table[3 * stride + o] = Int32(random.int(in: -10...(-6)))
    }
    let data = packed.map { UInt8(bitPattern: $0) }
    contents.tensors.append(
      ModelContents.Tensor(
        name: "weights", dataType: .int8, shape: shape, layout: layout, scales: [1], zeroPoints: [0], data: data))
    contents.tensors.append(
      ModelContents.Tensor(
        name: "table", dataType: .int32, shape: Shape([4, stride]), data: table.withUnsafeBytes { [UInt8]($0) }))
    return (
      [last, contents.tensors.count - 2, contents.tensors.count - 1],
      attributes + [Attribute("weight_zero_point", ints: [Int64(weightZeroPoint)])]
    )
  }

  private mutating func finish(_ name: String, _ inputs: [Int], _ attributes: [Attribute]) {
    last = tensor()
    add(name, inputs, attributes)
  }

  private mutating func codes(_ count: Int) -> [Int8] { random.codes(count) }

  /// A new activation of the present extents.
  private mutating func tensor() -> Int {
    let zeroPoint = [-128, 127, 0, random.int(in: -100...100)][random.int(in: 0...3)]
    contents.tensors.append(
      ModelContents.Tensor(
        name: "", dataType: .int8, shape: Shape([1, extents.height, extents.width, extents.channels]),
        scales: [0.05], zeroPoints: [Int32(zeroPoint)]))
    return contents.tensors.count - 1
  }

  /// An operator that writes the newest activation.
  private mutating func add(_ name: String, _ inputs: [Int], _ attributes: [Attribute]) {
    contents.operators.append(
      ModelContents.Operator(
        name: name, node: "\(name)/\(contents.operators.count)", inputs: inputs, outputs: [last],
        attributes: Attributes(attributes)))
  }
}
