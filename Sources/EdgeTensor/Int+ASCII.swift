extension Int {
  /// Reads `text`, digits in ASCII behind an optional sign; nil if there is anything else, or if the number does not fit.
  ///
  /// `Int(String)` brings along String's conversions between encodings, kilobytes of a program for boards.
  /// - Parameter radix: at most 36.
  @inline(never)
  package init?(ascii text: ArraySlice<UInt8>, radix: Int = 10) {
    let isNegative = text.first == UInt8(ascii: "-")
    let digits = isNegative || text.first == UInt8(ascii: "+") ? text.dropFirst() : text
    guard !digits.isEmpty else { return nil }
    self = 0
    for digit in digits {
      let value: UInt8
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "z"): value = digit - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = digit - UInt8(ascii: "A") + 10
      default: return nil
      }
      let (product, isTooLarge) = multipliedReportingOverflow(by: radix)
      let (sum, overflows) = product.addingReportingOverflow(isNegative ? -Int(value) : Int(value))
      guard value < radix, !isTooLarge, !overflows else { return nil }
      self = sum
    }
  }

  package init?(ascii text: [UInt8], radix: Int = 10) { self.init(ascii: text[...], radix: radix) }
}
