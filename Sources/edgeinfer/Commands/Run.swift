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
    options: [.model, .input, .outputFolder, .threads, .noFuse, .maximumMemory, .quiet, .verbose],
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
      try output.close()
      verbosity.note(.verbose, "\(path): \(type)")
    }
    return .done
  }

  /// Reads an array to where the model expects it, without a second copy.
  private func load(_ path: Path, input index: Int) throws(Failure) {
    guard let file = File(reading: path) else {
      throw Failure(.noInput, "cannot read the input \(path): \(SystemError.text)")
    }
    let target = interpreter.input(index)
    let type = interpreter.inputType(index)
    let failure = withUnsafeTemporaryAllocation(byteCount: NumpyArray.maximumHeaderByteCount, alignment: 8) {
      start -> Failure? in
      do throws(Failure) {
        let count = try RunCommand.fill(start, from: file, path)
        let array: NumpyArray
        do throws(NumpyError) {
          array = try NumpyArray(start: UnsafeRawBufferPointer(rebasing: start[..<count]))
        } catch {
          throw Failure(.badData, "\(path): \(error.description)")
        }
        guard array.dataType == type.dataType, array.shape == type.shape else {
          throw Failure(
            .badData,
            "\(path): \(TensorType(array.dataType, array.shape)), but input \(index) of the model is \(type)")
        }
        // What was read beyond the header, then the rest of the file.
        let known = start[array.elements.lowerBound..<count]
        let head = min(known.count, target.count)
        target.copyMemory(from: UnsafeRawBufferPointer(rebasing: known.prefix(head)))
        var got = known.count
        if got <= target.count {
          got += try RunCommand.fill(UnsafeMutableRawBufferPointer(rebasing: target[head...]), from: file, path)
          got += try RunCommand.fill(UnsafeMutableRawBufferPointer(rebasing: start[..<1]), from: file, path)
        }
        guard got == target.count else {
          let relation: StaticString = got < target.count ? "fewer" : "more"
          throw Failure(.badData, "\(path): \(relation) bytes of elements than the \(target.count) its shape needs")
        }
        return nil
      } catch {
        return error
      }
    }
    if let failure { throw failure }
    // Any byte but 0 is true for NumPy; kernels rely on 1.
    if type.dataType == .bool { for position in target.indices where target[position] > 1 { target[position] = 1 } }
  }

  /// Reads until `buffer` is full or the file ends.
  /// - Returns: bytes read.
  private static func fill(
    _ buffer: UnsafeMutableRawBufferPointer, from file: borrowing File, _ path: Path
  ) throws(Failure) -> Int {
    guard let count = file.read(into: buffer) else {
      throw Failure(.inputOutput, "cannot read \(path): \(SystemError.text)")
    }
    return count
  }
}
