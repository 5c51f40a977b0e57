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
    integer("schema", InfoJSON.schemaVersion)
    string("file", path.text.string)
    integer("file_bytes", model.byteCount)
    string("file_xxh64", hash(model.fileHash))
    string("name", model.name)
    integer("format_version", Model.formatVersion)
    writeMemory()
    tensors("inputs", model.inputs)
    tensors("outputs", model.outputs)
    let summary = ModelSummary(model)
    integer("weights_bytes", summary.constantByteCount)
    writeLabels()
    writePreprocessing()
    writeOrigin()
    writeOperators()
    tensors("tensors", Array(model.tensors.indices))
    integer("checks", model.checks.count)
    json.endObject()
  }

  private mutating func writeMemory() {
    integer("threads", plan.threads)
    integer("peak_bytes", plan.memory.peak)
    integer("lower_bound_bytes", plan.lowerBound.byteCount)
    integer("peak_operator", plan.lowerBound.step)
    json.key("plans")
    json.beginArray()
    for stored in model.plans {
      json.beginObject()
      integer("threads", stored.threads)
      json.key("fused")
      json.boolean(stored.fused)
      integer("peak_bytes", stored.peak)
      json.endObject()
    }
    json.endArray()
    json.key("fused_blocks")
    json.beginArray()
    for block in plan.blocks {
      json.beginObject()
      integer("first_operator", block.operators.lowerBound)
      integer("last_operator", block.operators.upperBound - 1)
      integer("between_bytes", block.middleByteCount)
      integer("ring_rows", block.ringRowCount)
      integer("ring_bytes", block.ringByteCount)
      integer("rows_per_go", block.rowsPerGo)
      integer("scratch_bytes_per_thread", block.scratchByteCount)
      integer("recomputed_rows", block.recomputedRowCount)
      json.endObject()
    }
    json.endArray()
    json.key("memory_blocks")
    json.beginArray()
    for block in plan.memoryBlocks {
      json.beginObject()
      json.key("tensor")
      if case .tensor(let index) = block.use { json.integer(index) } else { json.null() }
      integer("offset", block.offset)
      integer("bytes", block.byteCount)
      integer("first_operator", block.steps.lowerBound)
      integer("last_operator", block.steps.upperBound)
      json.endObject()
    }
    json.endArray()
  }

  private mutating func tensors(_ key: StaticString, _ indices: [Int]) {
    json.key(key)
    json.beginArray()
    for index in indices {
      let tensor = model.tensors[index]
      json.beginObject()
      integer("tensor", index)
      string("name", model.tensorName(index))
      string("dtype", tensor.type.dataType.name.description)
      integers("shape", tensor.type.shape.dimensions)
      integer("bytes", tensor.data?.count ?? tensor.type.byteCount)
      json.key("constant")
      json.boolean(tensor.data != nil)
      if tensor.layout != .rowMajor { string("layout", tensor.layout.name.description) }
      if let quantization = tensor.type.quantization {
        json.key("scale")
        json.number(quantization.scale)
        integer("zero_point", Int(quantization.zeroPoint))
      } else if let axis = tensor.channelAxis {
        integer("axis", axis)
        floats("scales", model.scales(index))
      }
      json.endObject()
    }
    json.endArray()
  }

  private mutating func writeOperators() {
    json.key("operators")
    json.beginArray()
    for operation in model.operators {
      json.beginObject()
      string("kind", operation.name)
      string("node", operation.node)
      integers("inputs", operation.inputs)
      integers("outputs", operation.outputs)
      integer("weights_bytes", ModelSummary.weightByteCount(operation, model))
      json.endObject()
    }
    json.endArray()
  }

  private mutating func writeLabels() {
    json.key("labels")
    json.beginArray()
    for index in 0..<model.labelCount { json.string(model.label(index) ?? "") }
    json.endArray()
  }

  private mutating func writePreprocessing() {
    json.key("preprocessing")
    guard let preprocessing = model.preprocessing else { return json.null() }
    json.beginObject()
    string("color", preprocessing.color.name.description)
    string("crop", preprocessing.crop.name.description)
    json.key("crop_fraction")
    json.number(preprocessing.cropFraction)
    floats("mean", preprocessing.mean)
    floats("std", preprocessing.standardDeviation)
    json.endObject()
  }

  private mutating func writeOrigin() {
    json.key("origin")
    json.beginObject()
    string("file", model.origin.fileName)
    string("xxh64", hash(model.origin.fileHash))
    string("tool", model.origin.tool)
    string("recipe", model.origin.recipe)
    json.endObject()
  }

  private func hash(_ hash: UInt64) -> String { ("\(hash: hash)" as Text).string }

  private mutating func integer(_ key: StaticString, _ value: Int) {
    json.key(key)
    json.integer(value)
  }

  private mutating func string(_ key: StaticString, _ value: String) {
    json.key(key)
    json.string(value)
  }

  private mutating func integers(_ key: StaticString, _ values: [Int]) {
    json.key(key)
    json.beginArray()
    for value in values { json.integer(value) }
    json.endArray()
  }

  private mutating func floats(_ key: StaticString, _ values: [Float]) {
    json.key(key)
    json.beginArray()
    for value in values { json.number(value) }
    json.endArray()
  }
}
