import EdgeModel
import EdgeRuntime
import EdgeTensor

/// Finding, mapping, verifying and planning the model that a command runs.
enum ModelFile {
  private static let fileName: StaticString = "default.edge"
  private static let systemFolder: StaticString = "/usr/share/edgeinfer"

  /// `-m`, else `$EDGEINFER_MODEL`, else `default.edge` beside the program, else in `/usr/share/edgeinfer`.
  static func find(_ arguments: Arguments) throws(Failure) -> Path {
    if let path = try arguments.path(.model) ?? Process.environment("EDGEINFER_MODEL") { return path }
    var places: [Path] = []
    if let folder = Process.executable?.parent { places.append(folder.appending(fileName.bytes)) }
    places.append(Path("\(systemFolder)/\(fileName)"))
    for place in places where place.kind == .file { return place }
    var list: Text = ""
    for place in places { list += ", \(place)" }
    throw Failure(.noInput, "no model: give one with -m FILE; tried $EDGEINFER_MODEL (not set)\(list)")
  }

  static func load(_ path: Path) throws(Failure) -> Model {
    guard let bytes = path.bytes.contains(0) ? nil : ModelBytes(mapping: path.bytes) else {
      throw Failure(.noInput, "cannot read the model \(path): \(SystemError.text)")
    }
    do throws(ModelError) {
      return try Model(bytes)
    } catch {
      throw Failure(.badData, "\(path): \(error.description)")
    }
  }

  /// - Parameter memoryLimit: bytes that the arena may take; nil for any number.
  static func plan(
    _ model: Model, _ path: Path, threads: Int, fuses: Bool, memoryLimit: Int?
  ) throws(Failure) -> Plan {
    let plan: Plan
    do throws(LoadError) {
      plan = try Plan(running: model, threads: threads, fuses: fuses)
    } catch {
      throw failure(error, path)
    }
    if let memoryLimit, plan.memory.peak > memoryLimit {
      throw Failure(
        .overMemoryLimit,
        """
        \(path): peak memory is \(plan.memory.peak) bytes, --max-memory allows \(memoryLimit); most is needed at \
        \(plan.peakOperator), which has \(list(plan.peakTensors))
        """)
    }
    return plan
  }

  /// Everything up to the allocated arena, as the options say.
  static func interpreter(_ arguments: Arguments) throws(Failure) -> (interpreter: Interpreter, path: Path) {
    let (plan, path) = try plan(arguments)
    return (try interpreter(plan, path), path)
  }

  /// The model planned as the options say.
  static func plan(_ arguments: Arguments) throws(Failure) -> (plan: Plan, path: Path) {
    let threads = try arguments.integer(.threads, in: 1...256) ?? Process.defaultThreadCount
    let memoryLimit = try arguments.byteCount(.maximumMemory)
    let path = try find(arguments)
    let plan = try plan(
      load(path), path, threads: threads, fuses: !arguments.has(.noFuse), memoryLimit: memoryLimit)
    if !arguments.has(.noFuse) { warn(plan, path, Verbosity(arguments)) }
    return (plan, path)
  }

  /// Says where a file's plans are of no use.
  static func warn(_ plan: Plan, _ path: Path, _ verbosity: Verbosity) {
    let counts = plan.model.plans.map { $0.threads }
    guard !counts.isEmpty, !counts.contains(plan.threads) else { return }
    verbosity.note(
      .normal,
      """
      \(path) has plans for \(list(counts.map { "\($0)" })) threads, not for \(plan.threads): operators run one by one, and take \
      more memory
      """)
  }

  static func interpreter(_ plan: Plan, _ path: Path) throws(Failure) -> Interpreter {
    do throws(LoadError) { return try Interpreter(plan) } catch { throw failure(error, path) }
  }

  /// The first few, and how many more.
  private static func list(_ items: [Text]) -> Text {
    var text: Text = ""
    for (index, item) in items.prefix(4).enumerated() { text += index == 0 ? item : ", \(item)" }
    return items.count > 4 ? "\(text) and \(items.count - 4) more" : text
  }

  private static func failure(_ error: LoadError, _ path: Path) -> Failure {
    let text: Text = "\(path): \(error.description)"
    switch error {
    case .operation, .badMemoryPlan: return Failure(.badData, text)
    case .outOfMemory: return Failure(.overMemoryLimit, text)
    case .tooManyThreads: return Failure(.usage, "\(text); use a smaller -t")
    }
  }
}

extension Plan {
  /// The operator at which the most memory is needed, for messages.
  var peakOperator: Text {
    let step = largestStep.step
    if step < 0 { return "the inputs" }
    guard model.operators.indices.contains(step) else { return "the outputs" }
    if let block = blocks.first(where: { $0.operators.lowerBound == step }) {
      return "operators \(step) to \(block.operators.upperBound - 1), fused, from \"\(model.nodeName(step))\""
    }
    return "operator \(step), \(model.operators[step].name) \"\(model.nodeName(step))\""
  }

  /// What lies in the arena there, the largest first.
  var peakTensors: [Text] {
    let step = largestStep.step
    let blocks = memoryBlocks.filter { $0.steps.contains(step) }
    let ordered = blocks.stablyOrdered { ($1.byteCount, $0.offset) < ($0.byteCount, $1.offset) }
    return ordered.map { block in
      guard case .tensor(let index) = block.use else { return "scratch memory of \(block.byteCount) bytes" }
      let name = model.tensorName(index)
      return name.utf8.isEmpty
        ? "tensor \(index) of \(block.byteCount) bytes" : "\"\(name)\" of \(block.byteCount) bytes"
    }
  }
}
