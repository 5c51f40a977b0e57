/// The names of classes in a text file, one a line.
///
/// Three forms are known; the whole file must be in one of them:
///
/// - `tabby cat`: the first line is class 0.
/// - `281 tabby cat`, also with `:` or `,` behind the number: the class is the number. Lines may be missing.
/// - `n02123045 tabby cat`: WordNet's synset numbers, which are left out.
public enum LabelFile {
  /// More classes than this are taken for a mistake.
  public static let maximumCount = 1_000_000

  /// - Returns: names by class index, "" where a class has none; nil if a number exceeds `maximumCount` or occurs twice.
  public static func parse(_ file: [UInt8]) -> [String]? {
    var lines = lines(file)
    while let last = lines.last, last.isEmpty { lines.removeLast() }
    if !lines.isEmpty, lines.allSatisfy({ synsetLength($0) != nil }) {
      return lines.map { text($0.dropFirst(synsetLength($0) ?? 0)) }
    }
    guard !lines.isEmpty, lines.allSatisfy({ number($0) != nil }) else { return lines.map { text($0) } }

    var labels: [String?] = []
    for line in lines {
      guard let (index, length) = number(line), index < maximumCount else { return nil }
      while labels.count <= index { labels.append(nil) }
      guard labels[index] == nil else { return nil }
      labels[index] = text(line.dropFirst(length))
    }
    return labels.map { $0 ?? "" }
  }

  /// Lines without their ends (LF or CR LF) and without a byte order mark.
  private static func lines(_ file: [UInt8]) -> [ArraySlice<UInt8>] {
    let start = file.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    var lines = Array(file[start...].split(separator: 0x0A, omittingEmptySubsequences: false))
    for index in lines.indices where lines[index].last == 0x0D { lines[index].removeLast() }
    return lines
  }

  /// A number that starts the line and has a name behind it, and how many bytes come before that name.
  private static func number(_ line: ArraySlice<UInt8>) -> (value: Int, length: Int)? {
    let digits = line.prefix { (0x30...0x39).contains($0) }
    guard (1...9).contains(digits.count) else { return nil }
    let separator = line.dropFirst(digits.count).prefix { $0 == 0x20 || $0 == 0x09 || $0 == 0x3A || $0 == 0x2C }
    let length = digits.count + separator.count
    guard !separator.isEmpty, length < line.count else { return nil }
    return (digits.reduce(0) { 10 * $0 + Int($1 - 0x30) }, length)
  }

  /// `n`, eight digits, white space: how many bytes that is.
  private static func synsetLength(_ line: ArraySlice<UInt8>) -> Int? {
    let head = Array(line.prefix(10))
    guard head.count == 10, head[0] == UInt8(ascii: "n"), head[1...8].allSatisfy({ (0x30...0x39).contains($0) }),
      head[9] == 0x20 || head[9] == 0x09
    else { return nil }
    return 10
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    let space: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
    let start = bytes.drop(while: space)
    guard let last = start.lastIndex(where: { !space($0) }) else { return "" }
    return String(decoding: start[...last], as: UTF8.self)
  }
}
