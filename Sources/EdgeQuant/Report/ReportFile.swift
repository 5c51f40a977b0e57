import Foundation

enum ReportFile {
  /// A report as a JSON file.
  static func json(_ report: some Encodable) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    // A network without any error has an infinite ratio.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    guard let data = try? encoder.encode(report) else { preconditionFailure("every field of a report can be encoded") }
    return [UInt8](data) + [UInt8(ascii: "\n")]
  }
}
