/// Resizes a picture that arrives row by row from the top, and puts each finished pixel where it belongs in the tensor's plane.
///
/// With the weights w of `ResizeWeights` (unit 2^14), decoded samples p in 0…255, and `>>` rounding down:
///
///     across: h(x, row)  = (Σ w(x, column) · p(column, row) + 2^6) >> 7       0…32,640
///     down:   out(x, y)  = (Σ w(y, row) · h(x, row) + 2^20) >> 21             0…255
///
/// Both sums fit an int32. "Across" is along stored rows, also where the picture is then turned.
///
/// Memory depends on the output alone: one row of `h`, and the sums of the few output rows that are not finished.
struct RowResizer: ~Copyable {
  private var across = ResizeWeights()
  private var down = ResizeWeights()
  private var line = Scratch<Int16>()
  /// Sums of output row y at `(y mod sumRowCount) · outputWidth · channels`.
  private var sums = Scratch<Int32>()
  private var sumRowCount = 0

  /// Samples a pixel of the rows pushed: 1 or 3.
  private var channels = 0
  private var nextRow = 0
  /// The output rows from `firstOpen` to before `firstUnopened` wait for more rows.
  private var firstOpen = 0
  private var firstUnopened = 0

  var byteCount: Int { across.byteCount + down.byteCount + line.byteCount + sums.byteCount }

  /// Every output row was stored.
  var isFinished: Bool { firstOpen == down.outputCount }

  mutating func begin(_ geometry: Geometry, channels: Int) {
    across.prepare(geometry.columns, eighths: geometry.eighths)
    down.prepare(geometry.rows, eighths: geometry.eighths)
    self.channels = channels
    line.reserve(across.outputCount * channels)
    sumRowCount = down.maximumOverlap
    sums.reserve(sumRowCount * across.outputCount * channels)
    (nextRow, firstOpen, firstUnopened) = (0, 0, 0)
  }

  /// Takes the next decoded row, of as many pixels as `geometry` has decoded columns.
  /// - Parameter store: called with the output row and its sums before rounding, `x` fastest, then channel.
  mutating func push(_ row: UnsafePointer<UInt8>, store: (_ y: Int, _ sums: UnsafePointer<Int32>) -> Void) {
    let index = nextRow
    nextRow += 1
    guard !isFinished, index >= Int(down.starts[firstOpen]) else { return }
    if channels == 3 { resizeLine3(row) } else { resizeLine1(row) }

    let count = across.outputCount * channels
    while firstUnopened < down.outputCount, Int(down.starts[firstUnopened]) <= index {
      sumRow(firstUnopened).update(repeating: 1 << 20, count: count)
      firstUnopened += 1
    }
    for y in firstOpen..<firstUnopened {
      let weight = Int32(down.weights[Int(down.offsets[y]) + index - Int(down.starts[y])])
      accumulate(weight, into: sumRow(y), count: count)
    }
    while firstOpen < firstUnopened, down.last(firstOpen) == index {
      store(firstOpen, sumRow(firstOpen))
      firstOpen += 1
    }
  }

  private func sumRow(_ y: Int) -> UnsafeMutablePointer<Int32> {
    sums.elements + y % sumRowCount * across.outputCount * channels
  }

  private func accumulate(_ weight: Int32, into sums: UnsafeMutablePointer<Int32>, count: Int) {
    let line = line.elements
    for index in 0..<count { sums[index] &+= weight &* Int32(line[index]) }
  }

  private func resizeLine1(_ row: UnsafePointer<UInt8>) {
    let (starts, offsets, weights) = (across.starts.elements, across.offsets.elements, across.weights.elements)
    let line = line.elements
    for x in 0..<across.outputCount {
      var source = row + Int(starts[x])
      var sum: Int32 = 1 << 6
      for index in Int(offsets[x])..<Int(offsets[x + 1]) {
        sum &+= Int32(weights[index]) &* Int32(source[0])
        source += 1
      }
      line[x] = Int16(truncatingIfNeeded: sum >> 7)
    }
  }

  private func resizeLine3(_ row: UnsafePointer<UInt8>) {
    let (starts, offsets, weights) = (across.starts.elements, across.offsets.elements, across.weights.elements)
    var output = line.elements
    for x in 0..<across.outputCount {
      var source = row + 3 * Int(starts[x])
      var (sum0, sum1, sum2): (Int32, Int32, Int32) = (1 << 6, 1 << 6, 1 << 6)
      for index in Int(offsets[x])..<Int(offsets[x + 1]) {
        let weight = Int32(weights[index])
        sum0 &+= weight &* Int32(source[0])
        sum1 &+= weight &* Int32(source[1])
        sum2 &+= weight &* Int32(source[2])
        source += 3
      }
      output[0] = Int16(truncatingIfNeeded: sum0 >> 7)
      output[1] = Int16(truncatingIfNeeded: sum1 >> 7)
      output[2] = Int16(truncatingIfNeeded: sum2 >> 7)
      output += 3
    }
  }
}
