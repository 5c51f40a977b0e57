/// The indices `0..<count` in the order that `precedes` gives; equal ones stay as they are. Takes n·log n.
///
/// The same as `(0..<count).sorted(by:)`. The standard library's code is copied to every place that uses it, about 3 KB each.
public func stableOrder(of count: Int, by precedes: (Int, Int) -> Bool) -> [Int] {
  withoutActuallyEscaping(precedes) { mergeSort(count, Comparison($0)) }
}

extension Array {
  /// The elements in the order that `precedes` gives; equal ones stay as they are.
  public func stablyOrdered(by precedes: (Element, Element) -> Bool) -> [Element] {
    stableOrder(of: count) { precedes(self[$0], self[$1]) }.map { self[$0] }
  }
}

/// Keeps the compiler from making a copy of the sort for each closure.
private final class Comparison {
  let precedes: (Int, Int) -> Bool

  init(_ precedes: @escaping (Int, Int) -> Bool) { self.precedes = precedes }
}

@inline(never)
private func mergeSort(_ count: Int, _ comparison: Comparison) -> [Int] {
  var order = Array(0..<count)
  var merged = order
  var width = 1
  while width < count {
    var start = 0
    while start < count {
      let middle = min(start + width, count)
      let end = min(middle + width, count)
      var (left, right) = (start, middle)
      for place in start..<end {
        if left < middle, right == end || !comparison.precedes(order[right], order[left]) {
          merged[place] = order[left]
          left += 1
        } else {
          merged[place] = order[right]
          right += 1
        }
      }
      start = end
    }
    swap(&order, &merged)
    width *= 2
  }
  return order
}
