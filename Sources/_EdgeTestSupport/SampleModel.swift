import EdgeKernels
import EdgeModel
import EdgeTensor

/// A small network of int8 operators with random weights, as conversion would write it: convolution, depthwise convolution with
/// stride 2 and 1x1 convolution, which can be fused; addition of a constant, which can be done in place; transposed convolution back to
/// the first extent; reshape, split, maximum and concatenation, which can share their bytes; dense layer.
///
/// Input 0: `int8[1, extent, extent, 3]`. Output 0: `int8[1, 5]`; output 1: the sum, `int8[1, extent / 2, extent / 2, channels]`.
public struct SampleModel {
  public var contents = ModelContents()
  private var random: SplitMix64

  /// - Parameters:
  ///   - extent: even.
  ///   - seed: of all weights.
  public init(extent: Int = 6, channels: Int = 4, seed: UInt64 = 1) {
    random = SplitMix64(seed: seed)
    contents.name = "sample"
    let half = extent / 2
    let x = activation("x", [1, extent, extent, 3], zeroPoint: -128)
    let features = activation("features", [1, extent, extent, channels], zeroPoint: -128)
    let reduced = activation("reduced", [1, half, half, channels], zeroPoint: 3)
    let mixed = activation("mixed", [1, half, half, channels], zeroPoint: 5)
    let sum = activation("sum", [1, half, half, channels], zeroPoint: -7)
    let image = activation("image", [1, extent, extent, 1], zeroPoint: 0)
    let flat = activation("flat", [1, extent * extent], zeroPoint: 0)
    let (left, right) = (
      activation("left", [1, extent * half], zeroPoint: 0), activation("right", [1, extent * half], zeroPoint: 0)
    )
    let larger = activation("larger", [1, extent * half], zeroPoint: 0)
    let joined = activation("joined", [1, extent * extent], zeroPoint: 0)
    let scores = activation("scores", [1, 5], zeroPoint: 11)

    let conv = weights([channels, 3, 3, 3], .o16k4, inputZeroPoint: -128)
    let window = [Attribute("padding", text: "same"), Attribute("accumulator_bound", ints: [1 << 24])]
    add("conv_2d", [x, conv.weights, conv.table], [features], window + [Attribute("activation", text: "relu")])
    let depthwise = weights([1, 3, 3, channels], .c16, inputZeroPoint: -128)
    let stride2 = window + [Attribute("stride_h", ints: [2]), Attribute("stride_w", ints: [2])]
    add("depthwise_conv_2d", [features, depthwise.weights, depthwise.table], [reduced], stride2)
    let offsets = constant("offsets", .int8, [channels], bytes(random.codes(channels)), scale: 0.1)
    let mix = weights([channels, 1, 1, channels], .o16k4, inputZeroPoint: 3)
    add("conv_2d", [reduced, mix.weights, mix.table], [mixed], window)
    add("add", [mixed, offsets], [sum], [Attribute("activation", text: "relu6")])
    let up = weights([1, 2, 2, channels], .rowMajor, inputZeroPoint: -7)
    let extents = constant("extents", .int32, [4], bytes([1, extent, extent, 1].map { Int32($0) }))
    add("transpose_conv", [extents, up.weights, sum, up.table], [image], stride2)
    add("reshape", [image], [flat], [Attribute("new_shape", ints: [1, -1])])
    let axis = constant("axis", .int32, [1], bytes([1 as Int32]))
    add("split", [axis, flat], [left, right], [])
    add("maximum", [left, right], [larger], [])
    add("concatenation", [left, larger], [joined], [Attribute("axis", ints: [1])])
    let dense = weights([5, extent * extent], .o16k4, inputZeroPoint: 0)
    add("fully_connected", [joined, dense.weights, dense.table], [scores], window)

    contents.inputs = [x]
    contents.outputs = [scores, sum]
  }

  private mutating func activation(_ name: String, _ extents: [Int], zeroPoint: Int32) -> Int {
    contents.tensors.append(
      ModelContents.Tensor(
        name: name, dataType: .int8, shape: Shape(extents), scales: [0.1], zeroPoints: [zeroPoint]))
    return contents.tensors.count - 1
  }

  private mutating func constant(
    _ name: String, _ dataType: DataType, _ extents: [Int], layout: Layout = .rowMajor, _ data: [UInt8],
    scale: Float? = nil
  ) -> Int {
    contents.tensors.append(
      ModelContents.Tensor(
        name: name, dataType: dataType, shape: Shape(extents), layout: layout, scales: scale.map { [$0] } ?? [],
        zeroPoints: scale == nil ? [] : [0], data: data))
    return contents.tensors.count - 1
  }

  private mutating func add(_ name: String, _ inputs: [Int], _ outputs: [Int], _ attributes: [Attribute]) {
    contents.operators.append(
      ModelContents.Operator(
        name: name, node: "\(name)/\(contents.operators.count)", inputs: inputs, outputs: outputs,
        attributes: Attributes(attributes)))
  }

  /// Random weights in their layout, and the table of channel constants.
  private mutating func weights(
    _ extents: [Int], _ layout: Layout, inputZeroPoint: Int32
  ) -> (weights: Int, table: Int) {
    let count = extents.reduce(1, *)
    let outputs = layout == .c16 ? extents[3] : extents[0]
    let depth = count / outputs
    let rows = extents.count == 4 ? extents[1] : 1
    let codes = (0..<count).map { _ in Int8(random.int(in: -127...127)) }
    let layer = RandomLayer(
      weights: codes, outputs: outputs, depth: depth, inputZeroPoint: inputZeroPoint, weightZeroPoint: 0,
      random: &random)
    var table = layer.table
    for o in 0..<outputs {
      if extents.count == 2 {  // dense layers have a float64 factor
        let factor = (Double(random.int(in: 1...1000)) / 1_000_000).bitPattern
        table[2 * layer.stride + o] = Int32(truncatingIfNeeded: factor)
        table[3 * layer.stride + o] = Int32(truncatingIfNeeded: factor >> 32)
      } else {
        table[3 * layer.stride + o] = Int32(random.int(in: -9...(-6)))
      }
    }
    let packed =
      switch layout {
      case .o16k4: PackedWeights.o16k4(codes, outputs: outputs, rows: rows, rowDepth: depth / rows)
      case .c16: PackedWeights.o16(codes, outputs: outputs, depth: depth)
      case .rowMajor, .o16, .o16k4Sparse: codes
      }
    return (
      constant("weights", .int8, extents, layout: layout, bytes(packed)),
      constant("table", .int32, [4, layer.stride], bytes(table))
    )
  }

  private func bytes<T: BitwiseCopyable>(_ values: [T]) -> [UInt8] { values.withUnsafeBytes { [UInt8]($0) } }
}
