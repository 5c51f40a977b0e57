import Foundation
import Testing

@Suite struct CommandLineTests {
  @Test func `--help lists the commands and the exit codes`() throws {
    let result = try Program.run(["--help"])
    #expect(result.status == 0)
    #expect(result.errorText == "")
    for word in ["run", "info", "verify", "classify", "--version", "--licenses", "78 more memory"] {
      #expect(result.text.contains(word))
    }
  }

  @Test(arguments: ["classify", "run", "info", "verify"])
  func `each command explains itself with an example, in 80 columns`(command: String) throws {
    let result = try Program.run([command, "--help"])
    #expect(result.status == 0)
    #expect(result.text.contains("Example:\n  edgeinfer \(command) "))
    #expect(result.lines.allSatisfy { $0.utf8.count <= 80 })
    #expect(try Program.run([command, "-h"]).text == result.text)
  }

  @Test func `--version prints one line`() throws {
    let result = try Program.run(["--version"])
    #expect(result.status == 0)
    #expect(result.text.wholeMatch(of: /edgeinfer \d+\.\d+\.\d+\n/) != nil)
  }

  @Test func `--licenses prints the notices of the static program`() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..")
    let notices = try Data(contentsOf: root.appendingPathComponent("toolchains/NOTICES.txt"))
    #expect(try Program.run(["--licenses"]).output == notices)
  }

  @Test(arguments: [
    ([], "no command"),
    (["rnu"], "did you mean run?"),
    (["frobnicate"], "see edgeinfer --help"),
    (["--hlep"], "did you mean --help?"),
    (["run", "--modle", "m"], "did you mean --model?"),
    (["run", "-x"], "unknown option -x"),
    (["run", "-o"], "needs a value: DIR"),
    (["run", "--quiet=1"], "takes no value"),
    (["run", "-m", "m.edge"], "give -o DIR"),
    (["run", "-o", "out", "x.npy"], "given with -i"),
    (["info", "--format", "xml"], "not one of text, json"),
    (["info", "-t", "0"], "not a number from 1"),
    (["info", "--max-memory", "8Q"], "not a size"),
    (["info", "model.edge"], "-m FILE"),
  ])
  func `a wrong command line ends with 64 and one line that helps`(arguments: [String], hint: String) throws {
    let result = try Program.run(arguments)
    #expect(result.status == 64)
    #expect(result.text == "")
    let last = try #require(result.errorText.split(separator: "\n").last)
    #expect(last.hasPrefix("edgeinfer: ") && last.contains(hint), "\(result.errorText)")
  }

  @Test func `without a model the places that were tried are named`() throws {
    let result = try Program.run(["info"])
    #expect(result.status == 66)
    for place in ["-m FILE", "$EDGEINFER_MODEL", "/default.edge", "/usr/share/edgeinfer/default.edge"] {
      #expect(result.errorText.contains(place))
    }
  }

  @Test func `the model may come from the environment, and -m comes first`() throws {
    let folder = try Folder()
    let path = try folder.write("tiny.edge", TinyModel.int8().encoded())
    #expect(try Program.run(["info"], environment: ["EDGEINFER_MODEL": path]).status == 0)
    #expect(try Program.run(["info", "-m", path], environment: ["EDGEINFER_MODEL": "/nowhere"]).status == 0)
    #expect(try Program.run(["info"], environment: ["EDGEINFER_MODEL": "/nowhere"]).status == 66)
  }

  @Test func `a model that is missing, a folder or damaged is refused`() throws {
    let folder = try Folder()
    #expect(try Program.run(["info", "-m", folder.path("none.edge")]).status == 66)
    #expect(try Program.run(["info", "-m", folder.url.path]).status == 66)
    let text = try folder.write("text.edge", "not a model")
    #expect(try Program.run(["info", "-m", text]).status == 65)
    let cut = try folder.write("cut.edge", Array(TinyModel.int8().encoded().dropLast(100)))
    #expect(try Program.run(["info", "-m", cut]).status == 65)
  }

  @Test func `output that cannot be written ends with 74`() throws {
    let result = try Program.run(["--licenses"], outputFile: "/dev/full")
    #expect(result.status == 74)
    #expect(result.errorText == "edgeinfer: cannot write standard output: No space left on device\n")
  }

  @Test func `--max-memory refuses a model that needs more, and names what needs it`() throws {
    let folder = try Folder()
    let path = try folder.write("tiny.edge", TinyModel.int8().encoded())
    let refused = try Program.run(["info", "-m", path, "--max-memory", "63"])
    #expect(refused.status == 78)
    #expect(refused.errorText.contains("64 bytes") && refused.errorText.contains("\"net/add\""))
    #expect(refused.errorText.contains("which has \"sum\" of 64 bytes"))
    #expect(try Program.run(["info", "-m", path, "--max-memory", "1K"]).status == 0)
  }
}
