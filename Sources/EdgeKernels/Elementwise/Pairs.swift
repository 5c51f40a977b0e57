/// Computes `count` pairs with a kernel that takes whole vectors of at most 64 elements: what is left is computed in a vector beside.
///
/// The output may be one of the inputs.
/// - Parameter kernel: given both inputs, output and count; computes the first elements and returns how many.
@inline(__always)
func forWholeVectors<T: BitwiseCopyable>(
  _ a: UnsafePointer<T>, _ b: UnsafePointer<T>, _ output: UnsafeMutablePointer<T>, count: Int,
  _ kernel: (UnsafePointer<T>, UnsafePointer<T>, UnsafeMutablePointer<T>, Int) -> Int
) {
  let done = kernel(a, b, output, count)
  let left = count &- done
  guard left > 0 else { return }
  withUnsafeTemporaryAllocation(of: T.self, capacity: 192) { memory in
    guard let x = memory.baseAddress else { return }
    let (y, z) = (x + 64, x + 128)
    x.initialize(repeating: a[done], count: 64)
    y.initialize(repeating: b[done], count: 64)
    x.update(from: a + done, count: left)
    y.update(from: b + done, count: left)
    _ = kernel(x, y, z, 64)
    (output + done).update(from: z, count: left)
  }
}

extension Broadcast {
  /// Elements that repeat are written out in a block of this many.
  private static let blockLength = 1024

  /// Calls `body(a, b, output, count)` for runs of a range of units along which both operands advance by one element. Where one of them
  /// repeats, an element or a short row, its elements are written out beforehand.
  ///
  /// The output may be an input that does not repeat.
  @inline(__always)
  public func forEachPairs<T: BitwiseCopyable>(
    units: Range<Int>, _ a: UnsafePointer<T>, _ b: UnsafePointer<T>, _ output: UnsafeMutablePointer<T>,
    _ body: (UnsafePointer<T>, UnsafePointer<T>, UnsafeMutablePointer<T>, Int) -> Void
  ) {
    let repeatsElement = strideA == 0 || strideB == 0
    let row = repeatsElement ? nil : repeatedRow(shorterThan: Broadcast.blockLength / 2)
    guard repeatsElement || row != nil else {
      return forEachRun(units: units) { i, j, k, count in body(a + i, b + j, output + k, count) }
    }
    withUnsafeTemporaryAllocation(of: T.self, capacity: Broadcast.blockLength) { memory in
      guard let block = memory.baseAddress else { return }
      if let row {
        var filled = (start: -1, count: 0)
        forEachRows(units: units, row, atMost: Broadcast.blockLength) { i, j, k, rowCount in
          let start = row.isA ? i : j
          if start != filled.start || rowCount > filled.count {
            for copy in 0..<rowCount {
              (block + copy &* row.length).initialize(from: (row.isA ? a : b) + start, count: row.length)
            }
            filled = (start, rowCount)
          }
          body(
            row.isA ? UnsafePointer(block) : a + i, row.isA ? b + j : UnsafePointer(block), output + k,
            rowCount &* row.length)
        }
        return
      }
      let repeatsA = strideA == 0
      forEachRun(units: units) { i, j, k, count in
        block.initialize(repeating: repeatsA ? a[i] : b[j], count: min(count, Broadcast.blockLength))
        var done = 0
        while done < count {
          let some = min(Broadcast.blockLength, count &- done)
          body(
            repeatsA ? UnsafePointer(block) : a + (i &+ done), repeatsA ? b + (j &+ done) : UnsafePointer(block),
            output + (k &+ done), some)
          done &+= some
        }
      }
    }
  }
}
