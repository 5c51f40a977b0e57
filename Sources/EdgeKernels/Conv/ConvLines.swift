/// The input lines under one output row after the other.
struct ConvLines {
  private let geometry: ConvGeometry
  private let layout: ConvLayout
  private let input: UnsafePointer<Int8>
  private let zeros: UnsafePointer<Int8>
  private let ring: UnsafeMutablePointer<Int8>
  /// One past the last line in the ring, counted from the start of the first image.
  private var filled = 0
  /// A line of slot 0, at most as many lines above the window as there are slots.
  private var base = 0

  /// - Parameter memory: `layout.lineCount` lines.
  init(
    _ geometry: ConvGeometry, _ layout: ConvLayout, input: UnsafePointer<Int8>, zeroPoint: Int8,
    memory: UnsafeMutablePointer<Int8>
  ) {
    self.geometry = geometry
    self.layout = layout
    self.input = input
    zeros = UnsafePointer(memory)
    ring = memory + layout.lineByteCount
    memory.update(repeating: zeroPoint, count: layout.lineCount &* layout.lineByteCount)
  }

  /// Sets `starts` to the segments of the first pixel of output row `unit`, batch included. Units come in ascending order.
  mutating func find(_ starts: ConvLayout.Starts, unit: Int) {
    let rows = geometry.rows
    let (image, row) = geometry.batch == 1 ? (0, unit) : unit.quotientAndRemainder(dividingBy: rows.outputExtent)
    let taps = rows.taps(row)
    let first = image &* rows.inputExtent &+ rows.start(row)
    if !layout.isDirect, !taps.isEmpty {
      fill(first &+ taps.lowerBound &* rows.dilation, first &+ (taps.upperBound &- 1) &* rows.dilation)
    }
    var target = starts
    for tap in 0..<rows.kernelExtent {
      let start = taps.contains(tap) ? line(first &+ tap &* rows.dilation) : zeros
      for segment in 0..<layout.segmentsPerRow {
        target.pointee = start + segment &* geometry.columns.dilation &* geometry.inChannels
        target += 1
      }
    }
  }

  private var lineByteCount: Int { geometry.columns.inputExtent &* geometry.inChannels }

  /// - Parameter line: one that the window spans.
  private func slot(_ line: Int) -> UnsafeMutablePointer<Int8> {
    let number = line &- base
    return ring + (number < layout.slotCount ? number : number &- layout.slotCount) &* layout.lineByteCount
  }

  private func line(_ line: Int) -> UnsafePointer<Int8> {
    layout.isDirect ? input + line &* lineByteCount : UnsafePointer(slot(line))
  }

  private mutating func fill(_ first: Int, _ last: Int) {
    if first &- base >= layout.slotCount { base = first &- first % layout.slotCount }
    filled = max(filled, first)
    while filled <= last {
      let target = UnsafeMutableRawPointer(slot(filled) + layout.bytesBefore)
      target.copyMemory(from: input + filled &* lineByteCount, byteCount: layout.imageByteCount)
      filled &+= 1
    }
  }
}
