import Foundation
import Testing

/// Where test files are: fixtures of this repository, and shared data that the environment names.
enum TestData {
  /// Real models with reference outputs; see the README there.
  static let shared: URL? = ProcessInfo.processInfo.environment["EDGEINFER_TEST_DATA"].map {
    URL(fileURLWithPath: $0, isDirectory: true)
  }

  static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures", isDirectory: true)

  static func bytes(_ url: URL) throws -> [UInt8] { [UInt8](try Data(contentsOf: url)) }

  /// A file of the shared data.
  static func shared(_ path: String) throws -> URL {
    guard let shared else { throw MissingTestData() }
    return shared.appendingPathComponent(path)
  }
}

struct MissingTestData: Error {}

extension Trait where Self == ConditionTrait {
  /// Skips a test that needs the shared data.
  static var needsSharedData: Self {
    .enabled(if: TestData.shared != nil, "set EDGEINFER_TEST_DATA to the folder of shared test data to run this")
  }
}
