import EdgeModel
import EdgeQuant
import EdgeRuntime
import Foundation
import Testing
import _EdgeTestSupport

/// Truncated and corrupted source files end in a model or a typed error, never in a crash.
@Suite struct DamagedModelTests {
  static let fixtures = ["relu.int8", "concatenation.int32", "dequantize_per_channel.int8", "elu.int8"]

  /// Converts what may be rubbish.
  /// - Returns: whether it was accepted.
  private func accepts(_ bytes: [UInt8]) -> Bool {
    var report = Report()
    do throws(QuantError) {
      let graph = try Converter.lowered(Converter.source(ModelBytes(copying: bytes), report: &report), report: &report)
      _ = try Converter().convert(graph, report: &report)
      return true
    } catch {
      return "\(error)".isEmpty
    }
  }

  private func fixture(_ name: String) throws -> [UInt8] {
    try TestData.bytes(OperatorFixtureTests.folder.appendingPathComponent("\(name).tflite"))
  }

  @Test func `every truncation of a small file is refused`() throws {
    let file = try fixture("elu.int8")
    try #require(accepts(file))
    for count in 0..<file.count { #expect(!accepts(Array(file.prefix(count))), "cut to \(count) bytes") }
  }

  @Test(arguments: fixtures) func `corrupted bytes never crash`(_ name: String) throws {
    let file = try fixture(name)
    try #require(accepts(file))
    var random = SplitMix64(seed: 20_261_121)
    var acceptedCount = 0
    let count = 1000
    for _ in 0..<count {
      var damaged = file
      for _ in 0..<random.int(in: 1...3) {
        damaged[random.int(in: 0...file.count - 1)] = UInt8(random.int(in: 0...255))
      }
      if accepts(damaged) { acceptedCount += 1 }
    }
    // Most bytes are weights, which may be anything; some are structure.
    #expect(acceptedCount > 0 && acceptedCount < count)
  }

  @Test(arguments: ["conv_2d.uint8", "strided_slice.int32"]) func `flipped bits never crash`(_ name: String) throws {
    let file = try fixture(name)
    var random = SplitMix64(seed: 7)
    for _ in 0..<150 {
      var damaged = file
      damaged[random.int(in: 0...file.count - 1)] ^= 1 << UInt8(random.int(in: 0...7))
      _ = accepts(damaged)
    }
  }
}
