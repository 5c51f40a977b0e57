/// Index of the largest or smallest element along one axis of `[outer, count, inner]`; the first of equals wins.
///
/// A NaN is neither larger nor smaller than anything: it is chosen only where it comes first.
public struct ArgExtreme: Sendable {
  /// At least 1.
  @usableFromInline let count: Int
  @usableFromInline let inner: Int
  @usableFromInline let findsLargest: Bool

  public init(count: Int, inner: Int, findsLargest: Bool) {
    self.count = count
    self.inner = inner
    self.findsLargest = findsLargest
  }

  /// Computes a range of the output's `outer · inner` elements.
  @inlinable
  public func run<T: Comparable & BitwiseCopyable, Index: FixedWidthInteger & BitwiseCopyable>(
    _ elements: Range<Int>, _ x: UnsafePointer<T>, _ output: UnsafeMutablePointer<Index>
  ) {
    for element in elements {
      let first = element / inner * count * inner + element % inner
      var best = 0
      for i in 1..<max(count, 1) {
        let (candidate, current) = (x[first + i * inner], x[first + best * inner])
        if findsLargest ? candidate > current : candidate < current { best = i }
      }
      output[element] = Index(truncatingIfNeeded: best)
    }
  }
}
