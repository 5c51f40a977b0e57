import CEdgeKernels
import EdgeKernels
import EdgeTensor

func runnable<T>(_ variants: [T], _ requires: (T) -> CPUFeatures) -> [T] {
  variants.filter { CPUFeatures.detected.isSuperset(of: requires($0)) }
}

/// The channel constants of a random int8 layer, as conversion would fold them.
struct RandomLayer {
  let table: [Int32]
  let stride: Int

  /// - Parameter weights: `[outputs, depth]`.
  init(
    weights: [Int8], outputs: Int, depth: Int, inputZeroPoint: Int32, weightZeroPoint: Int32, random: inout SplitMix64
  ) {
    stride = (outputs + 15) / 16 * 16
    var table = [Int32](repeating: 0, count: 4 * stride)
    let largestShift = random.int(in: -1...1)
    for o in 0..<outputs {
      var sum: Int32 = 0
      for k in 0..<depth { sum += Int32(weights[o * depth + k]) - weightZeroPoint }
      let bias = Int32(random.int(in: -20000...20000))
      table[o] = bias
      table[stride + o] = bias &- inputZeroPoint &* sum
      table[2 * stride + o] = Int32(random.int(in: (1 << 30)...(1 << 31 - 1)))
      table[3 * stride + o] = Int32(random.int(in: -12...largestShift))
    }
    self.table = table
  }
}

/// Each requantization against the written rule, on accumulators around every boundary and at both ends.
let requantizeChecks: [Check] = runnable(KernelSet.gemmS8) { $0.requires }.map { variant in
  Check(name: "requantize of \(variant.name) equals the rule") {
    var random = SplitMix64(seed: 11)
    for round in 0..<4000 {
      let multipliers = (0..<32).map { _ in Int32(random.int(in: (1 << 30)...(1 << 31 - 1))) }
      // Every other round has right shifts only, which variants may treat apart.
      let shifts = (0..<32).map { _ in Int32(random.int(in: -31...(round % 2 == 0 ? 8 : round % 3 == 0 ? 0 : -1))) }
      let zeroPoint = Int32(random.int(in: -128...127))
      var accumulators: [Int32] = []
      for c in 0..<32 {
        let scale = QuantizedMultiplier(multiplier: multipliers[c], shift: shifts[c])
        accumulators.append(nearBoundary(of: scale, &random))
      }
      let clamp =
        switch round % 4 {
        case 0: ClampS8(minimum: zeroPoint, maximum: 127)
        case 1: ClampS8(minimum: max(-128, zeroPoint - 1), maximum: 100)
        default: ClampS8()
        }
      // One row at a time and weights of 0: the accumulators are the biases.
      let channels = random.int(in: 1...32)
      var output = [Int8](repeating: 0, count: 33)
      let (pixels, zeros) = ([Int8](repeating: 1, count: 4), [Int8](repeating: 0, count: 128))
      let notes = variant.notes(weights: zeros, outChannels: 32, taps: 1, tapByteCount: 4)
      let largestShift = shifts.max()!
      let rowTerms = [Int32](repeating: 0, count: GemmS8.maximumRowCount)
      pixels.withUnsafeBufferPointer { pixels in
        let rows = [UnsafePointer<Int8>?](repeating: pixels.baseAddress, count: GemmS8.maximumRowCount)
        rows.withUnsafeBufferPointer { rows in
          withPointers(zeros, accumulators, rowTerms, multipliers, shifts, notes) {
            weights, bias, rowTerm, m, s, notes in
            output.withUnsafeMutableBufferPointer { output in
              var arguments = edge_gemm_s8(
                a: rows.baseAddress, row_step: 0, taps: 1, tap_byte_count: 4, weights: weights, notes: notes,
                bias: bias,
                row_term: rowTerm,
                scale: edge_requantize_s8(
                  multiplier: m, shift: s, largest_shift: largestShift, zero_point: zeroPoint, minimum: clamp.minimum,
                  maximum: clamp.maximum),
                rows: 1, channels: channels, output: output.baseAddress, accumulators: nil)
              variant.tile(&arguments)
            }
          }
        }
      }
      for c in 0..<channels {
        let expected = clamp.apply(
          QuantizedMultiplier(multiplier: multipliers[c], shift: shifts[c]).apply(accumulators[c]), zeroPoint: zeroPoint
        )
        if output[c] != expected {
          return "seed 11, round \(round): accumulator \(accumulators[c]), multiplier \(multipliers[c]), "
            + "shift \(shifts[c]): got \(output[c]), expected \(expected)"
        }
      }
      if output[channels] != 0 { return "wrote past the last channel" }
    }
    return nil
  }
}

private func withPointers(
  _ a: [Int8], _ b: [Int32], _ c: [Int32], _ d: [Int32], _ e: [Int32], _ f: [UInt8],
  _ body: (
    UnsafePointer<Int8>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?,
    UnsafePointer<UInt8>?
  ) -> Void
) { body(a, b, c, d, e, f) }

/// An accumulator one off a rounding boundary, or an extreme, or any.
private func nearBoundary(of scale: QuantizedMultiplier, _ random: inout SplitMix64) -> Int32 {
  switch random.int(in: 0...5) {
  case 0: return Int32(truncatingIfNeeded: random.next())
  case 1: return random.int(in: 0...1) == 0 ? .max : .min
  default:
    let factor = Double(scale.multiplier) / 2_147_483_648 * power(of2: scale.shift)
    let target = (Double(random.int(in: -130...130)) + 0.5) / factor
    guard abs(target) < 2_147_483_000 else { return Int32(random.int(in: -1000...1000)) }
    return Int32(target) + Int32(random.int(in: -1...1))
  }
}

private func power(of2 exponent: Int32) -> Double { Double(sign: .plus, exponent: Int(exponent), significand: 1) }

struct ConvCase {
  var height = 5
  var width = 7
  var inChannels: Int
  var outChannels: Int
  var kernel = (1, 1)
  var stride = (1, 1)
  var dilation = (1, 1)
  var padding = Padding.same
  /// Top, left, bottom and right, in place of `padding`.
  var pads: (Int, Int, Int, Int)?
  var batch = 1

  func geometry(groupInChannels: Int) -> ConvGeometry {
    let vertical = pads.map { Padding.explicit(before: $0.0, after: $0.2) } ?? padding
    let horizontal = pads.map { Padding.explicit(before: $0.1, after: $0.3) } ?? padding
    guard
      let rows = WindowAxis(input: height, kernel: kernel.0, stride: stride.0, dilation: dilation.0, padding: vertical),
      let columns = WindowAxis(
        input: width, kernel: kernel.1, stride: stride.1, dilation: dilation.1, padding: horizontal)
    else { fatalError("the case does not fit") }
    return ConvGeometry(
      batch: batch, rows: rows, columns: columns, inChannels: inChannels, outChannels: outChannels,
      groupInChannels: groupInChannels)
  }

  var label: String {
    "\(batch)x\(height)x\(width)x\(inChannels) -> \(outChannels), kernel \(kernel.0)x\(kernel.1), "
      + "stride \(stride.0)x\(stride.1), dilation \(dilation.0)x\(dilation.1), "
      + (pads.map { "pads \($0)" } ?? padding.name.description)
  }
}

let convCases: [ConvCase] = [
  ConvCase(inChannels: 4, outChannels: 16),
  ConvCase(inChannels: 3, outChannels: 17, kernel: (3, 3)),
  ConvCase(height: 6, width: 6, inChannels: 3, outChannels: 8, kernel: (3, 3), stride: (2, 2)),
  ConvCase(height: 7, width: 5, inChannels: 8, outChannels: 33, kernel: (3, 3), stride: (2, 1)),
  ConvCase(height: 9, width: 9, inChannels: 12, outChannels: 5, kernel: (3, 3), dilation: (2, 3)),
  ConvCase(height: 9, width: 9, inChannels: 5, outChannels: 16, kernel: (3, 2), dilation: (2, 3)),
  ConvCase(inChannels: 16, outChannels: 48, batch: 2),
  ConvCase(height: 1, width: 40, inChannels: 1, outChannels: 7, kernel: (1, 9)),
  ConvCase(height: 49, width: 10, inChannels: 1, outChannels: 64, kernel: (10, 4), stride: (2, 2)),
  ConvCase(height: 2, width: 2, inChannels: 20, outChannels: 31, kernel: (5, 5)),
  ConvCase(height: 8, width: 8, inChannels: 36, outChannels: 16, kernel: (3, 3), padding: .valid),
  ConvCase(height: 3, width: 1, inChannels: 68, outChannels: 130),
  ConvCase(height: 1, width: 3, inChannels: 1300, outChannels: 8),
  ConvCase(height: 3, width: 3, inChannels: 180, outChannels: 4, kernel: (3, 3)),
  // Tiles of every height, of which the last is not full.
  ConvCase(height: 1, width: 2, inChannels: 12, outChannels: 40),
  ConvCase(height: 1, width: 3, inChannels: 12, outChannels: 40),
  ConvCase(height: 1, width: 4, inChannels: 8, outChannels: 32),
  ConvCase(height: 2, width: 5, inChannels: 8, outChannels: 41),
  ConvCase(height: 2, width: 6, inChannels: 8, outChannels: 24),
  ConvCase(height: 7, width: 7, inChannels: 8, outChannels: 40),
  ConvCase(height: 3, width: 21, inChannels: 4, outChannels: 25),
  // Rows too long to be copied together.
  ConvCase(height: 1, width: 7, inChannels: 1300, outChannels: 40),
  ConvCase(height: 1, width: 5, inChannels: 2000, outChannels: 33),
  ConvCase(height: 1, width: 17, inChannels: 600, outChannels: 16),
  // More lines than fit together.
  ConvCase(height: 12, width: 190, inChannels: 8, outChannels: 6, kernel: (3, 3)),
  ConvCase(height: 40, width: 90, inChannels: 12, outChannels: 5, kernel: (2, 3), stride: (3, 2), dilation: (2, 1)),
  // Padding that neither SAME nor VALID gives.
  ConvCase(height: 8, width: 8, inChannels: 3, outChannels: 16, kernel: (3, 3), stride: (2, 2), pads: (1, 1, 1, 1)),
  ConvCase(height: 6, width: 9, inChannels: 8, outChannels: 20, kernel: (3, 3), pads: (2, 0, 0, 2)),
  ConvCase(height: 6, width: 9, inChannels: 5, outChannels: 20, kernel: (3, 3), pads: (0, 2, 2, 1), batch: 2),
  ConvCase(height: 7, width: 5, inChannels: 4, outChannels: 33, kernel: (1, 1), stride: (2, 1), pads: (0, 0, 0, 0)),
  ConvCase(height: 1, width: 1, inChannels: 12, outChannels: 17, kernel: (7, 7), stride: (2, 3), pads: (6, 6, 6, 6)),
  ConvCase(height: 5, width: 6, inChannels: 7, outChannels: 9, kernel: (3, 2), dilation: (3, 4), pads: (6, 4, 1, 3)),
  ConvCase(height: 20, width: 17, inChannels: 16, outChannels: 16, kernel: (5, 5), stride: (1, 2), pads: (3, 4, 4, 0)),
]

/// Every tile variant over shapes below, at and above its tile, both extremes of the zero points and saturating codes.
let convChecks: [Check] = runnable(KernelSet.gemmS8) { $0.requires }.map { variant in
  Check(name: "conv with \(variant.name) equals the reference") {
    var random = SplitMix64(seed: 23)
    for shape in convCases {
      for (inputZero, weightZero) in [(0, 0), (-128, 0), (127, -7), (3, 127), (-128, -128)] as [(Int32, Int32)] {
        let geometry = shape.geometry(groupInChannels: shape.inChannels)
        let weights = limited(random.codes(shape.outChannels * geometry.depth), &random)
        let layer = RandomLayer(
          weights: weights, outputs: shape.outChannels, depth: geometry.depth, inputZeroPoint: inputZero,
          weightZeroPoint: weightZero, random: &random)
        let outputZero = Int32(random.int(in: -128...127))
        let clamps = [ClampS8(), ClampS8(minimum: outputZero, maximum: 127), ClampS8(minimum: -100, maximum: 90)]
        let quantization = ConvQuantization(
          inputZeroPoint: inputZero, weightZeroPoint: weightZero, outputZeroPoint: outputZero,
          clamp: clamps[random.int(in: 0...2)])
        let input = random.codes(shape.batch * shape.height * shape.width * shape.inChannels)
        let packed = PackedWeights.o16k4(
          weights, outputs: shape.outChannels, rows: geometry.rows.kernelExtent, rowDepth: geometry.rowDepth)
        let count = geometry.outputRowCount * geometry.columns.outputExtent * shape.outChannels
        var (expected, got) = ([Int8](repeating: 0, count: count), [Int8](repeating: 1, count: count))
        guard let conv = ConvS8(geometry, quantization, kernel: variant, weights: packed) else { return "refused" }
        let scratch = UnsafeMutableRawPointer.allocate(byteCount: conv.scratchByteCount, alignment: 64)
        defer { scratch.deallocate() }
        layer.table.withUnsafeBytes { table in
          let channels = ChannelTable(table.baseAddress!, stride: layer.stride)
          Reference.convS8(
            geometry, quantization, input: input, weights: packed, channels: channels, output: &expected,
            units: 0..<geometry.outputRowCount)
          // Two ranges, as two threads would have them.
          let half = geometry.outputRowCount / 2
          for units in [0..<half, half..<geometry.outputRowCount] {
            conv(input: input, weights: packed, channels: channels, output: &got, units: units, scratch: scratch)
          }
        }
        if let i = expected.indices.first(where: { expected[$0] != got[$0] }) {
          return "seed 23, \(shape.label), zero points \(inputZero), \(weightZero): element \(i) is \(got[i]), "
            + "expected \(expected[i])"
        }
      }
    }
    return nil
  }
}

/// The same weights, or without −128, or a half or quarter as large: what variants that add products up in 16 bits tell apart.
private func limited(_ weights: [Int8], _ random: inout SplitMix64) -> [Int8] {
  switch random.int(in: 0...3) {
  case 0: weights
  case 1: weights.map { max($0, -127) }
  case 2: weights.map { $0 / 2 }
  default: weights.map { $0 / 4 }
  }
}

let depthwiseCases = [
  ConvCase(inChannels: 16, outChannels: 16, kernel: (3, 3)),
  ConvCase(height: 6, width: 6, inChannels: 35, outChannels: 35, kernel: (3, 3), stride: (2, 2)),
  ConvCase(height: 5, width: 9, inChannels: 8, outChannels: 8, kernel: (3, 3), stride: (1, 4), padding: .valid),
  ConvCase(height: 20, width: 11, inChannels: 16, outChannels: 16, kernel: (3, 3)),
  ConvCase(height: 7, width: 12, inChannels: 24, outChannels: 24, kernel: (3, 3), stride: (2, 2)),
  ConvCase(height: 1, width: 1, inChannels: 17, outChannels: 17, kernel: (3, 3)),
  ConvCase(height: 9, width: 2, inChannels: 33, outChannels: 33, kernel: (3, 3), dilation: (2, 1)),
  ConvCase(height: 9, width: 8, inChannels: 5, outChannels: 5, kernel: (5, 5), batch: 2),
  ConvCase(height: 9, width: 8, inChannels: 48, outChannels: 48, kernel: (3, 2), stride: (1, 3), dilation: (3, 2)),
  ConvCase(height: 3, width: 3, inChannels: 32, outChannels: 32, kernel: (7, 7)),
  ConvCase(height: 8, width: 9, inChannels: 31, outChannels: 31, kernel: (1, 3), padding: .valid),
  // Padding that neither SAME nor VALID gives.
  ConvCase(height: 8, width: 8, inChannels: 16, outChannels: 16, kernel: (3, 3), stride: (2, 2), pads: (1, 1, 1, 1)),
  ConvCase(height: 8, width: 16, inChannels: 64, outChannels: 64, kernel: (3, 3), stride: (2, 2), pads: (1, 1, 0, 0)),
  ConvCase(height: 9, width: 14, inChannels: 20, outChannels: 20, kernel: (3, 3), pads: (2, 2, 2, 2)),
  ConvCase(height: 9, width: 6, inChannels: 64, outChannels: 64, kernel: (3, 3), pads: (0, 2, 1, 0), batch: 2),
  ConvCase(height: 7, width: 4, inChannels: 40, outChannels: 40, kernel: (3, 3), pads: (2, 0, 0, 2)),
  ConvCase(height: 1, width: 1, inChannels: 33, outChannels: 33, kernel: (3, 3), pads: (2, 2, 2, 2)),
  ConvCase(height: 2, width: 2, inChannels: 16, outChannels: 16, kernel: (3, 3), stride: (2, 1), pads: (2, 2, 1, 2)),
  ConvCase(height: 6, width: 5, inChannels: 48, outChannels: 48, kernel: (5, 3), dilation: (1, 2), pads: (4, 4, 3, 1)),
]

let depthwiseChecks: [Check] = runnable(KernelSet.depthwiseS8) { $0.requires }.map { variant in
  Check(name: "depthwise conv with \(variant.name) equals the reference") {
    var random = SplitMix64(seed: 37)
    for shape in depthwiseCases {
      for (inputZero, weightZero) in [(0, 0), (-128, 0), (127, 0), (-128, 127), (5, -128), (-5, 9)] as [(Int32, Int32)]
      {
        let geometry = shape.geometry(groupInChannels: 1)
        guard variant.handles(geometry) else { continue }
        let weights = limited(random.codes(shape.outChannels * geometry.taps), &random)
        let layer = RandomLayer(
          weights: weights, outputs: shape.outChannels, depth: geometry.taps, inputZeroPoint: inputZero,
          weightZeroPoint: weightZero, random: &random)
        let outputZero = Int32(random.int(in: -128...127))
        let quantization = ConvQuantization(
          inputZeroPoint: inputZero, weightZeroPoint: weightZero, outputZeroPoint: outputZero,
          clamp: ClampS8(minimum: random.int(in: 0...1) == 0 ? outputZero : -100, maximum: 120))
        let input = random.codes(shape.batch * shape.height * shape.width * shape.inChannels)
        let packed = PackedWeights.o16(weights, outputs: shape.outChannels, depth: geometry.taps)
        let count = geometry.outputRowCount * geometry.columns.outputExtent * shape.outChannels
        var (expected, got) = ([Int8](repeating: 0, count: count), [Int8](repeating: 1, count: count))
        layer.table.withUnsafeBytes { table in
          let channels = ChannelTable(table.baseAddress!, stride: layer.stride)
          let units = 0..<geometry.outputRowCount
          Reference.depthwiseConvS8(
            geometry, quantization, input: input, weights: packed, channels: channels, output: &expected, units: units)
          DepthwiseConvS8(geometry, quantization, kernel: variant)(
            input: input, weights: packed, channels: channels, output: &got, units: units)
        }
        if let i = expected.indices.first(where: { expected[$0] != got[$0] }) {
          return "seed 37, \(shape.label), zero points \(inputZero), \(weightZero): element \(i) is \(got[i]), "
            + "expected \(expected[i])"
        }
      }
    }
    return nil
  }
}

let fullyConnectedChecks: [Check] = runnable(KernelSet.gemmS8) { $0.requires }.map { variant in
  Check(name: "fully connected with \(variant.name) equals the reference") {
    var random = SplitMix64(seed: 41)
    for (batch, depth, outputs) in [
      (1, 4, 16), (1, 1, 1), (3, 17, 33), (9, 64, 10), (2, 130, 47), (17, 8, 16), (5, 68, 300),
    ] {
      for (inputZero, weightZero) in [(0, 0), (-128, 0), (127, -128), (1, 127)] as [(Int32, Int32)] {
        let weights = limited(random.codes(outputs * depth), &random)
        let layer = RandomLayer(
          weights: weights, outputs: outputs, depth: depth, inputZeroPoint: inputZero, weightZeroPoint: weightZero,
          random: &random)
        var table = layer.table
        for o in 0..<outputs {
          // Some so large that results leave 32 and 64 bits.
          let divisor = random.int(in: 0...9) == 0 ? 1e-200 : random.int(in: 0...3) == 0 ? 1e-3 : 3e7
          let bits = (Double(random.int(in: 1...100_000)) / divisor).bitPattern
          table[2 * layer.stride + o] = Int32(truncatingIfNeeded: bits)
          table[3 * layer.stride + o] = Int32(truncatingIfNeeded: bits >> 32)
        }
        let input = random.codes(batch * depth)
        let packed = PackedWeights.o16k4(weights, outputs: outputs, rows: 1, rowDepth: depth)
        let listed = runnable(KernelSet.factorsS8) { $0.requires }
        let choice = random.int(in: 0...listed.count)
        let factors = choice < listed.count ? listed[choice] : nil
        let requantize = FullyConnectedRequantize(zeroPoint: 5, clamp: ClampS8())
        var expected = [Int8](repeating: 0, count: batch * outputs)
        var got = [Int8](repeating: 1, count: batch * outputs)
        let scratch = UnsafeMutableRawPointer.allocate(
          byteCount: FullyConnectedS8.scratchByteCount(depth: depth), alignment: 64)
        defer { scratch.deallocate() }
        table.withUnsafeBytes { bytes in
          let channels = ChannelTable(bytes.baseAddress!, stride: layer.stride)
          Reference.fullyConnectedS8(
            batch: batch, depth: depth, outChannels: outputs, inputZeroPoint: inputZero, weightZeroPoint: weightZero,
            requantize: requantize, input: input, weights: packed, channels: channels, output: &expected,
            units: 0..<outputs)
          let dense = FullyConnectedS8(
            batch: batch, depth: depth, outChannels: outputs, weightZeroPoint: weightZero, requantize: requantize,
            kernel: variant, factors: factors, weights: packed)
          dense(
            input: input, weights: packed, channels: channels, output: &got, units: 0..<dense.unitCount,
            scratch: scratch)
        }
        if let i = expected.indices.first(where: { expected[$0] != got[$0] }) {
          return "seed 41, \(batch)x\(depth) -> \(outputs), zero points \(inputZero), \(weightZero): element \(i) is "
            + "\(got[i]), expected \(expected[i])"
        }
      }
    }
    return nil
  }
}

let addChecks: [Check] = runnable(KernelSet.addS8) { $0.requires }.map { variant in
  Check(name: "addition with \(variant.name) equals the reference") {
    var random = SplitMix64(seed: 53)
    // Every pair of codes, at every count modulo the vector length.
    for round in 0..<60 {
      func params() -> QuantParams {
        QuantParams(
          scale: Float(random.int(in: 1...1000)) / Float(random.int(in: 1...1000)),
          zeroPoint: Int32(random.int(in: -128...127)))
      }
      let a = params()
      let b = round % 3 == 0 ? a : params()
      let scale = max(a.scale, b.scale) * Float(random.int(in: 1...300)) / 100
      guard
        let add = AddS8(
          a: a, b: b, output: QuantParams(scale: scale, zeroPoint: Int32(random.int(in: -128...127))),
          activation: round % 2 == 0 ? .none : .relu6, subtracts: round % 5 == 0)
      else { return "seed 53, round \(round): scales refused" }
      var (left, right): ([Int8], [Int8]) = ([], [])
      for i in -128...127 {
        for j in -128...127 {
          left.append(Int8(i))
          right.append(Int8(j))
        }
      }
      let count = left.count - round % 17
      var output = [Int8](repeating: 0, count: left.count)
      add.run(left, right, &output, count: count, kernel: variant)
      for i in 0..<count where output[i] != add(left[i], right[i]) {
        return
          "seed 53, round \(round): \(left[i]) and \(right[i]) give \(output[i]), expected \(add(left[i], right[i]))"
      }
      for i in count..<left.count where output[i] != 0 { return "wrote past the end" }
    }
    return nil
  }
}
