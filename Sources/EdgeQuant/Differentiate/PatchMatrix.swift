import EdgeKernels

/// What a convolution reads, as a matrix: a row for each output position of a picture after the other, in it the elements under the
/// window, `[kernelHeight, kernelWidth, channels]`, 0 where the window lies in the padding.
struct PatchMatrix: Sendable {
  let rows: WindowAxis
  let columns: WindowAxis
  /// Of the picture.
  let channels: Int
  /// Channels from `firstChannel` on that the matrix takes, one group of them.
  let groupChannels: Int

  var depth: Int { rows.kernelExtent * columns.kernelExtent * groupChannels }
  var positionsPerPicture: Int { rows.outputExtent * columns.outputExtent }
  private var pictureCount: Int { rows.inputExtent * columns.inputExtent * channels }

  /// Whether the matrix is the picture itself.
  var isPicture: Bool {
    channels == groupChannels
      && [rows, columns].allSatisfy {
        $0.kernelExtent == 1 && $0.stride == 1 && $0.paddingBefore == 0 && $0.outputExtent == $0.inputExtent
      }
  }

  /// Writes rows of the matrix.
  /// - Parameters:
  ///   - positions: counted over all pictures.
  ///   - pictures: `[pictures, height, width, channels]`.
  ///   - matrix: `[positions, depth]`.
  func gather(
    _ positions: Range<Int>, firstChannel: Int, of pictures: UnsafePointer<Float>,
    to matrix: UnsafeMutablePointer<Float>
  ) {
    forEachRun(positions, firstChannel: firstChannel) { picture, place, count in
      if picture >= 0 {
        (matrix + place).update(from: pictures + picture, count: count)
      } else {
        (matrix + place).update(repeating: 0, count: count)
      }
    }
  }

  /// Adds rows of the matrix to the elements of the pictures that they came from.
  func scatter(
    _ positions: Range<Int>, firstChannel: Int, from matrix: UnsafePointer<Float>,
    addingTo pictures: UnsafeMutablePointer<Float>
  ) {
    forEachRun(positions, firstChannel: firstChannel) { picture, place, count in
      guard picture >= 0 else { return }
      let (source, target) = (matrix + place, pictures + picture)
      for index in 0..<count { target[index] += source[index] }
    }
  }

  /// Calls `body` for runs of elements that are neighbours in the matrix and in the picture: where they begin in the pictures, or −1 in
  /// the padding, where in the matrix, and how many there are.
  @inline(__always)
  private func forEachRun(_ positions: Range<Int>, firstChannel: Int, _ body: (Int, Int, Int) -> Void) {
    let isWhole = columns.dilation == 1 && channels == groupChannels
    let rowDepth = columns.kernelExtent * groupChannels
    let columnCount = columns.outputExtent
    var place = 0
    for position in positions {
      let (line, column) = position.quotientAndRemainder(dividingBy: columnCount)
      let (picture, row) = line.quotientAndRemainder(dividingBy: rows.outputExtent)
      let taps = columns.taps(column)
      let start = picture * pictureCount + firstChannel
      for kernelRow in 0..<rows.kernelExtent {
        let y = rows.start(row) + kernelRow * rows.dilation
        guard y >= 0, y < rows.inputExtent, !taps.isEmpty else {
          body(-1, place, rowDepth)
          place += rowDepth
          continue
        }
        let line = start + y * columns.inputExtent * channels
        if taps.lowerBound > 0 { body(-1, place, taps.lowerBound * groupChannels) }
        let first = columns.start(column)
        if isWhole {
          body(
            line + (first + taps.lowerBound) * channels, place + taps.lowerBound * groupChannels,
            taps.count * groupChannels)
        } else {
          for tap in taps {
            body(line + (first + tap * columns.dilation) * channels, place + tap * groupChannels, groupChannels)
          }
        }
        if taps.upperBound < columns.kernelExtent {
          body(-1, place + taps.upperBound * groupChannels, rowDepth - taps.upperBound * groupChannels)
        }
        place += rowDepth
      }
    }
  }
}
