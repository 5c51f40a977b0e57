import EdgeFormats
import EdgeModel
import EdgeRuntime
import EdgeTensor

extension Command {
  static let run = Command(
    name: "run",
    summary: "Run a model once on NumPy arrays.",
    operands: "",
    details: """
      Inputs are given in the model's order, with the type and shape that
      "edgeinfer info" shows. Outputs become DIR/output-0.npy, DIR/output-1.npy, ...
      DIR is made if it is missing.
      """,
    options: [.model, .input, .outputFolder, .threads, .maximumMemory, .quiet, .verbose],
    example: "edgeinfer run -m model.edge -i image.npy -o results",
    run: { arguments throws(Failure) in try RunCommand(arguments).run() })
}

extension Option {
  fileprivate static let input = Option("input", "i", "FILE", "an input, a .npy file; once for each input")
  fileprivate static let outputFolder = Option("output", "o", "DIR", "the folder for the outputs")
}

/// `edgeinfer run`.
private struct RunCommand {
  private let interpreter: Interpreter
  private let inputs: [Path]
  private let folder: Path
  private let verbosity: Verbosity

  init(_ arguments: Arguments) throws(Failure) {
    guard arguments.operands.isEmpty else {
      throw arguments.usage("unexpected \"\(utf8: arguments.operands[0])\"; inputs are given with -i FILE")
    }
    guard let folder = try arguments.path(.outputFolder) else { throw arguments.usage("no output: give -o DIR") }
    self.folder = folder
    inputs = arguments.all(.input).map { Path($0) }
    verbosity = Verbosity(arguments)
    let path: Path
    (interpreter, path) = try ModelFile.interpreter(arguments)
    guard inputs.count == interpreter.inputCount else {
      var list: Text = ""
      for index in 0..<interpreter.inputCount {
        list += "\(index > 0 ? ", " as StaticString : "")\(interpreter.inputType(index))"
      }
      throw arguments.usage(
        "\(path) has \(interpreter.inputCount) inputs (\(list)), got \(inputs.count)", "give -i FILE once for each"
      )
    }
  }

  func run() throws(Failure) -> ExitCode {
    for (index, path) in inputs.enumerated() { try load(path, input: index) }
    do throws(InvokeError) {
      try interpreter.invoke()
    } catch {
      throw Failure(.badData, "\(error.description)")
    }
    if folder.kind != .directory, !folder.makeDirectory() {
      throw Failure(.cannotCreate, "cannot make the folder \(folder): \(SystemError.text)")
    }
    for index in 0..<interpreter.outputCount {
      let path = folder.appending(("output-\(index).npy" as Text).bytes)
      let type = interpreter.outputType(index)
      let output = try Output(creating: path)
      output.write(NumpyArray.header(type.dataType, type.shape))
      output.write(interpreter.output(index))
      try output.flush()
      verbosity.note(.verbose, "\(path): \(type)")
    }
    return .done
  }

  /// Copies an array to where the model expects it.
  private func load(_ path: Path, input index: Int) throws(Failure) {
    // Mapped, so that a large array is not held twice.
    guard let file = path.bytes.contains(0) ? nil : ModelBytes(mapping: path.bytes) else {
      throw Failure(.noInput, "cannot read the input \(path): \(SystemError.text)")
    }
    let array: NumpyArray
    do throws(NumpyError) {
      array = try NumpyArray(file.bytes)
    } catch {
      throw Failure(.badData, "\(path): \(error.description)")
    }
    let type = interpreter.inputType(index)
    guard array.dataType == type.dataType, array.shape == type.shape else {
      throw Failure(
        .badData, "\(path): \(TensorType(array.dataType, array.shape)), but input \(index) of the model is \(type)"
      )
    }
    let target = interpreter.input(index)
    target.copyMemory(from: UnsafeRawBufferPointer(rebasing: file.bytes[array.elements]))
    // Any byte but 0 is true for NumPy; kernels rely on 1.
    if type.dataType == .bool { for position in target.indices where target[position] > 1 { target[position] = 1 } }
  }
}
