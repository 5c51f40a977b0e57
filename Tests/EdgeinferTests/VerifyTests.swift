import EdgeModel
import EdgeRuntime
import EdgeTensor
import Testing

@Suite struct VerifyTests {
  /// The model with the checks that conversion stores.
  private func checked(_ contents: ModelContents) throws -> [UInt8] {
    var contents = contents
    contents.testSeed = 7
    let interpreter = try Interpreter(Plan(Model(ModelBytes(copying: contents.encoded()))))
    contents.checks = try SelfTest.run(interpreter, seed: contents.testSeed)
    return contents.encoded()
  }

  @Test(arguments: [1, 4])
  func `an intact model is ok`(threads: Int) throws {
    let folder = try Folder()
    for (name, contents) in [("int8", TinyModel.int8()), ("float", TinyModel.sum(.float32))] {
      let path = try folder.write("\(name).edge", try checked(contents))
      let result = try Program.run(["verify", "-m", path, "-t", "\(threads)"])
      #expect(result.status == 0, "\(result.text)\(result.errorText)")
      #expect(result.text.hasPrefix("ok: ") && result.lines.count == 1)
    }
  }

  @Test func `a changed weight is found at the operator that reads it`() throws {
    let folder = try Folder()
    var bytes = try checked(TinyModel.int8())
    // The bias, the only place with these four bytes.
    let weights: [UInt8] = [10, 236, 30, 40]
    let position = try #require(bytes.indices.first { bytes[$0...].starts(with: weights) })
    bytes[position + 2] ^= 1
    let path = try folder.write("tiny.edge", bytes)
    let result = try Program.run(["verify", "-m", path])
    #expect(result.status == 1)
    #expect(result.lines.first == #"differs at operator 0, add "net/add", int8[1x2x2x1]"#)
    #expect(result.lines.count == 3 && result.lines[1] != result.lines[2])
  }

  @Test func `a check that differs is found at its own operator`() throws {
    let folder = try Folder()
    var contents = TinyModel.sum(.float32)
    contents.checks = [Model.Check(hash: 0, minimum: -100, maximum: 100, mean: 0)]
    let path = try folder.write("sum.edge", contents.encoded())
    let result = try Program.run(["verify", "-m", path])
    #expect(result.status == 1)
    #expect(result.text.contains("expected minimum -100.0, maximum 100.0, mean 0.0"))
  }

  @Test func `a model without checks cannot be verified`() throws {
    let folder = try Folder()
    let path = try folder.write("tiny.edge", TinyModel.int8().encoded())
    #expect(try Program.run(["verify", "-m", path]).status == 65)
  }
}
