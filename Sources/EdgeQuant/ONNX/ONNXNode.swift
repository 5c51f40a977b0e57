import EdgeTensor

/// One node of an ONNX file with its operands looked up.
struct ONNXNode {
  /// Version of the standard operators that the file uses.
  let opset: Int
  /// The node's name, or that of its first output where it has none.
  let name: String
  let operatorName: String
  /// Tensor indices; nil stands for an operand that is left out.
  let inputs: [Int?]
  /// An empty name is a result that nobody wants.
  let outputNames: [String]
  let source: Graph.Source
  private let attributes: [String: ONNX_AttributeProto]

  init(
    _ proto: ONNX_NodeProto, opset: Int, inputs: [Int?], source: Graph.Source
  ) {
    self.opset = opset
    name = proto.name.isEmpty ? proto.output.first { !$0.isEmpty } ?? proto.opType : proto.name
    operatorName = proto.opType
    self.inputs = inputs
    outputNames = proto.output
    self.source = source
    attributes = Dictionary(proto.attribute.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// A stand-in for nodes that belong to a model input or output instead of an operator.
  static func boundary(_ what: String, _ name: String, type: String) -> ONNXNode {
    var proto = ONNX_NodeProto()
    proto.name = name
    proto.opType = what
    return ONNXNode(
      proto, opset: 0, inputs: [],
      source: Graph.Source(format: .onnx, index: -1, operatorName: what, inputs: [type], outputs: [type]))
  }

  /// A required operand.
  func input(_ index: Int, _ what: String) throws(Refusal) -> Int {
    guard let tensor = optionalInput(index) else { throw Refusal("\(what) (input \(index)) is missing") }
    return tensor
  }

  func optionalInput(_ index: Int) -> Int? { index < inputs.count ? inputs[index] : nil }

  /// Every operand of an operator that takes any number, at least one.
  func allInputs() throws(Refusal) -> [Int] {
    let tensors = inputs.compactMap { $0 }
    guard !tensors.isEmpty, tensors.count == inputs.count else { throw Refusal("an input is missing") }
    return tensors
  }

  /// Refuses nodes whose results after the first are read.
  func requireOneOutput(_ what: String) throws(Refusal) {
    guard outputNames.dropFirst().allSatisfy({ $0.isEmpty }) else {
      throw Refusal("its output \(what) is used; supported: its first output alone")
    }
  }

  func has(_ key: String) -> Bool { attributes[key] != nil }
  func int(_ key: String) -> Int? { attributes[key].flatMap { $0.hasI ? Int($0.i) : nil } }
  func int(_ key: String, default value: Int) -> Int { int(key) ?? value }
  func float(_ key: String, default value: Float) -> Float { attributes[key].flatMap { $0.hasF ? $0.f : nil } ?? value }
  func ints(_ key: String) -> [Int]? { attributes[key].map { $0.ints.map { Int($0) } } }
  func floats(_ key: String) -> [Float]? { attributes[key].map { $0.floats } }
  func tensor(_ key: String) -> ONNX_TensorProto? { attributes[key].flatMap { $0.hasT ? $0.t : nil } }
  func text(_ key: String, default value: String) -> String {
    attributes[key].flatMap { $0.hasS ? String(decoding: $0.s, as: UTF8.self) : nil } ?? value
  }

  /// Numbers for each spatial axis, each in `range`; absent means all `value`.
  func ints(
    _ key: String, count: Int, default value: Int, in range: ClosedRange<Int> = 1...1 << 30
  ) throws(Refusal) -> [Int] {
    guard let list = ints(key), !list.isEmpty else { return [Int](repeating: value, count: count) }
    guard list.count == count, list.allSatisfy(range.contains) else {
      throw Refusal("\(key) is \(list); needs \(count) numbers from \(range.lowerBound)")
    }
    return list
  }
}
