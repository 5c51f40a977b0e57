import CEdgeKernels
import EdgeTensor

/// Windows of a pool over an NHWC tensor. A row is one output row: `batch · outputHeight + y`.
public struct PoolWindows: Sendable {
  let rows: WindowAxis
  let columns: WindowAxis
  let channels: Int
  public let rowCount: Int

  /// - Parameters: rows, columns: without dilation.
  public init(batchCount: Int, rows: WindowAxis, columns: WindowAxis, channels: Int) {
    (self.rows, self.columns, self.channels) = (rows, columns, channels)
    rowCount = batchCount * rows.outputExtent
  }

  /// Folds the elements under every window of some rows. Padding takes no part.
  /// - Parameter finish: given the result and the number of elements, which is at least 1.
  @inline(__always)
  func fold<Element, Result>(
    outputRows: Range<Int>, _ input: UnsafePointer<Element>, _ output: UnsafeMutablePointer<Element>,
    from initial: Result, firstChannel: Int = 0,
    _ combine: (Result, Element) -> Result, finish: (Result, Int) -> Element
  ) {
    var position = outputRows.lowerBound * columns.outputExtent * channels
    for row in outputRows {
      let (batch, y) = row.quotientAndRemainder(dividingBy: rows.outputExtent)
      let tapRows = rows.taps(y)
      for x in 0..<columns.outputExtent {
        let tapColumns = columns.taps(x)
        position += firstChannel
        for channel in firstChannel..<channels {
          var result = initial
          for tapRow in tapRows {
            let inputRow = batch * rows.inputExtent + rows.start(y) + tapRow
            for tapColumn in tapColumns {
              let pixel = inputRow * columns.inputExtent + columns.start(x) + tapColumn
              result = combine(result, input[pixel * channels + channel])
            }
          }
          output[position] = finish(result, tapRows.count * tapColumns.count)
          position += 1
        }
      }
    }
  }
}

extension PoolWindows {
  /// Calls `body` for every window of some rows with where it begins, its extents inside the input, and where its output begins, counted
  /// in elements.
  @inline(__always)
  func forEach(outputRows: Range<Int>, _ body: (_ start: Int, _ rows: Int, _ columns: Int, _ output: Int) -> Void) {
    for row in outputRows {
      let (batch, y) = row.quotientAndRemainder(dividingBy: rows.outputExtent)
      let tapRows = rows.taps(y)
      let line = (batch * rows.inputExtent + rows.start(y) + tapRows.lowerBound) * columns.inputExtent
      for x in 0..<columns.outputExtent {
        let tapColumns = columns.taps(x)
        let start = line + columns.start(x) + tapColumns.lowerBound
        body(start * channels, tapRows.count, tapColumns.count, (row * columns.outputExtent + x) * channels)
      }
    }
  }

  /// Elements in a row of the input.
  var inputRowCount: Int { columns.inputExtent * channels }
  /// The most elements a window holds.
  var largestCount: Int { rows.kernelExtent * columns.kernelExtent }
}

/// One window of an int8 average pool. `edge_average_s8` in `CEdgeKernels.h` is the contract.
public struct AverageWindowS8: Sendable {
  public typealias Run =
    @convention(c) @Sendable (UnsafePointer<edge_average_s8>?, UnsafePointer<Int8>?, UnsafeMutablePointer<Int8>?) -> Int

  public let name: StaticString
  public let requires: CPUFeatures
  /// Channels are computed in groups of this many; the rest are left.
  public let channelCount: Int
  public let run: Run
}

/// int8 average over each window: the sum of codes divided by the number of elements inside the input, ties away from zero. Scales are
/// not looked at.
/// - SeeAlso: TensorFlow Lite's reference integer `pooling.h`.
public struct AveragePoolS8: Sendable {
  private let windows: PoolWindows
  private let clamp: ClampS8
  /// What is added to a code before, and subtracted after, the division.
  private let offset: Int
  private let kernel: AverageWindowS8?

  /// - Parameters:
  ///   - usesUInt8Rule: whether ties go up, as in the reference's uint8 kernel, codes being `uint8 − 128`.
  ///   - kernel: for whole groups of channels, where windows are small enough; nil for plain Swift.
  public init(windows: PoolWindows, clamp: ClampS8, usesUInt8Rule: Bool, kernel: AverageWindowS8?) {
    (self.windows, self.clamp, offset) = (windows, clamp, usesUInt8Rule ? 128 : 0)
    self.kernel = windows.largestCount <= 127 ? kernel : nil
  }

  public func callAsFunction(
    _ input: UnsafePointer<Int8>, _ output: UnsafeMutablePointer<Int8>, rows: Range<Int>
  ) {
    var firstChannel = 0
    if let kernel {
      firstChannel = windows.channels / kernel.channelCount * kernel.channelCount
      var arguments = edge_average_s8(
        rows: 0, columns: 0, row_byte_count: windows.inputRowCount, channels: windows.channels, offset: Int32(offset),
        minimum: clamp.minimum, maximum: clamp.maximum)
      windows.forEach(outputRows: rows) { start, rowCount, columnCount, target in
        (arguments.rows, arguments.columns) = (rowCount, columnCount)
        _ = kernel.run(&arguments, input + start, output + target)
      }
    }
    guard firstChannel < windows.channels else { return }
    windows.fold(
      outputRows: rows, input, output, from: 0, firstChannel: firstChannel, { $0 + Int($1) },
      finish: { sum, count in
        let shifted = sum + offset * count
        let average = (shifted > 0 ? shifted + count / 2 : shifted - count / 2) / count
        return clamp.apply(Int32(average - offset), zeroPoint: 0)
      })
  }
}

/// float32 average and maximum over each window, clamped to an activation's bounds.
public struct PoolF32: Sendable {
  private let windows: PoolWindows
  private let minimum: Float
  private let maximum: Float

  public init(windows: PoolWindows, activation: Activation) {
    self.windows = windows
    (minimum, maximum) = activation.bounds
  }

  public func average(_ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, rows: Range<Int>) {
    windows.fold(
      outputRows: rows, input, output, from: 0.0, { $0 + Double($1) },
      finish: { sum, count in min(max(Float(sum / Double(count)), minimum), maximum) })
  }

  public func maximum(_ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, rows: Range<Int>) {
    windows.fold(
      outputRows: rows, input, output, from: -Float.greatestFiniteMagnitude, { max($0, $1) },
      finish: { largest, _ in min(max(largest, minimum), maximum) })
  }
}
