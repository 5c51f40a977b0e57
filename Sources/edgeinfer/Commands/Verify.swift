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
      Then runs it with fused operators, and compares the outputs.
      """,
    options: [.model, .threads, .noFuse, .maximumMemory, .quiet, .verbose],
    example: "edgeinfer verify -m model.edge",
    run: { arguments throws(Failure) in
      guard arguments.operands.isEmpty else {
        throw arguments.usage("unexpected \"\(utf8: arguments.operands[0])\"", "the model is given with -m FILE")
      }
      let verbosity = Verbosity(arguments)
      // One after the other, so that there is never more than one arena.
      let code = try VerifyCommand(ModelFile.interpreter(arguments, fuses: false), verbosity).run()
      guard code == .done, !arguments.has(.noFuse) else { return code }
      return try VerifyCommand(ModelFile.interpreter(arguments), verbosity).runFused()
    })
}

/// `edgeinfer verify`.
private struct VerifyCommand {
  private let interpreter: Interpreter
  private let path: Path
  private let verbosity: Verbosity
  private var model: Model { interpreter.plan.model }

  init(_ loaded: (interpreter: Interpreter, path: Path), _ verbosity: Verbosity) {
    (interpreter, path) = loaded
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

  /// Compares what fused operators give as the model's outputs.
  func runFused() throws(Failure) -> ExitCode {
    guard !interpreter.plan.blocks.isEmpty else { return .done }
    let output = Output.standard
    SelfTest.fillInputs(interpreter, seed: model.testSeed)
    do throws(InvokeError) {
      try interpreter.invoke()
    } catch {
      output.write("differs with fused operators: \(error.description)\n")
      try output.flush()
      return .checkFailed
    }
    for (number, tensor) in model.outputs.enumerated() {
      guard let index = model.operators.firstIndex(where: { $0.outputs.first == tensor }) else { continue }
      let type = model.tensors[tensor].type
      let found = SelfTest.check(of: interpreter.output(number), type)
      guard SelfTest.agrees(found, with: model.checks[index]) else {
        output.write("differs with fused operators at output \(number), \(describe(index)), \(type)\n")
        output.write(
          "  expected \(text(model.checks[index], type.dataType))\n  found    \(text(found, type.dataType))\n")
        try output.flush()
        return .checkFailed
      }
    }
    let count = interpreter.plan.blocks.count
    output.write("ok: the outputs with \(count) fused block\(count == 1 ? "" : "s" as StaticString)\n")
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
