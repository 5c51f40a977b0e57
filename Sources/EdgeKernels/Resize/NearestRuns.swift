import CEdgeKernels

extension Resize {
  /// Copies the nearest pixels as `nearest` does: pixels of a row at once, and rows with the same source from the one before.
  /// - Parameter rows: of the output's `batch · height`.
  public func copyNearest(
    _ rows: Range<Int>, _ x: UnsafeRawPointer, _ output: UnsafeMutableRawPointer, elementByteCount: Int
  ) {
    let pixel = channels * elementByteCount
    let columnCount = 64
    withUnsafeTemporaryAllocation(of: Int.self, capacity: columnCount) { offsets in
      var first = 0
      while first < horizontal.output {
        let count = min(columnCount, horizontal.output - first)
        for i in 0..<count { offsets[i] = horizontal.nearest(first + i) * pixel }
        var previous = -1  // input row
        for row in rows {
          let line = row / vertical.output * vertical.input + vertical.nearest(row % vertical.output)
          let target = output + (row * horizontal.output + first) * pixel
          if line == previous {
            target.copyMemory(from: target - horizontal.output * pixel, byteCount: count * pixel)
          } else {
            edge_gather_runs(x + line * horizontal.input * pixel, offsets.baseAddress, target, count, pixel)
          }
          previous = line
        }
        first += count
      }
    }
  }
}
