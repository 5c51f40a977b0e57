import EdgeModel
import EdgeRuntime
import EdgeTensor

extension Command {
  static let verify = Command(
    name: "verify",
    summary: "Check that this board computes what the model's author computed.",
    operands: "",
    details: """
      Runs the model operator by operator on the test input stored in it, and compares
      each output with the stored figures: integers by hash, float32 by minimum,
      maximum and mean. Exit code 1 and the first operator that differs, or 0.
      """,
    options: [.model, .threads, .maximumMemory, .quiet, .verbose],
    example: "edgeinfer verify -m model.edge",
    run: { arguments throws(Failure) in
      guard arguments.operands.isEmpty else {
        throw arguments.usage("unexpected \"\(utf8: arguments.operands[0])\"", "the model is given with -m FILE")
      }
      let (interpreter, path) = try ModelFile.interpreter(arguments)
      return try VerifyCommand(interpreter, path, Verbosity(arguments)).run()
    })
}

/// `edgeinfer verify`.
private struct VerifyCommand {
  private let interpreter: Interpreter
  private let path: Path
  private let verbosity: Verbosity
  private var model: Model { interpreter.plan.model }

  init(_ interpreter: Interpreter, _ path: Path, _ verbosity: Verbosity) {
    self.interpreter = interpreter
    self.path = path
    self.verbosity = verbosity
  }

  func run() throws(Failure) -> ExitCode {
    guard !model.checks.isEmpty else {
      throw Failure(.badData, "\(path) has no stored checks; convert the model again")
    }
    let output = Output.standard
    SelfTest.fillInputs(interpreter, seed: model.testSeed)
    for (index, operation) in model.operators.enumerated() {
      do throws(InvokeError) {
        try interpreter.run(step: index)
      } catch {
        output.write("differs at \(describe(index)): \(error.description)\n")
        try output.flush()
        return .checkFailed
      }
      // Checked at once: a later operator may use the same memory.
      guard let tensor = operation.outputs.first else { continue }
      let type = model.tensors[tensor].type
      let found = SelfTest.check(of: interpreter.tensor(tensor), type)
      let expected = model.checks[index]
      guard SelfTest.agrees(found, with: expected) else {
        output.write("differs at \(describe(index)), \(type)\n")
        output.write("  expected \(text(expected, type.dataType))\n  found    \(text(found, type.dataType))\n")
        try output.flush()
        return .checkFailed
      }
      verbosity.note(.verbose, "\(describe(index)): \(text(found, type.dataType))")
    }
    let count = model.checks.count
    output.write("ok: \(count) operator\(count == 1 ? "" : "s" as StaticString) of \(path) as stored\n")
    try output.flush()
    return .done
  }

  private func describe(_ index: Int) -> Text {
    let operation = model.operators[index]
    return ("operator \(index), \(operation.name) \"\(operation.node)\"" as Text).printable()
  }

  private func text(_ check: Model.Check, _ type: DataType) -> Text {
    type == .float32
      ? "minimum \(check.minimum), maximum \(check.maximum), mean \(check.mean)" : "xxh64 \(hash: check.hash)"
  }
}
