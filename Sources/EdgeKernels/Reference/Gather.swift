/// Copies slices that are chosen by indices.
public protocol SliceGather: Sendable {
  /// Copies a range of the output's slices.
  /// - Returns: the first index outside its axis, at which copying ends, and the extent of that axis; nil if there is none.
  func run<Index: FixedWidthInteger & BitwiseCopyable>(
    _ slices: Range<Int>, _ params: UnsafeRawPointer, _ indices: UnsafePointer<Index>,
    _ output: UnsafeMutableRawPointer
  ) -> (index: Int, limit: Int)?
}

/// Copies slices that are chosen by an index along one axis: `output[b, o, i, …] = params[b, o, indices[b, i], …]`.
///
/// Params are `[batch, outer, limit, slice]`, indices `[batch, count]`, the output `[batch, outer, count, slice]`.
public struct Gather: SliceGather {
  @usableFromInline let outer: Int
  @usableFromInline let limit: Int
  @usableFromInline let count: Int
  /// Bytes.
  @usableFromInline let slice: Int

  public init(outer: Int, limit: Int, count: Int, sliceByteCount: Int) {
    self.outer = outer
    self.limit = limit
    self.count = count
    slice = sliceByteCount
  }

  /// Copies a range of the output's `batch · outer · count` slices.
  @inlinable
  public func run<Index: FixedWidthInteger & BitwiseCopyable>(
    _ slices: Range<Int>, _ params: UnsafeRawPointer, _ indices: UnsafePointer<Index>,
    _ output: UnsafeMutableRawPointer
  ) -> (index: Int, limit: Int)? {
    for position in slices {
      let (row, i) = (position / count, position % count)
      let index = Int(truncatingIfNeeded: indices[row / outer * count + i])
      guard index >= 0, index < limit else { return (index, limit) }
      (output + position * slice).copyMemory(from: params + (row * limit + index) * slice, byteCount: slice)
    }
    return nil
  }
}

/// Copies slices that are chosen by an index along each of several leading axes: `output[i, …] = params[indices[i, 0], indices[i, 1], …]`.
public struct GatherND: SliceGather {
  /// Of the axes that are indexed.
  @usableFromInline let extents: [Int]
  /// Bytes.
  @usableFromInline let slice: Int

  public init(extents: [Int], sliceByteCount: Int) {
    self.extents = extents
    slice = sliceByteCount
  }

  @inlinable
  public func run<Index: FixedWidthInteger & BitwiseCopyable>(
    _ slices: Range<Int>, _ params: UnsafeRawPointer, _ indices: UnsafePointer<Index>,
    _ output: UnsafeMutableRawPointer
  ) -> (index: Int, limit: Int)? {
    for position in slices {
      var source = 0
      for axis in 0..<extents.count {
        let extent = extents[axis]
        let index = Int(truncatingIfNeeded: indices[position * extents.count + axis])
        guard index >= 0, index < extent else { return (index, extent) }
        source = source * extent + index
      }
      (output + position * slice).copyMemory(from: params + source * slice, byteCount: slice)
    }
    return nil
  }
}
