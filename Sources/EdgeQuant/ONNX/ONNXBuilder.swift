import EdgeModel
import EdgeRuntime
import EdgeTensor

/// The graph that an import builds, and the steps that operators are made of. Every tensor in it has a shape: a node's follow from
/// the runtime's rule as soon as it is added, and nodes whose operands are constants are computed instead of added.
struct ONNXBuilder {
  private(set) var graph = Graph()
  let file: ONNXFile
  /// By result of a `dequantize` of a constant: that constant.
  private var dequantizedConstants: [Int: Int] = [:]
  private var names: Set<String> = []
  /// The node that is being imported.
  private var current: ONNXNode?
  private var firstOwnTensor = 0
  /// Bytes of the constants that have been added.
  private(set) var ownByteCount = 0

  init(file: ONNXFile) {
    self.file = file
    graph.name = file.graph.name
    for node in file.graph.node { names.formUnion(node.output) }
    names.formUnion(file.graph.input.map { $0.name })
    names.formUnion(file.graph.initializer.map { $0.name })
  }

  mutating func begin(_ node: ONNXNode) {
    current = node
    firstOwnTensor = graph.tensors.count
  }

  /// Gives the results of the current node the names they have in the file.
  mutating func end(_ results: [Int]) {
    guard let current else { return }
    for (tensor, name) in zip(results, current.outputNames) where tensor >= firstOwnTensor && !name.isEmpty {
      graph.tensors[tensor].name = name
    }
  }

  // MARK: Tensors

  func tensor(_ index: Int) -> Graph.Tensor { graph.tensors[index] }
  func shape(_ index: Int) -> Shape { graph.tensors[index].shape ?? Shape([]) }
  func dataType(_ index: Int) -> DataType { graph.tensors[index].dataType }
  func isConstant(_ index: Int) -> Bool { graph.tensors[index].isConstant }

  mutating func add(_ tensor: Graph.Tensor) -> Int {
    ownByteCount += tensor.data?.count ?? 0
    return graph.add(tensor)
  }

  mutating func addInput(_ tensor: Graph.Tensor) -> Int {
    let index = graph.add(tensor)
    graph.inputs.append(index)
    return index
  }

  /// Makes a tensor a model output; one that is an input, an output or a constant already is copied.
  mutating func addOutput(_ tensor: Int, name: String) throws(Refusal) {
    var output = tensor
    if graph.inputs.contains(tensor) || graph.outputs.contains(tensor) {
      begin(ONNXNode.boundary("output", name, type: graph.tensors[tensor].typeDescription))
      let extents = constant(shape(tensor).dimensions, "shape")
      output = try emit("reshape", [tensor, extents])
    }
    guard !graph.tensors[output].isConstant else { throw Refusal("is a constant: there is nothing to compute") }
    graph.outputs.append(output)
    graph.tensors[output].name = name
  }

  mutating func constant(_ values: [Int], shape: [Int]? = nil, _ what: String = "constant") -> Int {
    add(
      Graph.Tensor(
        name: ownName(what), dataType: .int32, shape: Shape(shape ?? [values.count]),
        data: Graph.Tensor.bytes(of: values.map { Int32(clamping: $0) })))
  }

  mutating func constant(floats values: [Float], shape: [Int] = [], _ what: String = "constant") -> Int {
    add(
      Graph.Tensor(
        name: ownName(what), dataType: .float32, shape: Shape(shape), data: Graph.Tensor.bytes(of: values)))
  }

  mutating func constant(int64s values: [Int], shape: [Int]) -> Int {
    add(
      Graph.Tensor(
        name: ownName("constant"), dataType: .int64, shape: Shape(shape),
        data: Graph.Tensor.bytes(of: values.map { Int64($0) })))
  }

  /// The whole numbers of a constant operand such as a shape, axes or pads.
  func ints(_ tensor: Int, _ what: String) throws(Refusal) -> [Int] {
    let value = graph.tensors[tensor]
    guard value.isConstant else {
      throw Refusal("\(what) \"\(value.name)\" is computed while running; only constants are supported")
    }
    switch value.dataType {
    case .int64: return value.values(as: Int64.self).map { Int($0) }
    case .int32: return value.values(as: Int32.self).map { Int($0) }
    default: throw Refusal("\(what) is \(value.dataType); needs int64 or int32")
    }
  }

  /// The numbers of a constant float32 operand.
  func floats(_ tensor: Int, _ what: String) throws(Refusal) -> [Float] {
    let value = graph.tensors[tensor]
    guard value.isConstant else {
      throw Refusal("\(what) \"\(value.name)\" is computed while running; only constants are supported")
    }
    guard value.dataType == .float32 else { throw Refusal("\(what) is \(value.dataType); needs float32") }
    return value.values(as: Float.self)
  }

  /// The numbers of a constant operand, or of an 8-bit or int32 constant that a DequantizeLinear reads.
  func realNumbers(_ tensor: Int) -> [Float]? {
    if let constant = dequantizedConstants[tensor] { return graph.tensors[constant].dequantized() }
    return try? floats(tensor, "")
  }

  func axis(_ value: Int, rank: Int) throws(Refusal) -> Int {
    let axis = value < 0 ? value + rank : value
    guard (0..<rank).contains(axis) else { throw Refusal("axis \(value) is outside the tensor's rank \(rank)") }
    return axis
  }

  func axes(_ values: [Int], rank: Int) throws(Refusal) -> [Int] {
    var axes: [Int] = []
    for value in values {
      let axis = try axis(value, rank: rank)
      guard !axes.contains(axis) else { throw Refusal("axis \(value) is named twice") }
      axes.append(axis)
    }
    return axes
  }

  /// A name that nothing else has.
  private mutating func ownName(_ what: String) -> String {
    let base = (current?.outputNames.first { !$0.isEmpty } ?? "tensor") + "/" + what
    var name = base
    var number = 2
    while !names.insert(name).inserted {
      name = "\(base)_\(number)"
      number += 1
    }
    return name
  }

  // MARK: Nodes

  /// Adds a node with one result, or computes it if its operands are constants.
  /// - Parameter dataType: of the result where the operator leaves it open, else that of the first operand.
  mutating func emit(
    _ operatorName: String, _ inputs: [Int?], _ attributes: [Attribute] = [], dataType: DataType? = nil,
    quantization: Graph.Quantization? = nil
  ) throws(Refusal) -> Int {
    try emit(operatorName, inputs, attributes, outputs: 1, dataType: dataType, quantization: quantization)[0]
  }

  mutating func emit(
    _ operatorName: String, _ inputs: [Int?], _ attributes: [Attribute] = [], outputs: Int, dataType: DataType? = nil,
    quantization: Graph.Quantization? = nil
  ) throws(Refusal) -> [Int] {
    guard let current, let definition = OperatorRegistry.standard[operatorName] else {
      throw Refusal("needs the operator \(operatorName), which the runtime lacks")
    }
    let dataType = dataType ?? inputs.first.flatMap { $0 }.map { graph.tensors[$0].dataType } ?? .float32
    let first = graph.tensors.count
    for _ in 0..<outputs {
      _ = graph.add(Graph.Tensor(name: ownName(operatorName), dataType: dataType, shape: nil))
    }
    let results = Array(first..<first + outputs)
    let node = Graph.Node(
      operatorName, name: current.name, inputs: inputs, outputs: results, attributes: Attributes(attributes),
      source: current.source)
    switch graph.outputTypes(of: node, definition) {
    case .success(let types):
      for (result, type) in zip(results, types) {
        graph.tensors[result].shape = type.shape
        graph.tensors[result].dataType = type.dataType
        if type.dataType == .int8 || type.dataType == .uint8 {
          graph.tensors[result].quantization = quantization ?? inheritedQuantization(operatorName, inputs)
        }
      }
    case .failure(let error): throw Refusal("as \(operatorName): \(error)")
    }
    let isQuantization = operatorName == "quantize" || operatorName == "dequantize"
    if isQuantization || !graph.fold(node) { graph.nodes.append(node) }
    ownByteCount += results.reduce(0) { $0 + (graph.tensors[$1].data?.count ?? 0) }
    return results
  }

  /// Operators that give the codes they are given.
  private static let movers: [String: Int] = [
    "transpose": 0, "reshape": 0, "gather": 0, "slice": 0, "strided_slice": 0, "split": 1, "split_v": 0, "pad": 0,
    "mirror_pad": 0, "max_pool_2d": 0, "concatenation": 0, "broadcast_to": 0, "depth_to_space": 0, "space_to_depth": 0,
    "resize_nearest_neighbor": 0, "reduce_max": 0, "reduce_min": 0,
  ]

  private func inheritedQuantization(_ operatorName: String, _ inputs: [Int?]) -> Graph.Quantization? {
    ONNXBuilder.movers[operatorName].flatMap { inputs[$0] }.flatMap { graph.tensors[$0].quantization }
  }

  /// An 8-bit or int32 tensor as codes of real numbers. Where an activation got here through operators that only move codes, the
  /// tensors before them mean the same.
  /// - Returns: the tensor, or a copy where a constant is read with two different meanings.
  mutating func quantized(_ tensor: Int, _ quantization: Graph.Quantization) throws(Refusal) -> Int {
    if graph.tensors[tensor].quantization == quantization { return tensor }
    if graph.tensors[tensor].isConstant {
      guard graph.tensors[tensor].quantization != nil else {
        graph.tensors[tensor].quantization = quantization
        return tensor
      }
      var copy = graph.tensors[tensor]
      copy.name = ownName("codes")
      copy.quantization = quantization
      return add(copy)
    }
    guard graph.tensors[tensor].quantization == nil else {
      throw Refusal(
        "reads \"\(graph.tensors[tensor].name)\" with another scale or zero point than the one it was written with")
    }
    graph.tensors[tensor].quantization = quantization
    guard !quantization.isPerChannel, let producer = graph.nodes.last(where: { $0.outputs.contains(tensor) }),
      let operand = ONNXBuilder.movers[producer.operatorName]
    else { return tensor }
    let sources = producer.operatorName == "concatenation" ? producer.inputs : [producer.inputs[operand]]
    for case let source? in sources where graph.tensors[source].quantization == nil {
      _ = try quantized(source, quantization)
    }
    return tensor
  }

  /// The real numbers of a tensor that has scales.
  mutating func dequantize(_ tensor: Int) throws(Refusal) -> Int {
    // No rule of the runtime: int32 constants become float32 before anything runs.
    guard let current, graph.tensors[tensor].isConstant else {
      return try emit("dequantize", [tensor], dataType: .float32)
    }
    let result = graph.add(Graph.Tensor(name: ownName("dequantize"), dataType: .float32, shape: shape(tensor)))
    graph.nodes.append(
      Graph.Node("dequantize", name: current.name, inputs: [tensor], outputs: [result], source: current.source))
    dequantizedConstants[result] = tensor
    return result
  }

  // MARK: Order of elements

  /// Axis i of the result is axis `permutation[i]` of the tensor. Constants, also those behind a DequantizeLinear, are moved now.
  mutating func transpose(_ tensor: Int, _ permutation: [Int]) throws(Refusal) -> Int {
    if permutation == Array(permutation.indices) { return tensor }
    if let moved = try movedConstant(tensor, { $0.transposed(permutation) }) { return moved }
    return try emit("transpose", [tensor, constant(permutation, "permutation")])
  }

  mutating func reshape(_ tensor: Int, _ dimensions: [Int]) throws(Refusal) -> Int {
    if shape(tensor).dimensions == dimensions { return tensor }
    guard let target = Shape(checking: dimensions), target.elementCount == shape(tensor).elementCount else {
      throw Refusal("cannot give \(shape(tensor)) the shape \(dimensions.map { "\($0)" }.joined(separator: "x"))")
    }
    if let moved = try movedConstant(tensor, { $0.reshaped(target) }) { return moved }
    return try emit("reshape", [tensor, constant(dimensions, "shape")])
  }

  /// A constant, or what a DequantizeLinear makes of one, with `change` applied to the constant.
  /// - Returns: nil if it is none, or if its scales cannot follow.
  private mutating func movedConstant(
    _ tensor: Int, _ change: (Graph.Tensor) -> Graph.Tensor?
  ) throws(Refusal) -> Int? {
    let constant = dequantizedConstants[tensor] ?? tensor
    guard graph.tensors[constant].isConstant, var moved = change(graph.tensors[constant]) else { return nil }
    moved.name = ownName("moved")
    let index = add(moved)
    return constant == tensor ? index : try dequantize(index)
  }

  /// From NCHW to NHWC; 3-D to `[N, 1, W, C]`.
  mutating func channelsLast(_ tensor: Int) throws(Refusal) -> Int {
    try transpose(tensor, [0] + Array(2..<shape(tensor).rank) + [1])
  }

  mutating func channelsFirst(_ tensor: Int) throws(Refusal) -> Int {
    let rank = shape(tensor).rank
    return try transpose(tensor, [0, rank - 1] + Array(1..<rank - 1))
  }
}
