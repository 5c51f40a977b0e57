/// Which blocks of packed weights are stored. A block is 16 output channels by a group of four bytes of depth; blocks of zeros are left
/// out. Groups of a convolution count over all kernel rows, each padded to whole groups.
public struct SparseBlocks: Equatable, Sendable {
  /// Where the blocks of each 16 output channels begin, and one past the last: `⌈O / 16⌉ + 1` values.
  public var starts: [UInt32]
  /// The group of each stored block, ascending within 16 output channels.
  public var groups: [UInt16]

  /// More groups than 16 bits can number are not stored sparse.
  public static let maximumGroupCount = 65_536

  public init(starts: [UInt32], groups: [UInt16]) {
    self.starts = starts
    self.groups = groups
  }

  /// How often there are 16 output channels, and how many groups each has.
  /// - Parameter shape: of weights, OHWI or `[O, I]`.
  /// - Returns: nil for other shapes, empty ones, and those with more groups than can be numbered.
  public static func extents(_ shape: Shape) -> (channelBlocks: Int, groups: Int)? {
    guard shape.rank == 4 || shape.rank == 2, shape.elementCount > 0 else { return nil }
    let (rows, rowDepth) = shape.rank == 4 ? (shape[1], shape[2] * shape[3]) : (1, shape[1])
    let groups = rows * ((rowDepth + 3) / 4)
    return groups <= maximumGroupCount ? ((shape[0] + 15) / 16, groups) : nil
  }

  /// Whether this can be the index of weights of a shape.
  public func fits(_ shape: Shape) -> Bool {
    guard let (channelBlocks, groupCount) = SparseBlocks.extents(shape), starts.count == channelBlocks + 1,
      starts[0] == 0, starts[channelBlocks] == groups.count
    else { return false }
    for block in 0..<channelBlocks {
      let (start, end) = (Int(starts[block]), Int(starts[block + 1]))
      guard start <= end, end <= groups.count else { return false }
      var next = 0
      for group in groups[start..<end] {
        guard Int(group) >= next, Int(group) < groupCount else { return false }
        next = Int(group) + 1
      }
    }
    return true
  }
}

/// The same, where kernels can keep pointers into it.
public final class SparseIndex: @unchecked Sendable {
  // Sendable: only ever read.
  public let starts: UnsafeBufferPointer<UInt32>
  public let groups: UnsafeBufferPointer<UInt16>

  public init(_ blocks: SparseBlocks) {
    starts = SparseIndex.copy(blocks.starts)
    groups = SparseIndex.copy(blocks.groups)
  }

  deinit {
    starts.deallocate()
    groups.deallocate()
  }

  private static func copy<T: BitwiseCopyable>(_ values: [T]) -> UnsafeBufferPointer<T> {
    let copy = UnsafeMutableBufferPointer<T>.allocate(capacity: values.count)
    _ = copy.initialize(from: values)
    return UnsafeBufferPointer(copy)
  }

  public var blocks: SparseBlocks { SparseBlocks(starts: Array(starts), groups: Array(groups)) }
}
