import CEdgeSystem
import EdgeTensor

/// Times of day as ISO 8601 writes them.
enum UTC {
  /// `2026-03-01T12:30:00.250Z` for a time of `CLOCK_MONOTONIC`.
  static func text(monotonic nanoseconds: Int64) -> Text {
    text(nanoseconds + edge_wall_clock_ns() - edge_clock_ns())
  }

  /// - Parameter nanoseconds: since 1970, not before.
  static func text(_ nanoseconds: Int64) -> Text {
    let milliseconds = Int(max(nanoseconds, 0) / 1_000_000)
    let (seconds, days) = (milliseconds / 1000 % 86_400, milliseconds / 86_400_000)
    let (year, month, day) = date(days)
    return """
      \(year)-\(padded(month))-\(padded(day))T\(padded(seconds / 3600)):\(padded(seconds / 60 % 60)):\
      \(padded(seconds % 60)).\(padded(milliseconds % 1000, 3))Z
      """
  }

  /// The Gregorian calendar, by H. Hinnant's "chrono-compatible low-level date algorithms": years begin in March, so that the leap day
  /// is the last, and 400 of them have 146,097 days.
  private static func date(_ days: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let (era, dayOfEra) = (shifted / 146_097, shifted % 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day)
  }

  private static func padded(_ number: Int, _ digits: Int = 2) -> Text {
    let text: Text = "\(number)"
    return Text([UInt8](repeating: UInt8(ascii: "0"), count: max(0, digits - text.count)) + text.bytes)
  }
}
