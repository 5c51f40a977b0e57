import EdgeModel
import EdgeRuntime
import EdgeTensor

/// A graph in source form, made ready to run in this process, operator by operator and unfused. Immutable; any number of `GraphExecutor`s
/// share it.
public struct CompiledGraph: Sendable {
  /// One tensor of the graph that running computes.
  struct Observed: Sendable {
    /// Index in the source graph.
    let tensor: Int
    /// Index in the model that runs.
    let index: Int
  }

  let plan: Plan
  /// In the order of the graph's inputs.
  let inputs: [Observed]
  /// By step: what it writes.
  let outputs: [[Observed]]
  /// In the order of the graph's outputs.
  public let results: [TensorType]

  /// - Throws: `unsupported` with the nodes that the runtime cannot execute.
  public init(_ source: Graph) throws(QuantError) {
    var graph = source
    // Lowering renumbers tensors, so each carries its number as name.
    for index in graph.tensors.indices { graph.tensors[index].name = "\(index)" }
    var report = Report()
    let lowered = try Converter.lowered(graph, report: &report)
    let model: Model
    do {
      model = try Model(ModelBytes(copying: lowered.contents().encoded()))
    } catch {
      throw .model(error)
    }
    do throws(LoadError) { plan = try Plan(model, fuses: false) } catch { throw .load(error) }
    func observed(_ index: Int) -> Observed? {
      Int(model.tensorName(index)).map { Observed(tensor: $0, index: index) }
    }
    inputs = model.inputs.compactMap(observed)
    outputs = model.operators.map { $0.outputs.compactMap(observed) }
    results = model.outputs.map { model.tensors[$0].type }
  }

  /// Types of the inputs, in the order of the graph's.
  public var inputTypes: [TensorType] { inputs.map { plan.model.tensors[$0.index].type } }
}

/// Runs a compiled graph for one caller at a time, and shows every tensor as it is computed.
public final class GraphExecutor {
  private let compiled: CompiledGraph
  private let interpreter: Interpreter

  public init(_ compiled: CompiledGraph) throws(QuantError) {
    self.compiled = compiled
    do throws(LoadError) { interpreter = try Interpreter(compiled.plan) } catch { throw .load(error) }
  }

  /// Where to put an input before each run, row-major.
  public func input(_ index: Int) -> UnsafeMutableRawBufferPointer { interpreter.input(index) }

  /// An output of the last run.
  public func output(_ index: Int) -> UnsafeRawBufferPointer { interpreter.output(index) }

  /// Runs the graph once on the inputs that were filled in.
  /// - Parameter visit: called for each input and then each computed tensor, with its index in the graph and its bytes; what it changes
  ///   there is what later operators read.
  public func run(_ visit: (Int, UnsafeMutableRawBufferPointer) -> Void = { _, _ in }) throws(QuantError) {
    for input in compiled.inputs { visit(input.tensor, bytes(input.index)) }
    for (step, outputs) in compiled.outputs.enumerated() {
      do throws(InvokeError) { try interpreter.run(step: step) } catch { throw .invoke(error) }
      for output in outputs { visit(output.tensor, bytes(output.index)) }
    }
  }

  private func bytes(_ index: Int) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(mutating: interpreter.tensor(index))
  }
}
