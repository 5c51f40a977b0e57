import EdgeKernels
import EdgeTensor

/// float32 kernels against the reference: on every bit where a variant rounds a product and its addition once, else, as the reference
/// itself, within the bound of a sum of n rounded products: `|error| ≤ γ · (|bias| + Σ|x · w|)`, `γ = (n + 2)u / (1 − (n + 2)u)`, `u = 2⁻²⁴`.
/// - SeeAlso: N. Higham: "Accuracy and Stability of Numerical Algorithms", §3.1.
let floatChecks: [Check] =
  runnable(KernelSet.gemmF32) { $0.requires }.flatMap { variant in
    [
      Check(name: "float conv with \(variant.name) equals the reference") {
        var random = SplitMix64(seed: 61)
        for shape in convCases {
          let geometry = shape.geometry(groupInChannels: shape.inChannels)
          let layer = FloatLayer(
            geometry, weightCount: shape.outChannels * geometry.depth, depth: geometry.depth, &random)
          var got = layer.canvas
          let scratch = UnsafeMutableRawPointer.allocate(byteCount: ConvF32.scratchByteCount(geometry), alignment: 64)
          defer { scratch.deallocate() }
          let conv = ConvF32(geometry, layer.clamp, kernel: variant)
          // Two ranges, as two threads would have them.
          let half = geometry.outputRowCount / 2
          for units in [0..<half, half..<geometry.outputRowCount] {
            conv(
              input: layer.input, weights: layer.packed, bias: layer.bias, output: &got, units: units, scratch: scratch)
          }
          var expected = layer.canvas
          Reference.convF32(
            geometry, layer.clamp, input: layer.input, weights: layer.packed, bias: layer.bias, output: &expected,
            units: 0..<geometry.outputRowCount)
          if let problem = layer.problem(got, expected, roundsOnce: variant.roundsOnce) {
            return "seed 61, \(shape.label): \(problem)"
          }
        }
        return nil
      },
      Check(name: "float fully connected with \(variant.name) equals the reference") {
        var random = SplitMix64(seed: 67)
        for (batch, depth, outputs) in [
          (1, 4, 16), (1, 1, 1), (3, 17, 33), (9, 64, 10), (2, 130, 47), (17, 8, 16), (5, 68, 300), (4, 5, 129),
          (1, 640, 150), (6, 3, 64), (1, 33, 250), (8, 2, 40), (7, 9, 31),
        ] {
          // A dense layer is a 1x1 convolution of a picture one pixel wide.
          let geometry = ConvCase(height: batch, width: 1, inChannels: depth, outChannels: outputs).geometry(
            groupInChannels: depth)
          let layer = FloatLayer(geometry, weightCount: outputs * depth, depth: depth, &random)
          var (got, expected) = (layer.canvas, layer.canvas)
          let dense = FullyConnectedF32(
            batch: batch, depth: depth, outChannels: outputs, layer.clamp, kernel: variant)
          let part = dense.unitCount / 3
          for units in [0..<part, part..<dense.unitCount] {
            dense(input: layer.input, weights: layer.packed, bias: layer.bias, output: &got, units: units)
          }
          Reference.convF32(
            geometry, layer.clamp, input: layer.input, weights: layer.packed, bias: layer.bias, output: &expected,
            units: 0..<batch)
          if let problem = layer.problem(got, expected, roundsOnce: variant.roundsOnce) {
            return "seed 67, \(batch)x\(depth) -> \(outputs): \(problem)"
          }
        }
        return nil
      },
    ]
  }
  + runnable(KernelSet.depthwiseF32) { $0.requires }.map { variant in
    Check(name: "float depthwise conv with \(variant.name) equals the reference") {
      var random = SplitMix64(seed: 71)
      for shape in depthwiseCases {
        let geometry = shape.geometry(groupInChannels: 1)
        let layer = FloatLayer(
          geometry, weightCount: shape.outChannels * geometry.taps, depth: geometry.taps, &random)
        var (got, expected) = (layer.canvas, layer.canvas)
        let conv = DepthwiseConvF32(geometry, layer.clamp, kernel: variant)
        let half = geometry.outputRowCount / 2
        for units in [0..<half, half..<geometry.outputRowCount] {
          conv(input: layer.input, weights: layer.packed, bias: layer.bias, output: &got, units: units)
        }
        Reference.depthwiseConvF32(
          geometry, layer.clamp, input: layer.input, weights: layer.packed, bias: layer.bias, output: &expected,
          units: 0..<geometry.outputRowCount)
        if let problem = layer.problem(got, expected, roundsOnce: variant.roundsOnce) {
          return "seed 71, \(shape.label): \(problem)"
        }
      }
      return nil
    }
  }

/// Random data of a layer, and float64 sums of it.
private struct FloatLayer {
  let input: [Float]
  let packed: [Float]
  let bias: [Float]
  let clamp: ClampF32
  private let weights: [Float]
  private let geometry: ConvGeometry
  private let depth: Int

  init(_ geometry: ConvGeometry, weightCount: Int, depth: Int, _ random: inout SplitMix64) {
    func values(_ count: Int) -> [Float] {
      // Magnitudes from 2⁻⁸ to 1, so that sums cancel and the order of additions shows.
      (0..<count).map { _ in
        Float(random.int(in: -(1 << 23)...(1 << 23))) / Float(1 << (23 + random.int(in: 0...8)))
      }
    }
    self.geometry = geometry
    self.depth = depth
    input = values(
      geometry.batch * geometry.rows.inputExtent * geometry.columns.inputExtent * geometry.inChannels)
    weights = values(weightCount)
    bias = values(geometry.outChannels)
    packed = PackedWeights.o16(weights, outputs: geometry.outChannels, depth: depth)
    clamp = random.int(in: 0...1) == 0 ? ClampF32() : ClampF32(minimum: -0.25, maximum: 0.5)
  }

  /// Room for the output and one value more, which is to stay as it is.
  var canvas: [Float] {
    [Float](
      repeating: 12345, count: geometry.outputRowCount * geometry.columns.outputExtent * geometry.outChannels + 1)
  }

  func problem(_ got: [Float], _ expected: [Float], roundsOnce: Bool) -> String? {
    if got.last != 12345 { return "wrote past the end" }
    for index in 0..<(got.count - 1) {
      let exact = exact(index)
      let unit = Double(depth + 2) / 16_777_216
      let bound = unit / (1 - unit) * exact.magnitude
      let clamped = min(max(exact.sum, Double(clamp.minimum)), Double(clamp.maximum))
      guard abs(Double(expected[index]) - clamped) <= bound else {
        return "the reference's element \(index) is \(expected[index]), exactly \(clamped)"
      }
      let isRight =
        roundsOnce ? got[index] == expected[index] : abs(Double(got[index]) - clamped) <= bound
      guard isRight else { return "element \(index) is \(got[index]), expected \(expected[index])" }
    }
    return nil
  }

  /// An output value, and the sum of its terms' magnitudes.
  private func exact(_ index: Int) -> (sum: Double, magnitude: Double) {
    let (rows, columns) = (geometry.rows, geometry.columns)
    let (pixel, o) = index.quotientAndRemainder(dividingBy: geometry.outChannels)
    let (unit, ox) = pixel.quotientAndRemainder(dividingBy: columns.outputExtent)
    let (n, oy) = unit.quotientAndRemainder(dividingBy: rows.outputExtent)
    var sum = Double(bias[o])
    var magnitude = abs(sum)
    let isDepthwise = geometry.groupInChannels == 1 && geometry.inChannels > 1
    for ky in rows.taps(oy) {
      for kx in columns.taps(ox) {
        let y = n * rows.inputExtent + rows.start(oy) + ky * rows.dilation
        let x = columns.start(ox) + kx * columns.dilation
        let tap = ky * columns.kernelExtent + kx
        for i in 0..<geometry.groupInChannels {
          let value = input[(y * columns.inputExtent + x) * geometry.inChannels + (isDepthwise ? o : i)]
          let product = Double(value) * Double(weights[o * depth + tap * geometry.groupInChannels + i])
          sum += product
          magnitude += abs(product)
        }
      }
    }
    return (sum, magnitude)
  }
}
