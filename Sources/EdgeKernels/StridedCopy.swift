import CEdgeKernels
import EdgeTensor

/// Moves an N-dimensional block of elements from where they lie at fixed strides in one buffer to where they lie at fixed
/// strides in another: transposition, slicing, padding, splitting, joining and repetition are all of this form.
///
/// Axes that advance alike on both sides are merged, so that a block that is contiguous on both sides is copied at once.
public struct StridedCopy: Sendable {
  /// One side of a copy. Everything counts elements, not bytes.
  public struct Side {
    /// Of the block's first element.
    public var offset: Int
    /// Between neighbours along each axis of the block. May be negative, or, in the source, 0 to repeat.
    public var strides: [Int]

    public init(offset: Int = 0, strides: [Int]) {
      self.offset = offset
      self.strides = strides
    }
  }

  /// How many independent runs of elements there are: units of work that may be copied apart.
  public let unitCount: Int
  /// Bytes written by all units together.
  public let byteCount: Int
  private let elementByteCount: Int
  /// Bytes written by one unit: a copied run, or one element repeated.
  private let runByteCount: Int
  private let repeatsElement: Bool
  private let sourceOffset: Int
  private let destinationOffset: Int
  /// Merged axes, outermost first, and the bytes between neighbours along them. Never empty.
  private let extents: [Int]
  private let sourceStrides: [Int]
  private let destinationStrides: [Int]

  /// - Parameters:
  ///   - extents: of the block, outermost first, at most `Shape.maximumRank`; their product is at most `Shape.maximumElementCount`.
  ///   - elementByteCount: 1, 4 or 8.
  /// - Precondition: each side has one stride for each extent.
  public init(extents: [Int], from source: Side, to destination: Side, elementByteCount: Int) {
    precondition(extents.count <= Shape.maximumRank, "too many axes")
    precondition(extents.count == source.strides.count && extents.count == destination.strides.count, "axes differ")
    var merged: [(extent: Int, source: Int, destination: Int)] = []  // innermost first
    for axis in extents.indices.reversed() where extents[axis] != 1 {
      let (s, d) = (source.strides[axis] * elementByteCount, destination.strides[axis] * elementByteCount)
      if let inner = merged.last, s == inner.source * inner.extent, d == inner.destination * inner.extent {
        merged[merged.count - 1].extent *= extents[axis]
      } else {
        merged.append((extents[axis], s, d))
      }
    }
    var run = elementByteCount
    var repeatsElement = false
    if let inner = merged.first, inner.destination == elementByteCount,
      inner.source == elementByteCount || inner.source == 0
    {
      run *= inner.extent
      repeatsElement = inner.source == 0
      merged.removeFirst()
    }
    // Single elements are copied in any order, best with few starts of the innermost loop.
    if run == elementByteCount, merged.count > 1, merged[1].extent > merged[0].extent { merged.swapAt(0, 1) }
    if merged.isEmpty { merged.append((1, 0, 0)) }

    self.elementByteCount = elementByteCount
    self.repeatsElement = repeatsElement
    runByteCount = run
    sourceOffset = source.offset * elementByteCount
    destinationOffset = destination.offset * elementByteCount
    unitCount = extents.contains(0) ? 0 : merged.reduce(1) { $0 * $1.extent }
    byteCount = unitCount * run
    self.extents = merged.reversed().map { $0.extent }
    sourceStrides = merged.reversed().map { $0.source }
    destinationStrides = merged.reversed().map { $0.destination }
  }

  /// Whether every element is where it is to go, in buffers that begin at these offsets of one memory.
  public func isInPlace(from source: Int, to destination: Int) -> Bool {
    !repeatsElement && sourceStrides == destinationStrides
      && source + sourceOffset == destination + destinationOffset
  }

  /// Copies a range of units. The pointers are the starts of the buffers that the offsets count from.
  public func run(_ units: Range<Int>, from source: UnsafeRawPointer, to destination: UnsafeMutableRawPointer) {
    if repeatsElement {
      switch elementByteCount {
      case 1: repeatElement(UInt8.self, units, source, destination)
      case 4: repeatElement(UInt32.self, units, source, destination)
      default: repeatElement(UInt64.self, units, source, destination)
      }
      return
    }
    switch runByteCount {
    case 1: copyElements(UInt8.self, units, source, destination)
    case 4: copyElements(UInt32.self, units, source, destination)
    case 8: copyElements(UInt64.self, units, source, destination)
    default: copyRuns(units, source, destination)
    }
  }

  @inline(__always)
  private func repeatElement<T: BitwiseCopyable>(
    _ type: T.Type, _ units: Range<Int>, _ source: UnsafeRawPointer, _ destination: UnsafeMutableRawPointer
  ) {
    let count = runByteCount / elementByteCount
    let (sourceStep, destinationStep) = (sourceStrides[extents.count - 1], destinationStrides[extents.count - 1])
    forEachRow(units) { from, to, length in
      for i in 0..<length {
        let value = source.loadUnaligned(fromByteOffset: from &+ i &* sourceStep, as: T.self)
        (destination + (to &+ i &* destinationStep)).initializeMemory(as: T.self, repeating: value, count: count)
      }
    }
  }

  @inline(__always)
  private func copyElements<T: BitwiseCopyable>(
    _ type: T.Type, _ units: Range<Int>, _ source: UnsafeRawPointer, _ destination: UnsafeMutableRawPointer
  ) {
    let (sourceStep, destinationStep) = (sourceStrides[extents.count - 1], destinationStrides[extents.count - 1])
    forEachRow(units) { from, to, length in
      for i in 0..<length {
        let value = source.loadUnaligned(fromByteOffset: from &+ i &* sourceStep, as: T.self)
        destination.storeBytes(of: value, toByteOffset: to &+ i &* destinationStep, as: T.self)
      }
    }
  }

  private func copyRuns(_ units: Range<Int>, _ source: UnsafeRawPointer, _ destination: UnsafeMutableRawPointer) {
    let (sourceStep, destinationStep) = (sourceStrides[extents.count - 1], destinationStrides[extents.count - 1])
    forEachRow(units) { from, to, length in
      edge_copy_runs(source + from, sourceStep, destination + to, destinationStep, length, runByteCount)
    }
  }

  /// Calls `body(source, destination, count)` with byte offsets for every stretch of units along the innermost axis.
  @inline(__always)
  private func forEachRow(_ units: Range<Int>, _ body: (Int, Int, Int) -> Void) {
    let last = extents.count - 1
    var position = InlineArray<8, Int>(repeating: 0)
    var (source, destination, remaining) = (sourceOffset, destinationOffset, units.lowerBound)
    // Not `reversed()`: its iterator allocates in unoptimized builds.
    var start = units.isEmpty ? -1 : last
    while start >= 0 {
      let axis = start
      position[axis] = remaining % extents[axis]
      remaining /= extents[axis]
      source += position[axis] * sourceStrides[axis]
      destination += position[axis] * destinationStrides[axis]
      start -= 1
    }
    var unit = units.lowerBound
    while unit < units.upperBound {
      let count = min(extents[last] - position[last], units.upperBound - unit)
      body(source, destination, count)
      unit += count
      position[last] += count
      source += count * sourceStrides[last]
      destination += count * destinationStrides[last]
      var axis = last
      while axis > 0, position[axis] == extents[axis] {
        position[axis] = 0
        source += sourceStrides[axis - 1] - extents[axis] * sourceStrides[axis]
        destination += destinationStrides[axis - 1] - extents[axis] * destinationStrides[axis]
        axis -= 1
        position[axis] += 1
      }
    }
  }
}
