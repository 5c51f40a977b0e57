import Foundation
import Testing

/// `manifest.json` of a folder with reference outputs.
struct Manifest: Decodable {
  struct Array: Decodable {
    let file: String
    /// In bytes; several arrays may share a file.
    let offset: Int?
    let dtype: String
    let shape: [Int]
    let name: String?

    var elementByteCount: Int {
      switch dtype {
      case "int8", "uint8", "bool": 1
      case "int64", "float64": 8
      case "int16", "float16": 2
      default: 4
      }
    }
    var byteCount: Int { shape.reduce(elementByteCount, *) }
    var isFloat: Bool { dtype == "float32" }

    /// How one operator's output differs: integers byte by byte, float numbers by more than 1e-5 relative.
    func difference(_ computed: [UInt8], _ expected: [UInt8]) -> String? {
      guard isFloat else { return Comparison.exact(computed, expected) }
      return Comparison.relative(Comparison.floats(computed), Comparison.floats(expected), tolerance: 1e-5)
    }
  }

  struct Case: Decodable, CustomTestStringConvertible {
    let model: String
    let `case`: String
    let kernels: String?
    let ops: [String: Int]?
    let inputs: [Array]
    let outputs: [Array]

    var testDescription: String { "\(model) \(self.case)" }
    var isFloat: Bool { outputs.contains { $0.isFloat } }
  }

  let cases: [Case]

  /// Where the files that the cases name are.
  private(set) var folder = URL(fileURLWithPath: "/")

  private enum CodingKeys: CodingKey { case cases }

  init(_ folder: URL) throws {
    let data = try Data(contentsOf: folder.appendingPathComponent("manifest.json"))
    self = try JSONDecoder().decode(Manifest.self, from: data)
    self.folder = folder
  }

  /// The cases of a folder of the shared data; none where there is no such data.
  static func sharedCases(_ folder: String) -> [Case] {
    guard let shared = TestData.shared, let manifest = try? Manifest(shared.appendingPathComponent(folder)) else {
      return []
    }
    return manifest.cases
  }

  static func bytes(of array: Array, in folder: URL) throws -> [UInt8] {
    let file = try TestData.bytes(folder.appendingPathComponent(array.file))
    let offset = array.offset ?? 0
    guard offset + array.byteCount <= file.count else { throw CocoaError(.fileReadCorruptFile) }
    return [UInt8](file[offset..<offset + array.byteCount])
  }
}
