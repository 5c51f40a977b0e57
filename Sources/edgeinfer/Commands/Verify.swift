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
      Then runs it with fused operators, and compares what these write. If memory for
      one operator after the other is more than --max-memory allows, that alone.
      """,
    options: [.model, .threads, .noFuse, .maximumMemory, .quiet, .verbose],
    example: "edgeinfer verify -m model.edge",
    run: { arguments throws(Failure) in
      guard arguments.operands.isEmpty else {
        throw arguments.usage("unexpected \"\(utf8: arguments.operands[0])\"", "the model is given with -m FILE")
      }
      let verbosity = Verbosity(arguments)
      let (plan, path) = try ModelFile.plan(arguments)
      guard !plan.blocks.isEmpty else {
        return try VerifyCommand(ModelFile.interpreter(plan, path), path, verbosity).run()
      }
      let single = try ModelFile.plan(plan.model, path, threads: plan.threads, fuses: false, memoryLimit: nil)
      if let limit = try arguments.byteCount(.maximumMemory), single.memory.peak > limit {
        verbosity.note(
          .normal, "one operator after the other needs \(single.memory.peak) bytes: only fused ones are run")
      } else {
        // One after the other, so that there is never more than one arena.
        let code = try VerifyCommand(ModelFile.interpreter(single, path), path, verbosity).run()
        guard code == .done else { return code }
      }
      return try VerifyCommand(ModelFile.interpreter(plan, path), path, verbosity).run()
    })
}

/// `edgeinfer verify`.
private struct VerifyCommand {
  private let interpreter: Interpreter
  private let path: Path
  private let verbosity: Verbosity
  private var model: Model { interpreter.plan.model }

  init(_ interpreter: Interpreter, _ path: Path, _ verbosity: Verbosity) {
    (self.interpreter, self.path, self.verbosity) = (interpreter, path, verbosity)
  }

  /// Compares what each step writes, that of a fused block being the output of its last operator.
  func run() throws(Failure) -> ExitCode {
    guard !model.checks.isEmpty else {
      throw Failure(.badData, "\(path) has no stored checks; convert the model again")
    }
    let output = Output.standard
    SelfTest.fillInputs(interpreter, seed: model.testSeed)
    for (step, operators) in interpreter.plan.operatorRanges.enumerated() {
      let index = operators.upperBound - 1
      let place =
        operators.count == 1
        ? describe(index) : "\(describe(index)), fused with those from operator \(operators.lowerBound)"
      do throws(InvokeError) {
        try interpreter.run(step: step)
      } catch {
        output.write("differs at \(place): \(error.description)\n")
        try output.flush()
        return .checkFailed
      }
      // Checked at once: a later operator may use the same memory.
      guard let tensor = model.operators[index].outputs.first else { continue }
      let type = model.tensors[tensor].type
      let found = SelfTest.check(of: interpreter.tensor(tensor), type)
      let expected = model.checks[index]
      guard SelfTest.agrees(found, with: expected) else {
        output.write("differs at \(place), \(type)\n")
        output.write("  expected \(text(expected, type.dataType))\n  found    \(text(found, type.dataType))\n")
        try output.flush()
        return .checkFailed
      }
      verbosity.note(.verbose, "\(place): \(text(found, type.dataType))")
    }
    output.write("ok: \(what) as stored\n")
    try output.flush()
    return .done
  }

  private var what: Text {
    func count(_ count: Int, _ thing: StaticString) -> Text {
      "\(count) \(thing)\(count == 1 ? "" : "s" as StaticString)"
    }
    let blocks = interpreter.plan.blocks.count
    guard blocks > 0 else { return "\(count(model.checks.count, "operator")) of \(path)" }
    return "\(count(blocks, "fused block")) and what is not fused"
  }

  private func describe(_ index: Int) -> Text {
    ("operator \(index), \(model.operators[index].name) \"\(model.nodeName(index))\"" as Text).printable()
  }

  private func text(_ check: Model.Check, _ type: DataType) -> Text {
    type == .float32
      ? "minimum \(check.minimum), maximum \(check.maximum), mean \(check.mean)" : "xxh64 \(hash: check.hash)"
  }
}
