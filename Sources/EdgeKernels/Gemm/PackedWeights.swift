import EdgeTensor

/// The orders in which kernels read weights, and the way back. Used by the converter, which packs, and by tests.
public enum PackedWeights {
  static func blocks(_ count: Int) -> Int { (count + 15) / 16 }

  /// Bytes of `o16k4`: `[⌈O/16⌉][rows][⌈rowDepth/4⌉][16][4]`.
  /// - Returns: nil if the count overflows.
  public static func o16k4ByteCount(outputs: Int, rows: Int, rowDepth: Int) -> Int? {
    let (perOutput, overflow) = rows.multipliedReportingOverflow(by: padded(rowDepth))
    let (product, overflow2) = (blocks(outputs) * 16).multipliedReportingOverflow(by: perOutput)
    return overflow || overflow2 ? nil : product
  }

  /// Bytes of one kernel row of one channel: rounded up to a multiple of 4.
  @inline(__always)
  static func padded(_ rowDepth: Int) -> Int { (rowDepth + 3) / 4 * 4 }

  /// Where weight `k` of kernel row `row` of channel `output` lies in `o16k4`.
  @inline(__always)
  public static func o16k4Index(output: Int, row: Int, k: Int, rows: Int, rowDepth: Int) -> Int {
    let groups = padded(rowDepth) / 4
    return (((output / 16 * rows + row) * groups + k / 4) * 16 + output % 16) * 4 + k % 4
  }

  /// The blocks of `o16k4` that are not all zero, and which those are.
  /// - Parameter outputs: output channels.
  /// - Returns: nil if there are more groups than the index can number.
  public static func sparse(_ packed: [Int8], outputs: Int) -> (weights: [Int8], blocks: SparseBlocks)? {
    let blockCount = blocks(outputs)
    let groupCount = packed.count / (64 * blockCount)
    guard groupCount <= SparseBlocks.maximumGroupCount else { return nil }
    var weights: [Int8] = []
    var index = SparseBlocks(starts: [0], groups: [])
    for block in 0..<blockCount {
      for group in 0..<groupCount {
        let start = (block * groupCount + group) * 64
        guard packed[start..<(start + 64)].contains(where: { $0 != 0 }) else { continue }
        weights += packed[start..<(start + 64)]
        index.groups.append(UInt16(group))
      }
      index.starts.append(UInt32(index.groups.count))
    }
    return (weights, index)
  }

  /// Bytes of float32 weights in `o16`: `[⌈O/16⌉][K][16]`.
  /// - Returns: nil if the count overflows.
  public static func o16ByteCount(outputs: Int, depth: Int) -> Int? {
    let (product, overflow) = (blocks(outputs) * 64).multipliedReportingOverflow(by: depth)
    return overflow ? nil : product
  }

  /// Elements of depthwise weights in `c16`: `[⌈C/16⌉][taps][16]`.
  /// - Returns: nil if the count, or that of float32 bytes, overflows.
  public static func c16ElementCount(_ geometry: ConvGeometry) -> Int? {
    let (product, overflow) = (blocks(geometry.outChannels) * 16).multipliedReportingOverflow(by: geometry.taps)
    return overflow || product > Int.max / 4 ? nil : product
  }

  /// Where weight (`output`, `k`) lies in `o16`: `[⌈O/16⌉][K][16]`; also where tap `k` of channel `output` lies in `c16`.
  @inline(__always)
  public static func o16Index(output: Int, k: Int, depth: Int) -> Int {
    (output / 16 * depth + k) * 16 + output % 16
  }

  /// Packs `[O, rows, rowDepth]` row-major int8 weights as `o16k4`, zero padded. A convolution's filter OHWI has `kernelHeight` rows
  /// of `kernelWidth · inChannels`, a dense layer one row.
  public static func o16k4(_ weights: [Int8], outputs: Int, rows: Int, rowDepth: Int) -> [Int8] {
    var packed = [Int8](repeating: 0, count: blocks(outputs) * 16 * rows * padded(rowDepth))
    for output in 0..<outputs {
      for row in 0..<rows {
        for k in 0..<rowDepth {
          let target = o16k4Index(output: output, row: row, k: k, rows: rows, rowDepth: rowDepth)
          packed[target] = weights[(output * rows + row) * rowDepth + k]
        }
      }
    }
    return packed
  }

  /// Packs `[O, K]` row-major weights as `o16` (dense, float32) or `c16` (depthwise: O channels, K taps), zero padded.
  public static func o16<T: AdditiveArithmetic>(_ weights: [T], outputs: Int, depth: Int) -> [T] {
    var packed = [T](repeating: .zero, count: blocks(outputs) * 16 * depth)
    for output in 0..<outputs {
      for k in 0..<depth { packed[o16Index(output: output, k: k, depth: depth)] = weights[output * depth + k] }
    }
    return packed
  }
}
