import CEdgeKernels

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
  /// What repeats is written out in a block of this many bytes, the most that Swift takes from the stack.
  private static let blockByteCount = 1024

  /// Calls `body(a, b, output, count)` for runs of a range of units along which both operands advance by one element. Where one of them
  /// repeats, an element or a short row, it is written out beforehand.
  ///
  /// The output may be an input that does not repeat.
  /// - Parameter size: bytes of an element.
  public func forEachPairs(
    units: Range<Int>, _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ output: UnsafeMutableRawPointer, size: Int,
    _ body: (UnsafeRawPointer, UnsafeRawPointer, UnsafeMutableRawPointer, Int) -> Void
  ) {
    let limit = Broadcast.blockByteCount / size
    let repeatsElement = strideA == 0 || strideB == 0
    let row = repeatsElement ? nil : repeatedRow(shorterThan: limit / 2)
    guard repeatsElement || row != nil else {
      return forEachRun(units: units) { i, j, k, count in
        body(a + i &* size, b + j &* size, output + k &* size, count)
      }
    }
    let repeatsA = row?.isA ?? (strideA == 0)
    withUnsafeTemporaryAllocation(byteCount: Broadcast.blockByteCount, alignment: 16) { memory in
      guard let block = memory.baseAddress else { return }
      func run(_ i: Int, _ j: Int, _ k: Int, _ count: Int) {
        body(
          repeatsA ? UnsafeRawPointer(block) : a + i &* size, repeatsA ? b + j &* size : UnsafeRawPointer(block),
          output + k &* size, count)
      }
      func fill(_ i: Int, _ j: Int, _ count: Int, _ byteCount: Int) {
        let source = repeatsA ? a + i &* size : b + j &* size
        guard byteCount > 1 else {
          block.initializeMemory(as: UInt8.self, repeating: source.load(as: UInt8.self), count: count)
          return
        }
        edge_copy_runs(source, 0, block, byteCount, count, byteCount)
      }
      if let row {
        var filled = (start: -1, count: 0)
        forEachRows(units: units, row, atMost: limit) { i, j, k, rowCount in
          let start = repeatsA ? i : j
          if start != filled.start || rowCount > filled.count {
            fill(i, j, rowCount, row.length &* size)
            filled = (start, rowCount)
          }
          run(i, j, k, rowCount &* row.length)
        }
        return
      }
      forEachRun(units: units) { i, j, k, count in
        fill(i, j, min(count, limit), size)
        var done = 0
        while done < count {
          let some = min(limit, count &- done)
          run(i &+ done, j &+ done, k &+ done, some)
          done &+= some
        }
      }
    }
  }
}
