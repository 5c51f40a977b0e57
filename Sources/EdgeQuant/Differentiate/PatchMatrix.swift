import CEdgeRows
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
    forEachRun(positions, firstChannel: firstChannel) { run in
      if let picture = run.picture {
        edge_rows_copy(matrix + run.matrix, depth, pictures + picture, pictureStep, run.rowCount, run.count)
      } else {
        for row in 0..<run.rowCount { (matrix + run.matrix + row * depth).update(repeating: 0, count: run.count) }
      }
    }
  }

  /// Adds rows of the matrix to the elements of the pictures that they came from.
  func scatter(
    _ positions: Range<Int>, firstChannel: Int, from matrix: UnsafePointer<Float>,
    addingTo pictures: UnsafeMutablePointer<Float>
  ) {
    forEachRun(positions, firstChannel: firstChannel) { run in
      guard let picture = run.picture else { return }
      edge_rows_add(pictures + picture, pictureStep, matrix + run.matrix, depth, run.rowCount, run.count)
    }
  }

  /// Elements that are neighbours in the matrix and in the pictures, in some rows of the matrix one after the other.
  private struct Run {
    /// Where they begin in the pictures; nil in the padding.
    let picture: Int?
    let matrix: Int
    let rowCount: Int
    let count: Int
  }

  /// From a row of the matrix to the next, in the pictures.
  private var pictureStep: Int { columns.stride * channels }

  @inline(__always)
  private func forEachRun(_ positions: Range<Int>, firstChannel: Int, _ body: (Run) -> Void) {
    let inside = columns.insideOutputs
    let rowDepth = columns.kernelExtent * groupChannels
    var position = positions.lowerBound
    while position < positions.upperBound {
      let (line, column) = position.quotientAndRemainder(dividingBy: columns.outputExtent)
      let end = min(columns.outputExtent, column + positions.upperBound - position)
      let (picture, row) = line.quotientAndRemainder(dividingBy: rows.outputExtent)
      let start = picture * pictureCount + firstChannel
      for kernelRow in 0..<rows.kernelExtent {
        let y = rows.start(row) + kernelRow * rows.dilation
        let place = (position - positions.lowerBound) * depth + kernelRow * rowDepth
        guard y >= 0, y < rows.inputExtent else {
          body(Run(picture: nil, matrix: place, rowCount: end - column, count: rowDepth))
          continue
        }
        let line = start + y * columns.inputExtent * channels
        var next = column
        while next < end {
          let place = place + (next - column) * depth
          let stop = inside.contains(next) ? min(inside.upperBound, end) : next + 1
          forEachTapRun(next, stop - next, line, place, body)
          next = stop
        }
      }
      position += end - column
    }
  }

  /// The runs of one kernel row for `count` columns that see the same taps.
  @inline(__always)
  private func forEachTapRun(_ column: Int, _ count: Int, _ line: Int, _ place: Int, _ body: (Run) -> Void) {
    let (taps, first) = (columns.taps(column), columns.start(column))
    func run(_ picture: Int?, _ tap: Int, _ tapCount: Int) {
      guard tapCount > 0 else { return }
      body(
        Run(
          picture: picture, matrix: place + tap * groupChannels, rowCount: count, count: tapCount * groupChannels))
    }
    run(nil, 0, taps.lowerBound)
    if columns.dilation == 1 && channels == groupChannels {
      run(line + (first + taps.lowerBound) * channels, taps.lowerBound, taps.count)
    } else {
      for tap in taps { run(line + (first + tap * columns.dilation) * channels, tap, 1) }
    }
    run(nil, taps.upperBound, columns.kernelExtent - taps.upperBound)
  }
}

extension WindowAxis {
  /// The output positions whose taps all lie inside the input.
  var insideOutputs: Range<Int> {
    let reach = (kernelExtent - 1) * dilation + 1
    let first = min((paddingBefore + stride - 1) / stride, outputExtent)
    let last = inputExtent + paddingBefore >= reach ? (inputExtent + paddingBefore - reach) / stride : -1
    return first..<max(first, min(last + 1, outputExtent))
  }
}
