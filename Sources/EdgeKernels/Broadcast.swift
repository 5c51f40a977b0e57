import EdgeTensor

/// Walks two operands over the shape they broadcast to, as NumPy does: trailing axes are aligned, an extent of 1 repeats.
///
/// Axes that advance alike in both operands are merged, so that a plain element-by-element operation is one inner loop.
public struct Broadcast: Sendable {
  public static let maximumRank = Shape.maximumRank

  public let shape: Shape
  /// Merged extents, outermost first, and each operand's stride along them (0 where it repeats). Unused leading axes have extent 1.
  private let extents: [Int]
  private let stridesA: [Int]
  private let stridesB: [Int]

  /// - Returns: nil if the shapes do not fit together.
  public init?(_ a: Shape, _ b: Shape) {
    let rank = max(a.rank, b.rank)
    var dimensions = [Int](repeating: 1, count: rank)
    var merged: [(extent: Int, a: Int, b: Int)] = []  // innermost first
    let (aSteps, bSteps) = (a.strides, b.strides)
    for fromEnd in 1...max(rank, 1) where rank > 0 {
      let (i, j) = (a.rank - fromEnd, b.rank - fromEnd)
      let (x, y) = (i >= 0 ? a[i] : 1, j >= 0 ? b[j] : 1)
      guard x == y || x == 1 || y == 1 else { return nil }
      let extent = x == 1 ? y : x
      dimensions[rank - fromEnd] = extent
      guard extent != 1 else { continue }
      let (sa, sb) = (x == 1 ? 0 : aSteps[i], y == 1 ? 0 : bSteps[j])
      if let inner = merged.last, sa == inner.a * inner.extent, sb == inner.b * inner.extent {
        merged[merged.count - 1].extent *= extent
      } else {
        merged.append((extent, sa, sb))
      }
    }
    guard let shape = Shape(checking: dimensions) else { return nil }
    self.shape = shape
    if merged.isEmpty { merged.append((1, 0, 0)) }
    extents = merged.reversed().map { $0.extent }
    stridesA = merged.reversed().map { $0.a }
    stridesB = merged.reversed().map { $0.b }
  }

  /// Elements of one unit of work at most.
  private static let unitLength = 4096

  private var rowLength: Int { extents[extents.count - 1] }
  private var unitsPerRow: Int { (rowLength + Broadcast.unitLength - 1) / Broadcast.unitLength }

  /// Units of work that may be computed apart: rows of the merged shape, long ones in parts.
  public var unitCount: Int {
    guard shape.elementCount > 0 else { return 0 }
    return extents.dropLast().reduce(1, *) * unitsPerRow
  }

  /// Distance between neighbouring elements of a run: 1, or 0 where the operand repeats.
  public var strideA: Int { stridesA[stridesA.count - 1] }
  public var strideB: Int { stridesB[stridesB.count - 1] }

  /// Calls `body(a, b, output, count)` with the indices of the first elements of each run of a range of units.
  @inline(__always)
  public func forEachRun(units: Range<Int>, _ body: (Int, Int, Int, Int) -> Void) {
    let last = extents.count - 1
    for unit in units {
      let (row, part) = unit.quotientAndRemainder(dividingBy: unitsPerRow)
      let start = part * Broadcast.unitLength
      var (remaining, a, b) = (row, start * strideA, start * strideB)
      var axis = last - 1
      while axis >= 0 {
        let position = remaining % extents[axis]
        remaining /= extents[axis]
        a += position * stridesA[axis]
        b += position * stridesB[axis]
        axis -= 1
      }
      body(a, b, row * rowLength + start, min(Broadcast.unitLength, rowLength - start))
    }
  }

  /// A row of one operand that is the same for neighbouring rows of the other, such as factors of channels.
  struct RepeatedRow {
    let length: Int
    let isA: Bool
  }

  /// nil if the innermost rows are longer, or do not lie side by side in the other operand.
  func repeatedRow(shorterThan limit: Int) -> RepeatedRow? {
    let axis = extents.count - 2
    guard axis >= 0, rowLength < limit, strideA == 1, strideB == 1 else { return nil }
    if stridesA[axis] == 0, stridesB[axis] == rowLength { return RepeatedRow(length: rowLength, isA: true) }
    return stridesB[axis] == 0 && stridesA[axis] == rowLength ? RepeatedRow(length: rowLength, isA: false) : nil
  }

  /// Calls `body(a, b, output, rowCount)` for as many rows of a range of units as repeat a row and have `limit` elements together.
  @inline(__always)
  func forEachRows(units: Range<Int>, _ row: RepeatedRow, atMost limit: Int, _ body: (Int, Int, Int, Int) -> Void) {
    let extent = extents[extents.count - 2]
    var unit = units.lowerBound
    while unit < units.upperBound {
      let rowCount = min(limit / row.length, extent - unit % extent, units.upperBound - unit)
      forEachRun(units: unit..<(unit + 1)) { a, b, output, _ in body(a, b, output, rowCount) }
      unit += rowCount
    }
  }

  /// Calls `body(a, b, output)` with element indices for every element of a range of units.
  @inline(__always)
  public func forEach(units: Range<Int>, _ body: (Int, Int, Int) -> Void) {
    let (sa, sb) = (strideA, strideB)
    forEachRun(units: units) { a, b, output, count in
      var (a, b) = (a, b)
      for k in output..<(output + count) {
        body(a, b, k)
        a &+= sa
        b &+= sb
      }
    }
  }
}
