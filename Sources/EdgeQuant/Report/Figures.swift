/// Numbers as people read them.
public enum Figures {
  /// `-1.25`.
  public static func decimal(_ value: Double, _ places: Int) -> String {
    guard value.isFinite else { return value.isNaN ? "-" : value < 0 ? "-inf" : "inf" }
    let unit = (0..<places).reduce(1.0) { unit, _ in unit * 10 }
    let scaled = (abs(value) * unit).rounded()
    guard scaled < 0x1p53 else { return "\(value)" }
    let (whole, part) = (Int(scaled) / Int(unit), Int(scaled) % Int(unit))
    let digits = String(part)
    let fraction = places == 0 ? "" : "." + String(repeating: "0", count: places - digits.count) + digits
    return (value < 0 && scaled > 0 ? "-" : "") + "\(whole)" + fraction
  }

  /// `87.20 %`.
  public static func percent(_ share: Double) -> String { "\(decimal(100 * share, 2)) %" }

  /// `1,234,567`.
  public static func count(_ value: Int) -> String {
    var groups: [Substring] = []
    var digits = Substring(String(value.magnitude))
    while digits.count > 3 {
      groups.append(digits.suffix(3))
      digits = digits.dropLast(3)
    }
    return (value < 0 ? "-" : "") + ([digits] + groups.reversed()).joined(separator: ",")
  }

  /// Text from files, made harmless for a terminal.
  public static func printable(_ text: String) -> String {
    String(text.unicodeScalars.map { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) ? "?" : Character($0) })
  }
}
