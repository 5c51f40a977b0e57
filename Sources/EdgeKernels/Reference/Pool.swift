import EdgeTensor

/// Windows of a pool over an NHWC tensor. A row is one output row: `batch · outputHeight + y`.
public struct PoolWindows: Sendable {
  private let rows: WindowAxis
  private let columns: WindowAxis
  private let channels: Int
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
    from initial: Result,
    _ combine: (Result, Element) -> Result, finish: (Result, Int) -> Element
  ) {
    var position = outputRows.lowerBound * columns.outputExtent * channels
    for row in outputRows {
      let (batch, y) = row.quotientAndRemainder(dividingBy: rows.outputExtent)
      let tapRows = rows.taps(y)
      for x in 0..<columns.outputExtent {
        let tapColumns = columns.taps(x)
        for channel in 0..<channels {
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

/// int8 average over each window: the sum of codes divided by the number of elements inside the input, ties away from zero. Scales are
/// not looked at.
/// - SeeAlso: TensorFlow Lite's reference integer `pooling.h`.
public struct AveragePoolS8: Sendable {
  private let windows: PoolWindows
  private let clamp: ClampS8
  /// What is added to a code before, and subtracted after, the division.
  private let offset: Int

  /// - Parameter usesUInt8Rule: whether ties go up, as in the reference's uint8 kernel, codes being `uint8 − 128`.
  public init(windows: PoolWindows, clamp: ClampS8, usesUInt8Rule: Bool) {
    (self.windows, self.clamp, offset) = (windows, clamp, usesUInt8Rule ? 128 : 0)
  }

  public func callAsFunction(
    _ input: UnsafePointer<Int8>, _ output: UnsafeMutablePointer<Int8>, rows: Range<Int>
  ) {
    windows.fold(
      outputRows: rows, input, output, from: 0, { $0 + Int($1) },
      finish: { sum, count in
        let shifted = sum + offset * count
        let average = (shifted > 0 ? shifted + count / 2 : shifted - count / 2) / count
        return clamp.apply(Int32(average - offset), zeroPoint: 0)
      })
  }
}

/// int8 maximum over each window, of the codes. Scales are not looked at.
public struct MaxPoolS8: Sendable {
  private let windows: PoolWindows
  private let clamp: ClampS8

  public init(windows: PoolWindows, clamp: ClampS8) { (self.windows, self.clamp) = (windows, clamp) }

  public func callAsFunction(
    _ input: UnsafePointer<Int8>, _ output: UnsafeMutablePointer<Int8>, rows: Range<Int>
  ) {
    windows.fold(
      outputRows: rows, input, output, from: Int8.min, { max($0, $1) },
      finish: { largest, _ in clamp.apply(Int32(largest), zeroPoint: 0) })
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
