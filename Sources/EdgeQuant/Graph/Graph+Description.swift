import EdgeModel

extension Graph.Tensor: CustomStringConvertible {
  /// `int8[1x8x8x3] "input" scale 0.0078125 zeroPoint -128`.
  public var description: String {
    var text = "\(typeDescription) \"\(name)\""
    if let quantization {
      text += " \(quantization)"
    }
    if let data { text += ", constant of \(data.count) bytes\(layout == .rowMajor ? "" : " (\(layout.name))")" }
    return text
  }

  /// `int8[1x8x8x3]`; a question mark stands for a shape not yet known.
  public var typeDescription: String { "\(dataType)[\(shape.map { "\($0)" } ?? "?")]" }
}

extension Graph.Quantization: CustomStringConvertible {
  public var description: String {
    guard isPerChannel else { return "scale \(scales[0]) zeroPoint \(zeroPoints[0])" }
    return "\(scales.count) scales along axis \(axis)"
  }
}

extension Graph: CustomStringConvertible {
  /// One line for each input, node and output.
  public var description: String {
    func operand(_ index: Int?) -> String { index.map { "%\($0)" } ?? "-" }
    var lines = ["graph \"\(name)\""]
    lines += inputs.map { "  input %\($0): \(tensors[$0])" }
    for index in tensors.indices where tensors[index].isConstant { lines.append("  %\(index): \(tensors[index])") }
    for (index, node) in nodes.enumerated() {
      let attributes = node.attributes.entries.map { " \($0.key)=\($0.valueDescription)" }.joined()
      let results = node.outputs.map { operand($0) }.joined(separator: ", ")
      let operands = node.inputs.map(operand).joined(separator: ", ")
      lines.append("  \(index) \(results) = \(node.operatorName)(\(operands))\(attributes)")
      lines += node.outputs.map { "      %\($0): \(tensors[$0])" }
    }
    lines += outputs.map { "  output %\($0): \(tensors[$0])" }
    return lines.joined(separator: "\n")
  }
}

extension Attribute {
  /// `[1, 2]`, `0.5` or the text.
  public var valueDescription: String {
    if !text.isEmpty { return text }
    let values = ints.map { "\($0)" } + floats.map { "\($0)" }
    return values.count == 1 ? values[0] : "[\(values.joined(separator: ", "))]"
  }
}
