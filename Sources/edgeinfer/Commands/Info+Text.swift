import EdgeModel
import EdgeRuntime
import EdgeTensor

/// `edgeinfer info` for people, 80 columns wide.
struct InfoText {
  private let plan: Plan
  private let path: Path
  private let output: Output
  private let isVerbose: Bool
  private let style: Style
  private var model: Model { plan.model }

  init(_ plan: Plan, _ path: Path, _ output: Output, isVerbose: Bool) {
    self.plan = plan
    self.path = path
    self.output = output
    self.isVerbose = isVerbose
    style = Style(output)
  }

  func write() {
    writeOverview()
    writeMemory()
    writeOperators()
    if isVerbose { writeTensors() }
    writeMap()
  }

  private func writeOverview() {
    let summary = ModelSummary(model)
    row("model", "\(model.name.utf8.isEmpty ? "(no name)" : model.name)")
    row("file", "\(path.text)")
    row("", "\(model.byteCount) bytes, xxh64 \(String(hash: model.fileHash))")
    if !model.origin.fileName.utf8.isEmpty {
      row("origin", "\(model.origin.fileName), xxh64 \(String(hash: model.origin.fileHash))")
    }
    if !model.origin.tool.utf8.isEmpty { row("tool", model.origin.tool) }
    if !model.origin.recipe.utf8.isEmpty { row("recipe", model.origin.recipe) }
    for (index, tensor) in model.inputs.enumerated() { row("input \(index)", describe(tensor)) }
    for (index, tensor) in model.outputs.enumerated() { row("output \(index)", describe(tensor)) }
    row("pictures", pictures)
    row("labels", labels)
    row("weights", "\(summary.constantByteCount) bytes in \(summary.constantCount) constants")
    var kinds = "\(model.operators.count):"
    for kind in summary.kinds {
      if kinds.utf8.count + kind.name.utf8.count > 58 {
        row(kinds.utf8.first == UInt8(ascii: " ") ? "" : "operators", kinds)
        kinds = "   "
      }
      kinds += " \(kind.name) \(kind.count)"
    }
    row(kinds.utf8.first == UInt8(ascii: " ") ? "" : "operators", kinds)
    row("self-test", model.checks.isEmpty ? "none" : "\(model.checks.count) checks; run edgeinfer verify")
  }

  private func writeMemory() {
    let bound = plan.lowerBound.byteCount
    let gap = plan.memory.peak - bound
    output.write("\n" + style.bold("peak memory: \(plan.memory.peak) bytes") + "\n")
    row("", "for activations, with \(plan.threads) thread\(plan.threads == 1 ? "" : "s"), layer by layer")
    row("", "set by \(plan.largestStep)")
    row("", gap == 0 ? "no plan can need less" : "lower bound \(bound) bytes, gap \(gap)")
    for stored in model.plans {
      row(
        "plan",
        "\(stored.threads) thread\(stored.threads == 1 ? "" : "s")\(stored.fused ? ", fused" : ""): \(stored.peak) bytes"
      )
    }
    if model.plans.isEmpty { row("plan", "none in the file; made when the model is loaded") }
  }

  private func writeOperators() {
    output.write("\n" + style.bold("   # operator            output                   weights node") + "\n")
    for (index, operation) in model.operators.enumerated() {
      let type = operation.outputs.first.map { model.tensors[$0].type.description } ?? ""
      let weights = ModelSummary.weightByteCount(operation, model)
      var line = "\(index)".paddedLeft(to: 4) + " " + operation.name.padded(to: 19) + " " + type.padded(to: 22) + " "
      line += (weights == 0 ? "-" : "\(weights)").paddedLeft(to: 9) + " "
      line += isVerbose ? operation.node : operation.node.shortened(to: max(12, 80 - line.utf8.count))
      output.write(printable(line) + "\n")
    }
  }

  private func writeTensors() {
    output.write("\n" + style.bold("   # tensor") + "\n")
    for index in model.tensors.indices {
      output.write(printable("\(index)".paddedLeft(to: 4) + " " + describe(index)) + "\n")
    }
  }

  private func writeMap() {
    guard plan.memory.peak > 0 else { return }
    let map = MemoryMap(plan)
    output.write("\n" + style.bold("memory map") + "  # written, r read, s scratch, - waiting, . free\n")
    let end = "\(plan.memory.peak)"
    output.write("".padded(to: 21) + "0" + end.paddedLeft(to: MemoryMap.width - 1) + "     live\n")
    for (index, operation) in model.operators.enumerated() {
      let head = "\(index)".paddedLeft(to: 4) + " " + operation.name.padded(to: 15)
      let live = "\(map.liveByteCount(step: index))".paddedLeft(to: 9)
      // A name that is too long for its column is cut.
      let name = String(decoding: head.utf8.prefix(20), as: UTF8.self)
      output.write(printable(name) + "|" + map.line(step: index) + "|" + live + "\n")
    }
  }

  private var pictures: String {
    guard let preprocessing = model.preprocessing else { return "no rule for them in the model" }
    var text = "\(preprocessing.color.name), \(preprocessing.crop.name)"
    if preprocessing.crop == .center { text += " \(preprocessing.cropFraction)" }
    return text + ", mean \(list(preprocessing.mean)), std \(list(preprocessing.standardDeviation))"
  }

  private var labels: String {
    guard model.labelCount > 0 else { return "none" }
    var text = "\(model.labelCount):"
    for index in 0..<min(model.labelCount, 10) {
      let label = model.label(index) ?? ""
      if text.utf8.count + label.utf8.count > 58 { break }
      text += " \(label),"
    }
    return model.labelCount > 10 ? text + " ..." : String(decoding: text.utf8.dropLast(), as: UTF8.self)
  }

  /// Type, quantization, constness and name of a tensor.
  private func describe(_ index: Int) -> String {
    let tensor = model.tensors[index]
    var text = tensor.type.description
    if let quantization = tensor.type.quantization {
      text += " scale \(quantization.scale) zero point \(quantization.zeroPoint)"
    } else if let axis = tensor.channelAxis {
      text += " \(model.scales(index).count) scales along axis \(axis)"
    }
    if let data = tensor.data {
      text += ", constant of \(data.count) bytes"
      if tensor.layout != .rowMajor { text += " as \(tensor.layout.name)" }
    }
    let name = model.tensorName(index)
    guard !name.utf8.isEmpty else { return text }
    return text + " \"" + (isVerbose ? name : name.shortened(to: max(12, 64 - text.utf8.count))) + "\""
  }

  private func list(_ values: [Float]) -> String {
    var text = ""
    for value in values { text += text.utf8.isEmpty ? "\(value)" : " \(value)" }
    return text
  }

  private func row(_ name: String, _ value: String) {
    output.write(style.dim(name.padded(to: 11)) + " " + printable(value) + "\n")
  }
}
