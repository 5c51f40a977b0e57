import CEdgeAllocations
import EdgeModel
import EdgeRuntime
import EdgeTensor
import Testing
import _EdgeTestSupport

/// `invoke()` allocates nothing, on the calling thread and on every worker, counted by replacing `malloc` in the test program.
@Suite(
  "Allocations of invoke()", .serialized,
  .enabled(if: edge_allocations_can_be_counted(), "allocations are counted with glibc and without sanitizers"))
struct AllocationTests {
  @Test("Every operator of the fixtures", arguments: OperatorFixtureTests.cases)
  func operators(_ test: Manifest.Case) throws {
    let folder = OperatorFixtureTests.folder
    let model = try ConvertedModel(folder.appendingPathComponent(test.model))
    let inputs = try test.inputs.map { try Manifest.bytes(of: $0, in: folder) }
    for threads in [1, 4] {
      #expect(try allocations(of: model, inputs, threads: threads, runs: 2) == 0, "\(threads) threads")
    }
  }

  @Test("Every real model", .needsSharedData, arguments: Manifest.sharedCases("goldens"))
  func realModels(_ test: Manifest.Case) throws {
    let model = try ConvertedModel(try TestData.shared("models/\(test.model)"))
    let folder = try TestData.shared("goldens")
    let inputs = try test.inputs.map { try Manifest.bytes(of: $0, in: folder) }
    for fuses in [false, true] {
      #expect(try allocations(of: model, inputs, threads: 4, fuses: fuses, runs: 1) == 0, "fuses: \(fuses)")
    }
  }

  @Test("A network of the commonest operators", arguments: [1, 2, 4])
  func none(_ threads: Int) throws {
    let model = try Model(ModelBytes(copying: SampleModel(extent: 32, channels: 24).contents.encoded()))
    let interpreter = try Interpreter(Plan(model, threads: threads, registry: .counting))
    #expect(try allocations(of: interpreter, runs: 50) == 0)
    #expect(interpreter.output(0).contains { $0 != 0 })
  }

  @Test("Fused blocks", arguments: [1, 2, 4])
  func fusedBlocks(_ threads: Int) throws {
    var blockCount = 0
    for seed in 0..<6 as Range<UInt64> {
      // So large that every worker gets a part of the activation that comes first, and counts from then on.
      let chain = RandomChain(seed: seed, extents: (64, 64, 9))
      let model = try Model(ModelBytes(copying: chain.contents.encoded()))
      let plan = try Plan(model, threads: threads, registry: .counting)
      blockCount += plan.blocks.count
      #expect(try allocations(of: Interpreter(plan), runs: 5) == 0)
    }
    #expect(blockCount > 3)
  }

  @Test(
    "The counter sees an operator that allocates, in its last unit alone, whichever thread computes that",
    arguments: [1, 2, 4])
  func control(_ threads: Int) throws {
    let allocating = OperatorDefinition(
      "allocate", inputs: 1...1,
      outputTypes: { node throws(PlanError) in [OutputType(.int8, try node.input(0, "x").shape)] },
      plan: { context throws(PlanError) in
        let (y, threads) = (context.outputs[0], context.threads)
        return Step(unitCount: 4 * threads) { frame, units in
          guard units.contains(4 * threads - 1) else { return }
          frame.write(y, as: Int8.self)[0] = [Int8](units.map { Int8(truncatingIfNeeded: $0) }).max() ?? 0
        }
      })
    // Smaller steps stay on the calling thread.
    let count = 1 << 15
    let contents = TinyModel(
      "allocate", [TinyModel.Operand([Int8](repeating: 1, count: count))], outputs: [TensorType(.int8, count)]
    ).contents()
    let model = try Model(ModelBytes(copying: contents.encoded()))
    let interpreter = try Interpreter(Plan(model, threads: threads, registry: .counting([allocating])))
    #expect(try allocations(of: interpreter, runs: 50) >= 50)
  }

  private func allocations(
    of model: ConvertedModel, _ inputs: [[UInt8]], threads: Int, fuses: Bool = true, runs: Int
  ) throws -> Int {
    let plan = try Plan(model.conversion.model, threads: threads, fuses: fuses, registry: .counting)
    let interpreter = try Interpreter(plan)
    return try allocations(of: interpreter, runs: runs) { try ConvertedModel.fill(interpreter, inputs) }
  }

  /// Workers count from the first run on, which is not counted itself.
  /// - Parameter prepare: before each run; not counted either.
  private func allocations(of interpreter: Interpreter, runs: Int, prepare: () throws -> Void = {}) throws -> Int {
    var counts: [Int] = []
    for _ in 0...runs {
      try prepare()
      let before = edge_allocation_count()
      defer { edge_allocations_count_this_thread(false) }
      try interpreter.invoke()
      counts.append(edge_allocation_count() - before)
    }
    return counts.dropFirst().reduce(0, +)
  }
}

extension OperatorRegistry {
  /// The standard operators, each starting the count on the thread that runs it.
  fileprivate static var counting: OperatorRegistry { counting(standard.definitions) }

  fileprivate static func counting(_ definitions: [OperatorDefinition]) -> OperatorRegistry {
    OperatorRegistry(
      definitions.map { definition in
        OperatorDefinition(
          definition.name, inputs: definition.inputs, outputs: definition.outputs, sharing: definition.sharing,
          takesSparseWeights: definition.takesSparseWeights,
          outputTypes: definition.outputTypes,
          plan: { context throws(PlanError) in
            let step = try definition.plan(&context)
            return Step(unitCount: step.unitCount, stage: step.stage) { frame, units throws(InvokeError) in
              edge_allocations_count_this_thread(true)
              try step.run(frame, units)
            }
          })
      })
  }
}
