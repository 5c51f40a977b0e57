import EdgeModel
import EdgeTensor
import Testing
import _EdgeTestSupport

@testable import EdgeRuntime

@Suite("Shared memory")
struct SharingTests {
  @Test("Random networks give the same bytes whether tensors share memory or not", arguments: 0..<150)
  func sameBytes(_ seed: Int) throws {
    let model = try Model(ModelBytes(copying: RandomOperators(seed: UInt64(seed)).contents.encoded()))
    let alone = try Plan(model, registry: .withoutSharing)
    #expect(alone.sharedTensors.isEmpty)
    let expected = try outputs(Interpreter(alone))
    for threads in 1...3 {
      let plan = try Plan(model, threads: threads)
      #expect(plan.memory.peak <= alone.memory.peak && plan.memory.peak >= plan.lowerBound.byteCount)
      let interpreter = try Interpreter(plan)
      for run in 0..<2 { #expect(try outputs(interpreter) == expected, "\(threads) threads, run \(run)") }
    }
  }

  @Test("The random networks have tensors that share memory in every way, and some that may but cannot")
  func variety() throws {
    var (overwritten, views, parts, apart) = (0, 0, 0, 0)
    for seed in 0..<150 {
      let model = try Model(ModelBytes(copying: RandomOperators(seed: UInt64(seed)).contents.encoded()))
      let plan = try Plan(model)
      for shared in plan.sharedTensors {
        let isWhole = model.tensors[shared.inner].type.byteCount == model.tensors[shared.outer].type.byteCount
        if shared.isOverwritten { overwritten += 1 } else if isWhole { views += 1 } else { parts += 1 }
      }
      apart += plan.liveness.links.count - plan.sharedTensors.count
    }
    #expect(min(overwritten, views, parts, apart) > 50, "\(overwritten), \(views), \(parts), \(apart)")
  }

  @Test("Joining what a split gave, and what is computed in its place, moves nothing")
  func nothingToMove() throws {
    let model = SampleModel(extent: 32, channels: 8).contents
    let plan = try Plan(Model(ModelBytes(copying: model.encoded())), fuses: false)
    let kinds = plan.model.operators.map { $0.name }
    for (index, kind) in kinds.enumerated() where ["reshape", "split", "concatenation"].contains(kind) {
      let operation = plan.model.operators[index]
      let inner = plan.sharedTensors.filter { $0.operatorIndex == index }.map { $0.inner }
      #expect(Set(inner) == Set(kind == "concatenation" ? operation.inputs : operation.outputs), "\(kind)")
    }
  }

  private func outputs(_ interpreter: Interpreter) throws -> [[UInt8]] {
    SelfTest.fillInputs(interpreter, seed: 9)
    try interpreter.invoke()
    return (0..<interpreter.outputCount).map { [UInt8](interpreter.output($0)) }
  }
}

extension OperatorRegistry {
  fileprivate static let withoutSharing = OperatorRegistry(
    standard.definitions.map {
      OperatorDefinition(
        $0.name, inputs: $0.inputs, outputs: $0.outputs, outputTypes: $0.outputTypes, plan: $0.plan)
    })
}

/// A random network of operators that may share memory, among a few that may not. All tensors are int8 `[1, N]` with scale 1 and zero
/// point 0, some so long that threads split them.
private struct RandomOperators {
  var contents = ModelContents()
  private var random: SplitMix64
  private var live: [Int] = []

  init(seed: UInt64) {
    random = SplitMix64(seed: seed)
    for _ in 0..<random.int(in: 1...3) {
      let count = [4, 12, 63, 64, 1000, 9000][random.int(in: 0...5)]
      contents.inputs.append(tensor(2 * count))
    }
    live = contents.inputs
    for _ in 0..<random.int(in: 3...20) { addOperator() }
    contents.outputs = [live[live.count - 1]]
    for tensor in live.dropLast() where random.int(in: 0...6) == 0 { contents.outputs.append(tensor) }
  }

  private mutating func addOperator() {
    let x = pick()
    switch random.int(in: 0...8) {
    case 0: add("relu", [x], [tensor(count(x))])
    case 1: add("leaky_relu", [x], [tensor(count(x))], [Attribute("alpha", floats: [-0.5])])
    case 2, 3:
      let equal = live.filter { count($0) == count(x) }
      let other = equal[random.int(in: 0...(equal.count - 1))]
      add(["add", "sub", "mul", "maximum"][random.int(in: 0...3)], [x, other], [tensor(count(x))])
    case 4:
      let inputs = (0..<random.int(in: 1...3)).map { _ in pick() }
      guard inputs.reduce(0, { $0 + count($1) }) < 100_000 else { return }
      let y = tensor(inputs.reduce(0) { $0 + count($1) })
      add("concatenation", inputs, [y], [Attribute("axis", ints: [1])])
    case 5 where count(x) % 2 == 0:
      let axis = constant([1])
      add("split", [axis, x], [tensor(count(x) / 2), tensor(count(x) / 2)])
    case 6: add("reshape", [x], [tensor(count(x))], [Attribute("new_shape", ints: [1, -1])])
    case 7:  // must not be done in place: every element moves
      let size = constant([1, Int32(count(x) - 1)])
      add("slice", [x, constant([0, 1]), size], [tensor(count(x) - 1)])
    default: add("relu_n1_to_1", [x], [tensor(count(x))])
    }
  }

  /// Mostly a new tensor, as in a chain.
  private mutating func pick() -> Int {
    let recent = random.int(in: 0...2) > 0 ? min(3, live.count) : live.count
    return live[live.count - 1 - random.int(in: 0...(recent - 1))]
  }

  private func count(_ tensor: Int) -> Int { contents.tensors[tensor].shape.elementCount }

  private mutating func tensor(_ count: Int) -> Int {
    contents.tensors.append(
      ModelContents.Tensor(
        name: "", dataType: .int8, shape: Shape([1, count]), scales: [1], zeroPoints: [0]))
    return contents.tensors.count - 1
  }

  private mutating func constant(_ values: [Int32]) -> Int {
    contents.tensors.append(
      ModelContents.Tensor(
        name: "", dataType: .int32, shape: Shape([values.count]), data: values.withUnsafeBytes { [UInt8]($0) }))
    return contents.tensors.count - 1
  }

  private mutating func add(_ name: String, _ inputs: [Int], _ outputs: [Int], _ attributes: [Attribute] = []) {
    contents.operators.append(
      ModelContents.Operator(
        name: name, node: "", inputs: inputs, outputs: outputs, attributes: Attributes(attributes)))
    live += outputs
  }
}
