import EdgeFormats
import EdgeQuant

/// A model's graph as text and JSON.
struct InspectionOutput {
  private let inspection: Inspection
  private let file: String

  /// Longer names and attributes are shortened in the middle.
  private static let maximumLength = 48

  init(_ inspection: Inspection, file: String) {
    self.inspection = inspection
    self.file = file
  }

  var text: String {
    let head =
      "\(file): \(inspection.format.rawValue), \(Figures.count(inspection.nodes.count)) operators, "
      + "\(Figures.count(inspection.parameterCount)) parameters, "
      + "\(Figures.count(inspection.multiplyAccumulateCount)) multiply-accumulates, "
      + "\(Figures.count(inspection.weightByteCount)) bytes of weights"
    var parts = [
      head, boundary("inputs", "in", inspection.inputs) + "\n" + boundary("outputs", "out", inspection.outputs),
    ]
    if !inspection.nodes.isEmpty { parts.append(table) }
    let problems = inspection.nodes.enumerated().compactMap { index, node in
      node.problem.map { "  \(index) \(printable(node.operatorName)) \"\(printable(node.name))\": \(printable($0))" }
    }
    if !problems.isEmpty {
      parts.append("cannot be converted (marked with !):\n" + problems.joined(separator: "\n"))
    }
    if !inspection.notes.isEmpty { parts.append(inspection.notes.map { "note: \($0)" }.joined(separator: "\n")) }
    return parts.joined(separator: "\n\n")
  }

  private func boundary(_ title: String, _ prefix: String, _ tensors: [Int]) -> String {
    let lines = tensors.enumerated().map { number, index in
      let tensor = inspection.tensors[index]
      let quantization = tensor.quantization.map { "  \($0)" } ?? ""
      return "  \(prefix)\(number)  \(tensor.type)  \"\(printable(tensor.name))\"\(quantization)"
    }
    return ([title] + lines).joined(separator: "\n")
  }

  private var table: String {
    let titles = ["", "operator", "reads", "gives", "parameters", "MACs", "bytes", "attributes", "name"]
    var table = TextTable(titles, left: [1, 2, 3, 7, 8])
    let producers = inspection.producers
    for (index, node) in inspection.nodes.enumerated() {
      table.add([
        "\(node.problem == nil ? "" : "! ")\(index)", printable(node.operatorName),
        node.inputs.compactMap { source(of: $0, producers) }.joined(separator: " "),
        node.outputs.map { inspection.tensors[$0].type }.joined(separator: " "), count(node.parameterCount),
        node.multiplyAccumulateCount.map(count) ?? "?", count(node.weightByteCount),
        shortened(inspection.summary(of: node)), shortened(node.name),
      ])
    }
    return table.text
  }

  /// Who writes a tensor: a node's number, `in0`, or nobody, if it is a constant.
  private func source(of tensor: Int?, _ producers: [Int?]) -> String? {
    guard let tensor else { return nil }
    if let producer = producers[tensor] { return "\(producer)" }
    return inspection.inputs.firstIndex(of: tensor).map { "in\($0)" }
  }

  private func count(_ value: Int) -> String { value == 0 ? "" : Figures.count(value) }

  private func printable(_ text: String) -> String { Figures.printable(text) }

  private func shortened(_ text: String) -> String {
    let text = printable(text)
    let limit = InspectionOutput.maximumLength
    return text.count <= limit ? text : "\(text.prefix(limit / 2))...\(text.suffix(limit / 2 - 3))"
  }

  var json: String {
    var json = JSONWriter()
    json.beginObject()
    json.integer("version", 1)
    json.string("file", file)
    json.string("format", inspection.format.rawValue)
    json.string("name", inspection.name)
    json.integer("bytes", inspection.byteCount)
    json.integer("parameters", inspection.parameterCount)
    json.integer("macs", inspection.multiplyAccumulateCount)
    json.integer("weight_bytes", inspection.weightByteCount)
    json.integer("problems", inspection.problemCount)
    json.array("inputs", inspection.inputs) { json, index in json.integer(index) }
    json.array("outputs", inspection.outputs) { json, index in json.integer(index) }
    json.objects("tensors", inspection.tensors) { json, tensor in
      json.string("name", tensor.name)
      json.string("type", tensor.type)
      json.boolean("constant", tensor.isConstant)
      if let quantization = tensor.quantization {
        json.array("scales", quantization.scales) { json, scale in json.number(scale) }
        json.array("zero_points", quantization.zeroPoints) { json, zeroPoint in json.integer(Int(zeroPoint)) }
      }
    }
    json.objects("nodes", inspection.nodes) { json, node in
      json.string("operator", node.operatorName)
      json.string("name", node.name)
      json.array("inputs", node.inputs) { json, index in json.integer(index ?? -1) }
      json.array("outputs", node.outputs) { json, index in json.integer(index) }
      json.objects("attributes", node.attributes) { json, attribute in
        json.string("key", attribute.key)
        json.string("value", attribute.value)
      }
      json.integer("parameters", node.parameterCount)
      json.integer("macs", node.multiplyAccumulateCount)
      json.integer("weight_bytes", node.weightByteCount)
      json.string("problem", node.problem)
    }
    json.array("notes", inspection.notes) { json, note in json.string(note) }
    json.endObject()
    return String(decoding: json.bytes, as: UTF8.self)
  }
}
