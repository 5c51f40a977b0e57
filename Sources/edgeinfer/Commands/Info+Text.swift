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
    writeBlocks()
    writeShared()
    if isVerbose { writeTensors() }
    writeMap()
  }

  private func writeOverview() {
    row("model", model.name.utf8.isEmpty ? "(no name)" : "\(model.name)")
    row("file", path.text)
    row("", "\(model.byteCount) bytes, xxh64 \(hash: model.fileHash)")
    let origin = model.origin
    if !origin.fileName.utf8.isEmpty { row("origin", "\(origin.fileName), xxh64 \(hash: origin.fileHash)") }
    if !origin.tool.utf8.isEmpty { row("tool", "\(origin.tool)") }
    if !origin.recipe.utf8.isEmpty { row("recipe", "\(origin.recipe)") }
    for (index, tensor) in model.inputs.enumerated() { row("input \(index)", describe(tensor)) }
    for (index, tensor) in model.outputs.enumerated() { row("output \(index)", describe(tensor)) }
    row("pictures", pictures)
    row("labels", labels)
    let summary = ModelSummary(model)
    var weights: Text = "\(summary.constantByteCount) bytes in \(summary.constantCount) constants"
    if summary.sparseCount > 0 {
      let (stored, all) = summary.sparseBlocks
      weights += ", \(summary.sparseCount) sparse: \(stored) of \(all) blocks of 16x4"
    }
    row("weights", weights)
    writeKinds(summary.kinds)
    row("self-test", model.checks.isEmpty ? "none" : "\(model.checks.count) checks; run edgeinfer verify")
  }

  /// How often each kind of operator occurs, on as many lines as that takes.
  private func writeKinds(_ kinds: [ModelSummary.Kind]) {
    var name: Text = "operators"
    var line: Text = "\(model.operators.count):"
    for kind in kinds {
      if line.count + kind.name.utf8.count > 64 {
        row(name, line)
        (name, line) = ("", "   ")
      }
      line += " \(kind.name) \(kind.count)"
    }
    row(name, line)
  }

  private func writeMemory() {
    let bound = plan.lowerBound.byteCount
    let gap = plan.memory.peak - bound
    output.write("\n\(style.bold("peak memory: \(plan.memory.peak) bytes"))\n")
    let fused = plan.blocks.reduce(0) { $0 + $1.operators.count }
    row(
      "",
      fused == 0
        ? "for activations, with \(threads(plan.threads)), layer by layer"
        : "for activations, with \(threads(plan.threads)); \(fused) operators in \(plan.blocks.count) fused blocks")
    row("", "set by \(isVerbose ? plan.peakOperator : plan.peakOperator.cut(to: 61))")
    row("", gap == 0 ? "proved optimal: no plan can need less" : "lower bound \(bound) bytes, gap \(gap)")
    for stored in model.plans {
      row("plan", "\(threads(stored.threads))\(stored.isFused ? ", fused" : "" as StaticString): \(stored.peak) bytes")
    }
    if model.plans.isEmpty { row("plan", "none in the file; made when the model is loaded") }
  }

  private func writeOperators() {
    output.write("\n\(style.bold("   # operator            output                   weights node"))\n")
    for (index, operation) in model.operators.enumerated() {
      let type: Text = operation.outputs.first.map { "\(model.tensors[$0].type)" } ?? ""
      let weights = ModelSummary.weightByteCount(operation, model)
      let size: Text = weights == 0 ? "-" : "\(weights)"
      var line: Text = "\(number(index)) \(Text(operation.name).padded(to: 19)) \(type.padded(to: 22)) "
      line += "\(size.paddedLeft(to: 9)) "
      let node = Text(model.nodeName(index))
      line += isVerbose ? node : node.shortened(to: max(12, 80 - line.count))
      output.write("\(line.printable())\n")
    }
  }

  private func writeBlocks() {
    guard !plan.blocks.isEmpty else { return }
    output.write(
      "\n\(style.bold("fused blocks"))  bytes; what lies between their operators is never stored\n")
    output.write("operators           between       ring  rows  scratch a thread   rows recomputed\n")
    for block in plan.blocks {
      let columns: [(Text, Int)] = [
        ("\(range(block.operators))", 9), ("\(block.middleByteCount)", 18), ("\(block.ringByteCount)", 11),
        ("\(block.ringRowCount)", 6), ("\(block.scratchByteCount)", 18), ("\(block.recomputedRowCount)", 18),
      ]
      var line: Text = ""
      for (text, width) in columns { line += text.paddedLeft(to: width) }
      output.write("\(line)\n")
    }
  }

  /// `12` or `12-15`.
  private func range(_ operators: Range<Int>) -> Text {
    operators.count == 1 ? "\(operators.lowerBound)" : "\(operators.lowerBound)-\(operators.upperBound - 1)"
  }

  private func writeShared() {
    let shared = plan.sharedTensors
    guard !shared.isEmpty else { return }
    output.write("\n\(style.bold("shared memory"))  tensors without bytes of their own\n")
    for entry in shared {
      let (inner, outer) = (name(entry.inner), name(entry.outer))
      let isWhole = model.tensors[entry.inner].type.byteCount == model.tensors[entry.outer].type.byteCount
      let relation: Text =
        isWhole
        ? entry.isOverwritten ? "\(outer) is written over \(inner)" : "\(inner) has the bytes of \(outer)"
        : "\(inner) begins at byte \(entry.offset) of \(outer)"
      let kind = Text(model.operators[entry.operatorIndex].name)
      let line: Text = "\(number(entry.operatorIndex)) \(kind.padded(to: 19)) \(relation)"
      output.write("\(line.printable())\n")
    }
  }

  /// A tensor's index and, in full length, its name.
  private func name(_ tensor: Int) -> Text {
    let name = Text(model.tensorName(tensor))
    return isVerbose && !name.isEmpty ? "tensor \(tensor) \"\(name)\"" : "tensor \(tensor)"
  }

  private func writeTensors() {
    output.write("\n\(style.bold("   # tensor"))\n")
    for index in model.tensors.indices {
      output.write("\(number(index)) \(describe(index).printable())\n")
    }
  }

  private func writeMap() {
    guard plan.memory.peak > 0 else { return }
    let map = MemoryMap(plan)
    output.write("\n\(style.bold("memory map"))  # written, r read, s scratch, - waiting, . free\n")
    let end: Text = "\(plan.memory.peak)"
    output.write("\(Text("").padded(to: 21))0\(end.paddedLeft(to: MemoryMap.width - 1))     live\n")
    for operators in plan.operatorRanges {
      let index = operators.lowerBound
      let name: Text =
        operators.count == 1
        ? "\(number(index)) \(model.operators[index].name)" : "\(number(index))-\(operators.upperBound - 1) fused"
      let live: Text = "\(map.liveByteCount(step: index))"
      let line = map.line(operators: operators)
      output.write("\(name.cut(to: 20).printable().padded(to: 20))|\(line)|\(live.paddedLeft(to: 9))\n")
    }
  }

  private var pictures: Text {
    guard let preprocessing = model.preprocessing else { return "no rule for them in the model" }
    var text: Text = "\(preprocessing.color.name), \(preprocessing.crop.name)"
    if preprocessing.crop == .center { text += " \(preprocessing.cropFraction)" }
    text += ", mean\(list(preprocessing.mean)), std\(list(preprocessing.standardDeviation))"
    return text
  }

  private var labels: Text {
    guard model.labelCount > 0 else { return "none" }
    var text: Text = "\(model.labelCount):"
    for index in 0..<model.labelCount {
      let label = model.label(index) ?? ""
      let isLast = index == model.labelCount - 1
      guard text.count + label.utf8.count < 60 else {
        text += " ..."
        break
      }
      text += " \(label)\(isLast ? "" : "," as StaticString)"
    }
    return text
  }

  /// Type, quantization, constness and name of a tensor.
  private func describe(_ index: Int) -> Text {
    let tensor = model.tensors[index]
    var text: Text = "\(tensor.type)"
    if let quantization = tensor.type.quantization {
      text += " scale \(quantization.scale) zero point \(Int(quantization.zeroPoint))"
    } else if let axis = tensor.channelAxis {
      text += " \(model.scales(index).count) scales along axis \(axis)"
    }
    if let data = tensor.data {
      text += ", constant of \(data.count) bytes"
      if tensor.layout != .rowMajor { text += " as \(tensor.layout.name)" }
      if let (stored, all) = ModelSummary.blocks(of: tensor) { text += " (\(stored) of \(all) blocks)" }
    }
    let name = Text(model.tensorName(index))
    if !name.isEmpty { text += " \"\(isVerbose ? name : name.shortened(to: max(12, 64 - text.count)))\"" }
    return text
  }

  private func number(_ index: Int) -> Text { ("\(index)" as Text).paddedLeft(to: 4) }

  private func threads(_ count: Int) -> Text { count == 1 ? "1 thread" : "\(count) threads" }

  private func list(_ values: [Float]) -> Text {
    var text: Text = ""
    for value in values { text += " \(value)" }
    return text
  }

  private func row(_ name: Text, _ value: Text) {
    output.write("\(style.dim(name.padded(to: 11))) \(value.printable())\n")
  }
}
