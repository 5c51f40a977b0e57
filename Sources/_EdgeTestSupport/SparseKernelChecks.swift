import EdgeKernels
import EdgeTensor

/// Every variant for sparse weights against the reference on the same weights with their zeros: blocks of zeros by chance, none, all,
/// whole groups of depth, whole channels.
let sparseChecks: [Check] = runnable(KernelSet.sparseGemmS8) { $0.requires }.flatMap { variant in
  [
    Check(name: "sparse conv with \(variant.name) equals the reference") {
      var random = SplitMix64(seed: 73)
      for (round, shape) in convCases.enumerated() {
        for (pattern, zeroPoints) in zip(
          ZeroBlocks.allCases, [(0, 0), (-128, 3), (127, 0), (3, 127), (-128, -128)] as [(Int32, Int32)])
        {
          let geometry = shape.geometry(groupInChannels: shape.inChannels)
          let (rows, rowDepth) = (geometry.rows.kernelExtent, geometry.rowDepth)
          let layer = SparseLayer(
            variant, outputs: shape.outChannels, rows: rows, rowDepth: rowDepth, pattern, zeroPoints: zeroPoints,
            &random)
          let quantization = ConvQuantization(
            inputZeroPoint: zeroPoints.0, weightZeroPoint: zeroPoints.1, outputZeroPoint: 7,
            clamp: ClampS8(minimum: round % 2 == 0 ? 7 : -128, maximum: 120))
          let input = random.codes(shape.batch * shape.height * shape.width * shape.inChannels)
          let count = geometry.outputRowCount * geometry.columns.outputExtent * shape.outChannels
          var (expected, got) = ([Int8](repeating: 0, count: count), [Int8](repeating: 1, count: count))
          guard let scratchByteCount = ConvS8.scratchByteCount(geometry) else { return "refused" }
          let scratch = UnsafeMutableRawPointer.allocate(byteCount: scratchByteCount, alignment: 64)
          defer { scratch.deallocate() }
          layer.constants.table.withUnsafeBytes { table in
            let channels = ChannelTable(table.baseAddress!, stride: layer.constants.stride)
            Reference.convS8(
              geometry, quantization, input: input, weights: layer.packed, channels: channels, output: &expected,
              units: 0..<geometry.outputRowCount)
            // Two ranges, as two threads would have them.
            layer.stored.withUnsafeBufferPointer { stored in
              guard
                let conv = ConvS8(
                  geometry, quantization, kernel: variant.gemm(layer.index), weights: stored.baseAddress!)
              else { return }
              let half = geometry.outputRowCount / 2
              for units in [0..<half, half..<geometry.outputRowCount] {
                conv(
                  input: input, weights: stored.baseAddress!, channels: channels, output: &got, units: units,
                  scratch: scratch)
              }
            }
          }
          if let i = expected.indices.first(where: { expected[$0] != got[$0] }) {
            return "seed 73, \(shape.label), \(pattern.name): element \(i) is \(got[i]), expected \(expected[i])"
          }
        }
      }
      return nil
    },
    Check(name: "sparse fully connected with \(variant.name) equals the reference") {
      var random = SplitMix64(seed: 79)
      for (batch, depth, outputs) in [(1, 4, 16), (3, 17, 33), (9, 64, 10), (1, 130, 47), (5, 68, 300), (8, 8, 16)] {
        for (pattern, zeroPoints) in zip(
          ZeroBlocks.allCases, [(0, 0), (-128, 3), (127, 0), (1, 127), (-128, -128)] as [(Int32, Int32)])
        {
          let layer = SparseLayer(
            variant, outputs: outputs, rows: 1, rowDepth: depth, pattern, zeroPoints: zeroPoints, &random)
          var table = layer.constants.table
          for o in 0..<outputs {
            let bits = (Double(random.int(in: 1...100_000)) / 3e7).bitPattern
            table[2 * layer.constants.stride + o] = Int32(truncatingIfNeeded: bits)
            table[3 * layer.constants.stride + o] = Int32(truncatingIfNeeded: bits >> 32)
          }
          let input = random.codes(batch * depth)
          let requantize = FullyConnectedRequantize(zeroPoint: 5, clamp: ClampS8())
          var expected = [Int8](repeating: 0, count: batch * outputs)
          var got = [Int8](repeating: 1, count: batch * outputs)
          let scratch = UnsafeMutableRawPointer.allocate(
            byteCount: FullyConnectedS8.scratchByteCount(depth: depth), alignment: 64)
          defer { scratch.deallocate() }
          table.withUnsafeBytes { bytes in
            let channels = ChannelTable(bytes.baseAddress!, stride: layer.constants.stride)
            Reference.fullyConnectedS8(
              batch: batch, depth: depth, outChannels: outputs, inputZeroPoint: zeroPoints.0,
              weightZeroPoint: zeroPoints.1, requantize: requantize, input: input, weights: layer.packed,
              channels: channels, output: &expected, units: 0..<outputs)
            layer.stored.withUnsafeBufferPointer { stored in
              let dense = FullyConnectedS8(
                batch: batch, depth: depth, outChannels: outputs, weightZeroPoint: zeroPoints.1, requantize: requantize,
                kernel: variant.gemm(layer.index), factors: nil, weights: stored.baseAddress!)
              // One block of channels at a time, as many threads would have them.
              for unit in 0..<dense.unitCount {
                dense(
                  input: input, weights: stored.baseAddress!, channels: channels, output: &got,
                  units: unit..<(unit + 1),
                  scratch: scratch)
              }
            }
          }
          if let i = expected.indices.first(where: { expected[$0] != got[$0] }) {
            return "seed 79, \(batch)x\(depth) -> \(outputs), \(pattern.name): element \(i) is \(got[i]), "
              + "expected \(expected[i])"
          }
        }
      }
      return nil
    },
  ]
}

/// Which blocks of 16 output channels by 4 bytes of depth are zero.
enum ZeroBlocks: Sendable, CaseIterable {
  case byChance, none, all, wholeGroups, wholeChannels

  var name: StaticString {
    switch self {
    case .byChance: "zero blocks by chance"
    case .none: "no zero blocks"
    case .all: "nothing but zero blocks"
    case .wholeGroups: "every third group zero"
    case .wholeChannels: "every second sixteen channels zero"
    }
  }

  func isZero(_ block: Int, _ group: Int, _ random: inout SplitMix64) -> Bool {
    switch self {
    case .byChance: random.int(in: 0...3) > 0
    case .none: false
    case .all: true
    case .wholeGroups: group % 3 == 0
    case .wholeChannels: block % 2 == 0
    }
  }
}

/// Random weights with blocks of zeros, dense and sparse.
private struct SparseLayer {
  let packed: [Int8]
  /// One byte more than there is, so that there is an address if there is nothing.
  let stored: [Int8]
  let index: SparseIndex
  let constants: RandomLayer

  init(
    _ variant: SparseGemmS8, outputs: Int, rows: Int, rowDepth: Int, _ pattern: ZeroBlocks,
    zeroPoints: (input: Int32, weight: Int32), _ random: inout SplitMix64
  ) {
    var weights = random.codes(outputs * rows * rowDepth).map { variant.takesMinus128 ? $0 : max($0, -127) }
    let groupCount = (rowDepth + 3) / 4
    for block in 0..<((outputs + 15) / 16) {
      for group in 0..<(rows * groupCount) where pattern.isZero(block, group, &random) {
        let (row, first) = (group / groupCount, group % groupCount * 4)
        for o in (16 * block)..<min(16 * block + 16, outputs) {
          for k in first..<min(first + 4, rowDepth) { weights[(o * rows + row) * rowDepth + k] = 0 }
        }
      }
    }
    packed = PackedWeights.o16k4(weights, outputs: outputs, rows: rows, rowDepth: rowDepth)
    guard let sparse = PackedWeights.sparse(packed, outputs: outputs) else { fatalError("too many groups") }
    stored = sparse.weights + [0]
    index = SparseIndex(sparse.blocks)
    constants = RandomLayer(
      weights: weights, outputs: outputs, depth: rows * rowDepth, inputZeroPoint: zeroPoints.input,
      weightZeroPoint: zeroPoints.weight, random: &random)
  }
}
