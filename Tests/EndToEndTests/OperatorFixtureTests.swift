import Testing

/// Models of one operator each, made for this repository, against what TensorFlow Lite computes for them.
@Suite struct OperatorFixtureTests {
  static let folder = TestData.fixtures.appendingPathComponent("operators")
  static let cases = (try? Manifest(folder))?.cases ?? []

  @Test func fixturesArePresent() {
    #expect(OperatorFixtureTests.cases.count > 50)
  }

  @Test(arguments: cases)
  func operatorGivesTheReferenceOutputs(_ test: Manifest.Case) throws {
    let folder = OperatorFixtureTests.folder
    let model = try ConvertedModel(folder.appendingPathComponent(test.model))
    let inputs = try test.inputs.map { try Manifest.bytes(of: $0, in: folder) }
    for threads in [1, 3] {
      for (computed, output) in zip(try model.run(inputs, threads: threads), test.outputs) {
        let expected = try Manifest.bytes(of: output, in: folder)
        #expect(difference(test, output, computed, expected) == nil, "\(threads) threads, \(output.name ?? "")")
      }
    }
  }

  /// Exact, but for float numbers and int8 SUM: its reference kernel mistakes codes for uint8, and the optimized one that its fixture
  /// comes from rounds otherwise. The exact rule is held by `sum.uint8`.
  private func difference(
    _ test: Manifest.Case, _ output: Manifest.Array, _ computed: [UInt8], _ expected: [UInt8]
  ) -> String? {
    if output.isFloat {
      return Comparison.relative(Comparison.floats(computed), Comparison.floats(expected), tolerance: 1e-5)
    }
    if test.model == "sum.int8.tflite" { return Comparison.withinOneCount(computed, expected) }
    return Comparison.exact(computed, expected)
  }
}
