extension Int {
  /// Reads `text`, decimal digits in ASCII behind an optional sign; nil if there is anything else, or if the number does not fit.
  ///
  /// `Int(String)` brings along all of String's conversions between encodings, 6 KB of a program for boards.
  @inline(never)
  package init?(decimal text: ArraySlice<UInt8>) {
    let isNegative = text.first == UInt8(ascii: "-")
    let digits = isNegative || text.first == UInt8(ascii: "+") ? text.dropFirst() : text
    guard !digits.isEmpty else { return nil }
    self = 0
    for digit in digits {
      guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
      let value = Int(digit - UInt8(ascii: "0"))
      let (product, isTooLarge) = multipliedReportingOverflow(by: 10)
      let (sum, overflows) = product.addingReportingOverflow(isNegative ? -value : value)
      guard !isTooLarge, !overflows else { return nil }
      self = sum
    }
  }

  package init?(decimal text: [UInt8]) { self.init(decimal: text[...]) }
}
