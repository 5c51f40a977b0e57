import EdgeKernels
import EdgeModel
import EdgeRuntime
import EdgeTensor

/// Turns a trained model into the bytes of an `.edge` file.
public struct Converter {
  /// Thread counts for which the file holds a memory plan.
  public static let plannedThreads = 1...4
  /// The self-test input is drawn with this seed.
  public static let testSeed: UInt64 = 0x6564_6765
  /// Models that need more memory than this are not run at conversion, so their files hold no self-test.
  public static let maximumSelfTestByteCount = 256 << 20

  public var labels: [String] = []
  public var preprocessing: Preprocessing?
  /// Which weights are stored without their blocks of zeros.
  public var sparse = SparseStorage.auto
  /// Stored in the file; its hash is filled in.
  public var origin = Model.Origin()

  public init() {}

  /// Imports a model and brings it into the form that quantization and pruning work on.
  ///
  /// Nodes that cannot be represented are left out and stand in `report`; `lowered` then refuses the graph and names them.
  /// - Parameter folder: where the file lies, for ONNX models that keep constants in files beside them.
  /// - Throws: `notTFLite` or `badSource` if the file cannot be read as a model.
  public static func source(
    _ file: ModelBytes, folder: String? = nil, report: inout Report
  ) throws(QuantError) -> Graph {
    var graph: Graph
    if ONNXImporter.recognizes(file) {
      graph = try ONNXImporter.graph(from: file, folder: folder, report: &report)
      graph.run(Pass.onnx, report: &report)
    } else {
      graph = try TFLiteImporter.graph(from: file, report: &report)
    }
    graph.run(Pass.canonical, report: &report)
    return graph
  }

  /// Turns that form into one that the runtime executes.
  /// - Throws: `unsupported` with every node that cannot be converted, those that stood in `report` before included.
  public static func lowered(_ source: Graph, report: inout Report) throws(QuantError) -> Graph {
    var graph = source
    graph.run(Pass.lowering, report: &report)
    try check(graph, &report)
    return graph
  }

  /// - Throws: `unsupported` with all problems of `report` and those that only planning finds.
  private static func check(_ graph: Graph, _ report: inout Report) throws(QuantError) {
    let model = try model(graph.contents())
    for problem in Plan.problems(in: model) {
      guard case .operation(let index, _, _, let error) = problem else { throw .load(problem) }
      report.refuse(graph.nodes[index], error.description)
    }
    guard report.problems.isEmpty else {
      throw .unsupported(report.problems.sorted { $0.source.index < $1.source.index })
    }
  }

  static func model(_ contents: ModelContents) throws(QuantError) -> Model {
    do { return try Model(ModelBytes(copying: contents.encoded())) } catch { throw .model(error) }
  }

  /// The finished file: the graph with memory plans, self-test checks, labels, preprocessing and origin. The same graph and settings
  /// always give the same bytes.
  public func convert(_ graph: Graph, report: inout Report) throws(QuantError) -> Conversion {
    var graph = graph
    graph.run([.storeSparse(sparse)], report: &report)
    var contents = graph.contents()
    contents.labels = labels
    contents.preprocessing = preprocessing
    contents.origin = origin
    contents.testSeed = Converter.testSeed
    let unplanned = try Converter.model(contents)
    do throws(LoadError) {
      contents.plans = try Converter.plans(unplanned)
      contents.checks = try Converter.checks(unplanned, &report)
    } catch {
      throw .load(error)
    }
    let bytes = contents.encoded()
    do {
      return Conversion(bytes: bytes, model: try Model(ModelBytes(copying: bytes)))
    } catch {
      throw .model(error)
    }
  }

  /// For every thread count, and first those that fuse nothing.
  private static func plans(_ model: Model) throws(LoadError) -> [Model.MemoryPlan] {
    var plans: [Model.MemoryPlan] = []
    for threads in plannedThreads { plans.append(try Plan(model, threads: threads, fuses: false).memory) }
    for threads in plannedThreads {
      let memory = try Plan(model, threads: threads).memory
      if memory.isFused { plans.append(memory) }
    }
    return plans
  }

  private static func checks(_ model: Model, _ report: inout Report) throws(LoadError) -> [Model.Check] {
    let plan = try Plan(model, fuses: false)
    guard plan.memory.peak <= maximumSelfTestByteCount else {
      report.note("no self-test stored: running needs \(plan.memory.peak) bytes, more than conversion takes")
      return []
    }
    let interpreter = try Interpreter(plan)
    do throws(InvokeError) {
      return try SelfTest.run(interpreter, seed: testSeed)
    } catch {
      report.note("no self-test stored: on the seeded input \(error)")
      return []
    }
  }
}

/// A finished `.edge` file.
public struct Conversion {
  public let bytes: [UInt8]
  /// The same bytes, verified.
  public let model: Model
}
