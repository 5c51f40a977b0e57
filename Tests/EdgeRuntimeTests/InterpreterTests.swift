import CEdgeAllocations
import Dispatch
import EdgeKernels
import EdgeModel
import EdgeTensor
import Synchronization
import Testing
import _EdgeTestSupport

@testable import EdgeRuntime

@Suite("Interpreter")
struct InterpreterTests {
  @Test("Output bytes are the same for 1 to 5 threads and without CPU features", arguments: [4, 6, 10, 34])
  func sameBytes(_ extent: Int) throws {
    let model = try load(SampleModel(extent: extent, channels: extent / 2 + 3, seed: UInt64(extent)).contents)
    let expected = try outputs(of: Interpreter(Plan(model, cpu: [])), seed: 5)
    #expect(Set(expected[0]).count > 1 && Set(expected[1]).count > 1)
    for threads in 1...5 {
      let interpreter = try Interpreter(Plan(model, threads: threads))
      for _ in 0..<3 { #expect(try outputs(of: interpreter, seed: 5) == expected) }
      #expect(try outputs(of: interpreter, seed: 6) != expected)
    }
  }

  @Test("A file without plans runs without a search, and gives the same bytes", arguments: [1, 3])
  func withoutSearch(_ threads: Int) throws {
    for seed in 0..<12 as Range<UInt64> {
      let model = try load(RandomChain(seed: seed).contents)
      #expect(model.plans.isEmpty)
      let searched = try Plan(model, threads: threads)
      let simple = try Plan(running: model, threads: threads, fuses: true)
      #expect(simple.blocks.isEmpty && simple.memory.peak >= simple.lowerBound.byteCount)
      let expected = try outputs(of: Interpreter(searched), seed: seed)
      #expect(try outputs(of: Interpreter(simple), seed: seed) == expected)
    }
  }

  @Test("Interpreters that share a plan do not disturb each other", arguments: [1, 3])
  func sharedPlan(_ threads: Int) throws {
    let model = try load(SampleModel(extent: 16, channels: 9).contents)
    let plan = try Plan(model, threads: threads)
    let expected = try (0..<4 as Range<UInt64>).map { try outputs(of: Interpreter(plan), seed: $0) }
    let wrong = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: 4) { index in
      let seed = UInt64(index)
      guard let interpreter = try? Interpreter(plan) else { return wrong.withLock { $0 += 1 } }
      for _ in 0..<20 where (try? outputs(of: interpreter, seed: seed)) != expected[index] {
        wrong.withLock { $0 += 1 }
      }
    }
    #expect(wrong.withLock { $0 } == 0)
  }

  @Test("Thousands of tiny steps come out right on every thread count", arguments: [1, 2, 3, 4, 8])
  func manySteps(_ threads: Int) throws {
    let stepCount = 300
    var contents = ModelContents()
    for index in 0...stepCount {
      contents.tensors.append(ModelContents.Tensor(name: "\(index)", dataType: .int8, shape: Shape([16])))
    }
    contents.operators = (0..<stepCount).map {
      ModelContents.Operator(name: "increment", node: "", inputs: [$0], outputs: [$0 + 1])
    }
    (contents.inputs, contents.outputs) = ([0], [stepCount])
    let registry = OperatorRegistry([.increment])
    let interpreter = try Interpreter(Plan(load(contents), threads: threads, registry: registry))
    for run in 0..<10 {
      for unit in 0..<16 { interpreter.input(0)[unit] = UInt8(run + unit) }
      try interpreter.invoke()
      let expected = (0..<16).map { UInt8(truncatingIfNeeded: run + $0 + stepCount) }
      #expect([UInt8](interpreter.output(0)) == expected)
    }
  }

  @Test("The error of the first bad unit is thrown, whichever worker meets it; the next run is fine", arguments: 1...4)
  func errors(_ threads: Int) throws {
    let contents = TinyModel(
      "check", [TinyModel.Operand([Int8](repeating: 0, count: 32))], outputs: [TensorType(.int8, 32)]
    ).contents()
    let registry = OperatorRegistry([.check])
    let interpreter = try Interpreter(Plan(load(contents), threads: threads, registry: registry))
    for bad in [[0], [31], [7, 8, 30], [16, 17], Array(0..<32)] {
      for unit in 0..<32 { interpreter.input(0)[unit] = bad.contains(unit) ? 1 : 0 }
      #expect(throws: InvokeError.indexOutOfRange(index: bad[0], limit: 32)) { try interpreter.invoke() }
      for unit in 0..<32 { interpreter.input(0)[unit] = 0 }
      #expect(throws: Never.self) { try interpreter.invoke() }
    }
  }

  @Test("A stored memory plan is used as it is, and refused if it is wrong")
  func storedPlan() throws {
    var contents = SampleModel().contents
    let own = try Plan(load(contents), threads: 2).memory
    // Everything 128 bytes higher is just as right.
    func moved(_ offsets: [Int], by distance: Int) -> [Int] {
      offsets.map { $0 == Model.MemoryPlan.nowhere ? $0 : $0 + distance }
    }
    let higher = Model.MemoryPlan(
      threads: 2, peak: own.peak + 128, tensorOffsets: moved(own.tensorOffsets, by: 128),
      scratchOffsets: moved(own.scratchOffsets, by: 128))
    contents.plans = [higher]
    let plan = try Plan(load(contents), threads: 2)
    #expect(plan.memory == higher)
    let one = try Plan(load(contents), threads: 1)
    #expect(one.memory.threads == 1 && one.memory.peak < higher.peak)
    #expect(try outputs(of: Interpreter(plan), seed: 1) == outputs(of: Interpreter(one), seed: 1))

    contents.plans = [
      Model.MemoryPlan(
        threads: 2, peak: higher.peak, tensorOffsets: own.tensorOffsets.map { min($0, 0) },
        scratchOffsets: higher.scratchOffsets)
    ]
    let wrong = try load(contents)
    do throws(LoadError) {
      _ = try Plan(wrong, threads: 2)
      Issue.record("a plan with everything at offset 0 was accepted")
    } catch {
      guard case .badMemoryPlan = error else { throw error }
    }
  }

  @Test("More threads than there can be end in a typed error")
  func tooManyThreads() throws {
    let model = try load(SampleModel().contents)
    do throws(LoadError) {
      _ = try Plan(model, threads: Plan.maximumThreadCount + 1)
      Issue.record("accepted")
    } catch {
      guard case .tooManyThreads(1025) = error else { throw error }
    }
  }

  @Test(
    "More memory than there can be ends in a typed error",
    .enabled(if: edge_allocations_can_be_counted(), "sanitizers end the program when an allocation is too large"))
  func outOfMemory() throws {
    // 20,000 inputs of 16 GiB: more than 47 bits of address space.
    var contents = ModelContents()
    let largest = ModelContents.Tensor(name: "", dataType: .int64, shape: Shape([Shape.maximumElementCount]))
    contents.tensors = [ModelContents.Tensor](repeating: largest, count: 20_000)
    contents.inputs = Array(contents.tensors.indices)
    let plan = try Plan(load(contents))
    #expect(plan.memory.peak >= plan.lowerBound.byteCount)
    #expect(plan.lowerBound.byteCount == 20_000 * 17_179_869_184)
    do throws(LoadError) {
      _ = try Interpreter(plan)
      Issue.record("allocated \(plan.memory.peak) bytes")
    } catch {
      guard case .outOfMemory(plan.memory.peak) = error else { throw error }
    }
  }

  @Test("Outputs that are inputs, constants or views, and models without operators")
  func withoutComputation() throws {
    var contents = ModelContents()
    contents.tensors = [
      ModelContents.Tensor(name: "x", dataType: .int8, shape: Shape([2, 3])),
      ModelContents.Tensor(name: "c", dataType: .int8, shape: Shape([2]), data: [7, 8]),
    ]
    (contents.inputs, contents.outputs) = ([0], [0, 1, 0])
    let plain = try Interpreter(Plan(load(contents), threads: 2))
    plain.input(0).copyBytes(from: [1, 2, 3, 4, 5, 6])
    try plain.invoke()
    #expect((0..<3).map { [UInt8](plain.output($0)) } == [[1, 2, 3, 4, 5, 6], [7, 8], [1, 2, 3, 4, 5, 6]])

    // Views of an input, of a view, and of a constant, all of them outputs.
    contents.tensors += [
      ModelContents.Tensor(name: "view", dataType: .int8, shape: Shape([6])),
      ModelContents.Tensor(name: "view of view", dataType: .int8, shape: Shape([3, 2])),
      ModelContents.Tensor(name: "view of constant", dataType: .int8, shape: Shape([1, 2])),
    ]
    for (source, target, extents) in [(0, 2, [-1]), (2, 3, [3, 2]), (1, 4, [1, 2])] as [(Int, Int, [Int64])] {
      contents.operators.append(
        ModelContents.Operator(
          name: "reshape", node: "", inputs: [source], outputs: [target],
          attributes: Attributes([Attribute("new_shape", ints: extents)])))
    }
    contents.outputs = [3, 2, 4]
    let views = try Interpreter(Plan(load(contents)))
    #expect(views.plan.memory.peak == 128)  // the input, and the copy of the constant
    views.input(0).copyBytes(from: [1, 2, 3, 4, 5, 6])
    try views.invoke()
    #expect((0..<3).map { [UInt8](views.output($0)) } == [[1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6], [7, 8]])
  }

  @Test("Tensors without elements take no memory and give empty outputs", arguments: [1, 2])
  func emptyTensors(_ threads: Int) throws {
    let empty = TinyModel.Operand([Int8](), [0, 3], scale: 0.5)
    let model = TinyModel("add", [empty, empty], outputs: [TensorType(.int8, 0, 3, scale: 0.5)])
    #expect(try model.run(threads: threads) == [[]])
    #expect(try Plan(load(model.contents())).memory.peak == 0)
  }

  private func load(_ contents: ModelContents) throws(ModelError) -> Model {
    try Model(ModelBytes(copying: contents.encoded()))
  }
}

/// Runs on random input codes.
private func outputs(of interpreter: Interpreter, seed: UInt64) throws -> [[UInt8]] {
  var random = SplitMix64(seed: seed)
  let input = interpreter.input(0)
  input.copyBytes(from: random.codes(input.count).map { UInt8(bitPattern: $0) })
  try interpreter.invoke()
  return (0..<interpreter.outputCount).map { [UInt8](interpreter.output($0)) }
}

extension OperatorDefinition {
  /// `y = x + 1`, an element at a time.
  fileprivate static let increment = OperatorDefinition(
    "increment", inputs: 1...1,
    outputTypes: { node throws(PlanError) in [OutputType(.int8, try node.input(0, "x").shape)] },
    plan: { context throws(PlanError) in
      let (x, y) = (context.inputs[0], context.outputs[0])
      return Step(unitCount: context.node.outputs[0].shape.elementCount) { frame, units in
        for unit in units { frame.write(y, as: Int8.self)[unit] = frame.read(x, as: Int8.self)[unit] &+ 1 }
      }
    })

  /// Throws at the first element that is not 0.
  fileprivate static let check = OperatorDefinition(
    "check", inputs: 1...1,
    outputTypes: { node throws(PlanError) in [OutputType(.int8, try node.input(0, "x").shape)] },
    plan: { context throws(PlanError) in
      let (x, count) = (context.inputs[0], context.node.outputs[0].shape.elementCount)
      return Step(unitCount: count) { frame, units throws(InvokeError) in
        for unit in units where frame.read(x, as: Int8.self)[unit] != 0 {
          throw .indexOutOfRange(index: unit, limit: count)
        }
      }
    })
}
