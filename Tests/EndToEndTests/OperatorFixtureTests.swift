import Testing

/// Models of one operator each, made for this repository, against what TensorFlow Lite computes for them.
@Suite struct OperatorFixtureTests {
  static let folder = TestData.fixtures.appendingPathComponent("operators")
  static let cases = (try? Manifest(folder))?.cases ?? []

  @Test func `fixtures are present`() {
    #expect(OperatorFixtureTests.cases.count > 50)
  }

  @Test(arguments: cases)
  func `operator gives the reference outputs`(_ test: Manifest.Case) throws {
    let folder = OperatorFixtureTests.folder
    let model = try ConvertedModel(folder.appendingPathComponent(test.model))
    let inputs = try test.inputs.map { try Manifest.bytes(of: $0, in: folder) }
    for threads in [1, 3] {
      for (computed, output) in zip(try model.run(inputs, threads: threads), test.outputs) {
        let expected = try Manifest.bytes(of: output, in: folder)
        #expect(output.difference(computed, expected) == nil, "\(threads) threads, \(output.name ?? "")")
      }
    }
  }
}
