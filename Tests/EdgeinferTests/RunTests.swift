import EdgeFormats
import EdgeTensor
import Foundation
import Testing

@Suite struct RunTests {
  private func array(_ type: DataType, _ extents: [Int], _ elements: [UInt8]) -> [UInt8] {
    NumpyArray.header(type, Shape(extents)) + elements
  }

  @Test(arguments: [1, 2, 4])
  func `int8 in, int8 out, saturated`(threads: Int) throws {
    let folder = try Folder()
    let model = try folder.write("tiny.edge", TinyModel.int8().encoded())
    let input = try folder.write("x.npy", array(.int8, [1, 2, 2, 1], [1, 2, 127, 250]))
    let result = try Program.run(["run", "-m", model, "-i", input, "-o", folder.path("out"), "-t", "\(threads)"])
    #expect(result.status == 0, "\(result.errorText)")
    #expect(result.text == "" && result.errorText == "")
    #expect(try folder.bytes("out/output-0.npy") == array(.int8, [1, 4], [11, 238, 127, 34]))
  }

  @Test func `inputs are taken in the model's order`() throws {
    let folder = try Folder()
    let model = try folder.write("sum.edge", TinyModel.sum(.int64).encoded())
    func words(_ values: [Int64]) -> [UInt8] { values.flatMap { value in withUnsafeBytes(of: value) { Array($0) } } }
    let a = try folder.write("a.npy", array(.int64, [1, 3], words([1, -2, 1 << 40])))
    let b = try folder.write("b.npy", array(.int64, [1, 3], words([10, -20, 5])))
    let result = try Program.run(["run", "-m", model, "-i", a, "-i", b, "-o", folder.path("out")])
    #expect(result.status == 0, "\(result.errorText)")
    #expect(try folder.bytes("out/output-0.npy") == array(.int64, [1, 3], words([11, -22, 1 << 40 | 5])))
  }

  @Test func `an array of another shape or type is refused, showing both`() throws {
    let folder = try Folder()
    let model = try folder.write("tiny.edge", TinyModel.int8().encoded())
    let flat = try folder.write("flat.npy", array(.int8, [4], [1, 2, 3, 4]))
    let bytes = try folder.write("bytes.npy", array(.uint8, [1, 2, 2, 1], [1, 2, 3, 4]))
    for (path, found) in [(flat, "int8[4]"), (bytes, "uint8[1x2x2x1]")] {
      let result = try Program.run(["run", "-m", model, "-i", path, "-o", folder.path("out")])
      #expect(result.status == 65)
      #expect(result.errorText.contains(found) && result.errorText.contains("int8[1x2x2x1]"))
    }
    #expect(!FileManager.default.fileExists(atPath: folder.path("out")))
  }

  @Test func `missing inputs, too many and unreadable ones are told apart`() throws {
    let folder = try Folder()
    let model = try folder.write("tiny.edge", TinyModel.int8().encoded())
    let input = try folder.write("x.npy", array(.int8, [1, 2, 2, 1], [1, 2, 3, 4]))
    let out = folder.path("out")
    #expect(try Program.run(["run", "-m", model, "-o", out]).status == 64)
    #expect(try Program.run(["run", "-m", model, "-i", input, "-i", input, "-o", out]).status == 64)
    #expect(try Program.run(["run", "-m", model, "-i", folder.path("none.npy"), "-o", out]).status == 66)
    #expect(try Program.run(["run", "-m", model, "-i", model, "-o", out]).status == 65)
  }

  @Test func `an input may come through a pipe`() throws {
    let folder = try Folder()
    let model = try folder.write("tiny.edge", TinyModel.int8().encoded())
    let input = try folder.write("x.npy", array(.int8, [1, 2, 2, 1], [1, 2, 3, 4]))
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    let run = (Program.command + ["run", "-m", model, "-i", "/dev/stdin", "-o", folder.path("out")]).joined(
      separator: " ")
    process.arguments = ["-c", "(head -c 20 \(input); sleep 0.1; tail -c +21 \(input)) | \(run)"]
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(try folder.bytes("out/output-0.npy") == array(.int8, [1, 4], [11, 238, 33, 44]))
  }

  @Test(arguments: [(3, "fewer"), (5, "more"), (20_000, "more"), (0, "fewer")])
  func `a file with too few or too many elements is refused`(count: Int, relation: String) throws {
    let folder = try Folder()
    let model = try folder.write("tiny.edge", TinyModel.int8().encoded())
    let input = try folder.write("x.npy", array(.int8, [1, 2, 2, 1], [UInt8](repeating: 1, count: count)))
    let result = try Program.run(["run", "-m", model, "-i", input, "-o", folder.path("out")])
    #expect(result.status == 65 && result.errorText.contains("\(relation) bytes of elements than the 4"))
  }

  @Test func `a large input is read whole`() throws {
    let folder = try Folder()
    var contents = TinyModel.sum(.int32)
    for index in contents.tensors.indices { contents.tensors[index].shape = Shape([1, 100_000]) }
    let model = try folder.write("sum.edge", contents.encoded())
    func words(_ value: (Int32) -> Int32) -> [UInt8] {
      (0..<100_000).flatMap { index in withUnsafeBytes(of: value(Int32(index))) { Array($0) } }
    }
    let a = try folder.write("a.npy", array(.int32, [1, 100_000], words { $0 }))
    let b = try folder.write("b.npy", array(.int32, [1, 100_000], words { 3 * $0 }))
    let result = try Program.run(["run", "-m", model, "-i", a, "-i", b, "-o", folder.path("out")])
    #expect(result.status == 0, "\(result.errorText)")
    #expect(try folder.bytes("out/output-0.npy") == array(.int32, [1, 100_000], words { 4 * $0 }))
  }

  @Test func `a folder that cannot be made ends with 73`() throws {
    let folder = try Folder()
    let model = try folder.write("tiny.edge", TinyModel.int8().encoded())
    let input = try folder.write("x.npy", array(.int8, [1, 2, 2, 1], [1, 2, 3, 4]))
    for out in [model, folder.path("not/there")] {
      let result = try Program.run(["run", "-m", model, "-i", input, "-o", out])
      #expect(result.status == 73)
      #expect(result.errorText.contains(out))
    }
  }
}
