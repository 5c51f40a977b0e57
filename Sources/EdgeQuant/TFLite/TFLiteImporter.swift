import EdgeModel
import EdgeTensor

/// Turns a TensorFlow Lite file into a graph. Nodes that cannot be represented are left out and reported, so that one run
/// lists everything that is wrong.
public struct TFLiteImporter {
  /// - Returns: the first subgraph. Where `report` has problems the graph lacks the nodes it names.
  /// - Throws: `notTFLite`, or `badSource` if the file contradicts itself or is empty.
  public static func graph(from file: ModelBytes, report: inout Report) throws(QuantError) -> Graph {
    var importer = TFLiteImporter(source: try TFLiteFile(file.bytes))
    return try importer.build(&report)
  }

  private var source: TFLiteFile
  private var graph = Graph()
  /// By tensor: why nodes that use it cannot be converted.
  private var refusals: [String?] = []
  private var isWritten: [Bool] = []

  private init(source: TFLiteFile) { self.source = source }

  private mutating func build(_ report: inout Report) throws(QuantError) -> Graph {
    guard source.subgraphCount > 0 else { throw .badSource("the model has no subgraph: there is nothing to run") }
    guard !source.operators.isEmpty else { throw .badSource("the model has no operators: there is nothing to run") }
    guard !source.outputs.isEmpty else { throw .badSource("the model has no outputs: there is nothing to compute") }
    graph.name = source.name
    graph.inputs = try indices(source.inputs, "a model input").map { $0 }
    graph.outputs = try indices(source.outputs, "a model output").map { $0 }
    guard Set(graph.inputs).count == graph.inputs.count else { throw .badSource("a tensor is a model input twice") }

    isWritten = [Bool](repeating: false, count: source.tensors.count)
    for operation in source.operators {
      for index in try indices(operation.outputs, "an operator's output") { isWritten[index] = true }
      for input in operation.inputs where input >= 0 { _ = try indices([input], "an operator's input") }
    }
    source.setTypesOfSums()
    try addTensors()
    if source.subgraphCount > 1 {
      report.note("the file has \(source.subgraphCount) subgraphs; the first one is converted")
    }
    for index in graph.inputs { noteDynamicShape(index, &report) }
    for (index, operation) in source.operators.enumerated() { try add(operation, index, &report) }
    try checkDataFlow()
    if report.problems.isEmpty {
      for index in graph.inputs + graph.outputs {
        if let refusal = refusals[index] { throw .badSource("cannot convert the model: \(refusal)") }
      }
    }
    return graph
  }

  private func indices(_ values: [Int32], _ what: String) throws(QuantError) -> [Int] {
    for value in values where value < 0 || value >= source.tensors.count {
      throw .badSource("\(what) names tensor \(value) of \(source.tensors.count)")
    }
    return values.map { Int($0) }
  }

  private mutating func addTensors() throws(QuantError) {
    let names = tensorNames()
    var isInput = [Bool](repeating: false, count: source.tensors.count)
    for index in graph.inputs { isInput[index] = true }
    for (index, tensor) in source.tensors.enumerated() {
      let name = names[index]
      let role: TensorRole = isInput[index] ? .input : isWritten[index] ? .result : .constant
      switch TFLiteImporter.tensor(tensor, name: name, role) {
      case .success(let converted):
        graph.tensors.append(converted)
        refusals.append(nil)
      case .failure(let refusal):
        graph.tensors.append(Graph.Tensor(name: name, dataType: .float32, shape: nil))
        refusals.append("tensor \"\(name)\" \(refusal.reason)")
      }
    }
  }

  /// Unique names; those of inputs and outputs as in the file, if they are unique there.
  ///
  /// What TensorFlow's converter merged has the names of all parts, joined with ";", which can be most of a small file: the first one
  /// stands for them. Where a constant and a layer's output then share a name, the output has it.
  private func tensorNames() -> [String] {
    let interface = Set(graph.inputs + graph.outputs)
    var names = source.tensors.map { $0.name }
    var taken = Set<String>()
    let inner = names.indices.filter { !interface.contains($0) }
    for index in interface.sorted() + inner.filter({ isWritten[$0] }) + inner.filter({ !isWritten[$0] }) {
      var name = names[index]
      if !interface.contains(index) { name = name.split(separator: ";").first.map(String.init) ?? "" }
      if name.isEmpty { name = "tensor_\(index)" }
      if !taken.insert(name).inserted {
        name += "#\(index)"
        taken.insert(name)
      }
      names[index] = name
    }
    return names
  }

  private func noteDynamicShape(_ index: Int, _ report: inout Report) {
    let signature = source.tensors[index].shapeSignature
    guard signature.contains(-1), let shape = graph.tensors[index].shape else { return }
    report.note("the shape of input \"\(graph.tensors[index].name)\" may vary in the source; it is fixed to \(shape)")
  }

  private mutating func add(_ operation: TFLiteFile.Operator, _ index: Int, _ report: inout Report) throws(QuantError) {
    let known = TFLiteOperator.byCode[operation.code]
    let outputs = operation.outputs.map { Int($0) }
    var node = Graph.Node(
      known?.name ?? "", name: outputs.first.map { graph.tensors[$0].name } ?? "",
      inputs: operation.inputs.map { $0 < 0 ? nil : Int($0) }, outputs: outputs,
      source: Graph.Source(
        index: index, operatorName: TFLiteImporter.sourceName(operation),
        inputs: operation.inputs.map { $0 < 0 ? "none" : declaredType(Int($0)) },
        outputs: outputs.map { declaredType($0) }))
    var reasons = known == nil ? [TFLiteImporter.unknownOperator(operation)] : []
    for case let tensor? in node.inputs + outputs.map({ Optional($0) }) {
      if let refusal = refusals[tensor], !reasons.contains(refusal) { reasons.append(refusal) }
    }
    guard let known, reasons.isEmpty else { return report.refuse(node, reasons.joined(separator: "; ")) }
    let first = node.outputs.first.map { graph.tensors[$0].dataType }
    let ignoresTableActivations = known.name == "mul" && (first == .int8 || first == .uint8)
    for option in known.options {
      do throws(FlatBufferError) {
        let result = try option.attributes(operation.options, ignoresTableActivations: ignoresTableActivations)
        switch result {
        case .success(let attributes): for attribute in attributes { node.attributes.set(attribute) }
        case .failure(let refusal): return report.refuse(node, refusal.reason)
        }
      } catch {
        throw .notTFLite(error)
      }
    }
    graph.nodes.append(node)
  }

  private func declaredType(_ index: Int) -> String {
    let tensor = source.tensors[index]
    let names = TFLiteSchema.typeNames
    let type = names.indices.contains(Int(tensor.type)) ? names[Int(tensor.type)] : "type \(tensor.type)"
    return "\(type)[\(tensor.shape.map { "\($0)" }.joined(separator: "x"))]"
  }

  private static func sourceName(_ operation: TFLiteFile.Operator) -> String {
    if operation.code == TFLiteOperatorNames.customCode { return "CUSTOM \(operation.customName)" }
    return TFLiteOperator.byCode[operation.code]?.source ?? TFLiteOperatorNames.unsupported[operation.code]
      ?? "operator code \(operation.code)"
  }

  private static func unknownOperator(_ operation: TFLiteFile.Operator) -> String {
    if operation.code == TFLiteOperatorNames.customCode {
      let isFlex = operation.customName.hasPrefix("Flex")
      return isFlex
        ? "a TensorFlow (Flex) operator; convert the model with builtin operators only"
        : "custom operators are not supported"
    }
    if TFLiteOperatorNames.controlFlow.contains(operation.code) {
      return "control flow is not supported; export the model without loops, conditions and initializers"
    }
    return "this operator is not supported"
  }

  /// Every tensor that is read must have a value by then, and gets one once.
  private func checkDataFlow() throws(QuantError) {
    var isAvailable = graph.tensors.map { $0.isConstant }
    for index in graph.inputs { isAvailable[index] = true }
    for (index, operation) in source.operators.enumerated() {
      for input in operation.inputs where input >= 0 && !isAvailable[Int(input)] && refusals[Int(input)] == nil {
        throw .badSource(
          "operator \(index) reads tensor \"\(graph.tensors[Int(input)].name)\" before anything has written it")
      }
      for output in operation.outputs {
        guard !isAvailable[Int(output)] else {
          throw .badSource("operator \(index) writes tensor \"\(graph.tensors[Int(output)].name)\", which has a value")
        }
        isAvailable[Int(output)] = true
      }
    }
    for index in graph.outputs where !isAvailable[index] && refusals[index] == nil {
      throw .badSource("model output \"\(graph.tensors[index].name)\" is never written")
    }
  }
}
