import EdgeFormats
import EdgeModel
import EdgeRuntime
import EdgeTensor

/// `edgeinfer info --format json`: one object on one line. `Sources/edgeinfer/README.md` explains the fields.
struct InfoJSON {
  static let schemaVersion = 1

  private var json = JSONWriter()
  private let plan: Plan
  private var model: Model { plan.model }

  var bytes: [UInt8] { json.bytes + [0x0A] }

  init(_ plan: Plan, _ path: Path) {
    self.plan = plan
    json.beginObject()
    json.integer("schema", InfoJSON.schemaVersion)
    json.string("file", path.text)
    json.integer("file_bytes", model.byteCount)
    json.string("file_xxh64", hash(model.fileHash))
    json.string("name", model.name)
    json.integer("format_version", Model.formatVersion)
    writeMemory()
    writeTensors("inputs", model.inputs)
    writeTensors("outputs", model.outputs)
    json.integer("weights_bytes", ModelSummary(model).constantByteCount)
    writeLabels()
    writePreprocessing()
    writeOrigin()
    writeOperators()
    writeTensors("tensors", Array(model.tensors.indices))
    json.integer("checks", model.checks.count)
    json.endObject()
  }

  private mutating func writeMemory() {
    json.integer("threads", plan.threads)
    json.integer("peak_bytes", plan.memory.peak)
    json.integer("lower_bound_bytes", plan.lowerBound.byteCount)
    json.integer("peak_operator", plan.largestStep.step)
    json.objects("plans", model.plans) { json, stored in
      json.integer("threads", stored.threads)
      json.boolean("fused", stored.isFused)
      json.integer("peak_bytes", stored.peak)
    }
    json.objects("fused_blocks", plan.blocks) { json, block in
      json.integer("first_operator", block.operators.lowerBound)
      json.integer("last_operator", block.operators.upperBound - 1)
      json.integer("between_bytes", block.middleByteCount)
      json.integer("ring_rows", block.ringRowCount)
      json.integer("ring_bytes", block.ringByteCount)
      json.integer("rows_per_go", block.rowsPerGo)
      json.integer("scratch_bytes_per_thread", block.scratchByteCount)
      json.integer("recomputed_rows", block.recomputedRowCount)
    }
    json.objects("shared_tensors", plan.sharedTensors) { json, shared in
      json.integer("operator", shared.operatorIndex)
      json.integer("tensor", shared.inner)
      json.integer("inside", shared.outer)
      json.integer("offset", shared.offset)
      json.boolean("overwritten", shared.isOverwritten)
    }
    json.objects("memory_blocks", plan.memoryBlocks) { json, block in
      if case .tensor(let index) = block.use { json.integer("tensor", index) } else { json.integer("tensor", nil) }
      json.integer("offset", block.offset)
      json.integer("bytes", block.byteCount)
      json.integer("first_operator", block.steps.lowerBound)
      json.integer("last_operator", block.steps.upperBound)
    }
  }

  private mutating func writeTensors(_ key: StaticString, _ indices: [Int]) {
    let model = model
    json.objects(key, indices) { json, index in
      let tensor = model.tensors[index]
      json.integer("tensor", index)
      json.string("name", model.tensorName(index))
      json.string("dtype", tensor.type.dataType.name)
      json.array("shape", tensor.type.shape.dimensions) { $0.integer($1) }
      json.integer("bytes", tensor.data?.count ?? tensor.type.byteCount)
      json.boolean("constant", tensor.data != nil)
      if tensor.layout != .rowMajor { json.string("layout", tensor.layout.name) }
      if let (stored, all) = ModelSummary.blocks(of: tensor) {
        json.integer("stored_blocks", stored)
        json.integer("blocks", all)
      }
      if let quantization = tensor.type.quantization {
        json.number("scale", quantization.scale)
        json.integer("zero_point", Int(quantization.zeroPoint))
      } else if let axis = tensor.channelAxis {
        json.integer("axis", axis)
        json.array("scales", model.scales(index)) { $0.number($1) }
      }
    }
  }

  private mutating func writeOperators() {
    let model = model
    json.objects("operators", model.operators.indices) { json, index in
      let operation = model.operators[index]
      json.string("kind", operation.name)
      json.string("node", model.nodeName(index))
      json.array("inputs", operation.inputs) { $0.integer($1) }
      json.array("outputs", operation.outputs) { $0.integer($1) }
      json.integer("weights_bytes", ModelSummary.weightByteCount(operation, model))
    }
  }

  private mutating func writeLabels() {
    let model = model
    json.array("labels", 0..<model.labelCount) { json, index in json.string(model.label(index) ?? "") }
  }

  private mutating func writePreprocessing() {
    guard let preprocessing = model.preprocessing else {
      json.key("preprocessing")
      return json.null()
    }
    json.object("preprocessing") { json in
      json.string("color", preprocessing.color.name)
      json.string("crop", preprocessing.crop.name)
      json.number("crop_fraction", preprocessing.cropFraction)
      json.array("mean", preprocessing.mean) { $0.number($1) }
      json.array("std", preprocessing.standardDeviation) { $0.number($1) }
    }
  }

  private mutating func writeOrigin() {
    let origin = model.origin
    let originHash = hash(origin.fileHash)
    json.object("origin") { json in
      json.string("file", origin.fileName)
      json.string("xxh64", originHash)
      json.string("tool", origin.tool)
      json.string("recipe", origin.recipe)
    }
  }

  private func hash(_ hash: UInt64) -> String { ("\(hash: hash)" as Text).string }
}
