import EdgeTensor

/// What goes into an `.edge` file, as values; `encoded()` makes the file.
public struct ModelContents {
  public struct Tensor {
    public var name: String
    public var dataType: DataType
    public var shape: Shape
    public var layout: Layout
    /// One for the whole tensor, one for each index along `axis`, or none.
    public var scales: [Float]
    /// As many, or none; files leave them out where all are 0.
    public var zeroPoints: [Int32]
    public var axis: Int
    /// nil for activations.
    public var data: [UInt8]?
    /// Of layout `o16k4Sparse` alone.
    public var sparse: SparseBlocks?

    public init(
      name: String, dataType: DataType, shape: Shape, layout: Layout = .rowMajor, scales: [Float] = [],
      zeroPoints: [Int32] = [], axis: Int = 0, data: [UInt8]? = nil, sparse: SparseBlocks? = nil
    ) {
      self.name = name
      self.dataType = dataType
      self.shape = shape
      self.layout = layout
      self.scales = scales
      self.zeroPoints = zeroPoints
      self.axis = axis
      self.data = data
      self.sparse = sparse
    }
  }

  public struct Operator {
    public var name: String
    public var node: String
    public var inputs: [Int]
    public var outputs: [Int]
    public var attributes: Attributes

    public init(name: String, node: String, inputs: [Int], outputs: [Int], attributes: Attributes = Attributes()) {
      self.name = name
      self.node = node
      self.inputs = inputs
      self.outputs = outputs
      self.attributes = attributes
    }
  }

  public var name = ""
  public var tensors: [Tensor] = []
  public var operators: [Operator] = []
  public var inputs: [Int] = []
  public var outputs: [Int] = []
  public var labels: [String] = []
  public var preprocessing: Preprocessing?
  public var plans: [Model.MemoryPlan] = []
  public var testSeed: UInt64 = 0
  public var checks: [Model.Check] = []
  public var origin = Model.Origin()

  public init() {}

  /// The bytes of the file. The same contents always give the same bytes.
  public func encoded() -> [UInt8] {
    var builder = FlatBufferBuilder()
    let tensorTables = tensors.map { builder.add($0) }
    let operatorTables = operators.map { builder.add($0) }
    let labelStrings = labels.map { builder.string($0) }
    let planTables = plans.map { builder.add($0) }
    let fields: [FlatBufferBuilder.Field] = [
      .short(UInt16(Model.formatVersion)),
      .reference(builder.string(name)),
      .reference(builder.vector(tensorTables)),
      .reference(builder.vector(operatorTables)),
      .reference(builder.vector(inputs.map { Int32($0) })),
      .reference(builder.vector(outputs.map { Int32($0) })),
      labels.isEmpty ? .absent : .reference(builder.vector(labelStrings)),
      preprocessing.map { .reference(builder.add($0)) } ?? .absent,
      .reference(builder.vector(planTables)),
      .long(testSeed),
      checks.isEmpty ? .absent : .reference(builder.vector(checks)),
      .reference(builder.add(origin)),
    ]
    let root = builder.table(fields)
    return builder.finish(root: root, identifier: "EDGE")
  }
}

extension FlatBufferBuilder {
  fileprivate mutating func add(_ tensor: ModelContents.Tensor) -> Position {
    let data = tensor.data.map { bytes($0, alignment: Model.alignment) }
    return table([
      .reference(string(tensor.name)),
      .byte(tensor.dataType.rawValue),
      .reference(vector(tensor.shape.dimensions.map { Int32($0) })),
      tensor.layout == .rowMajor ? .absent : .reference(string(tensor.layout.name.description)),
      tensor.scales.isEmpty ? .absent : .reference(vector(tensor.scales)),
      tensor.zeroPoints.allSatisfy { $0 == 0 } ? .absent : .reference(vector(tensor.zeroPoints)),
      tensor.axis == 0 ? .absent : .int(Int32(tensor.axis)),
      data.map { .reference($0) } ?? .absent,
      tensor.sparse.map { .reference(vector($0.starts)) } ?? .absent,
      tensor.sparse.map { .reference(vector($0.groups)) } ?? .absent,
    ])
  }

  fileprivate mutating func add(_ step: ModelContents.Operator) -> Position {
    let attributes = step.attributes.entries.map { add($0) }
    return table([
      .reference(string(step.name)),
      .reference(string(step.node)),
      .reference(vector(step.inputs.map { Int32($0) })),
      .reference(vector(step.outputs.map { Int32($0) })),
      attributes.isEmpty ? .absent : .reference(vector(attributes)),
    ])
  }

  private mutating func add(_ attribute: Attribute) -> Position {
    table([
      .reference(string(attribute.key)),
      attribute.ints.isEmpty ? .absent : .reference(vector(attribute.ints)),
      attribute.floats.isEmpty ? .absent : .reference(vector(attribute.floats)),
      attribute.text.isEmpty ? .absent : .reference(string(attribute.text)),
    ])
  }

  fileprivate mutating func add(_ plan: Model.MemoryPlan) -> Position {
    let blocks = plan.blocks.map { block in
      Model.FusedRange.Stored(
        first: Int32(block.operators.lowerBound), count: Int32(block.operators.count), rowsPerGo: Int32(block.rowsPerGo)
      )
    }
    func stored(_ offset: Int) -> UInt64 { offset == Model.MemoryPlan.nowhere ? .max : UInt64(offset) }
    return table([
      .int(Int32(plan.threads)),
      .byte(plan.isFused ? 1 : 0),
      .long(UInt64(plan.peak)),
      .reference(vector(plan.tensorOffsets.map(stored))),
      .reference(vector(plan.scratchOffsets.map(stored))),
      plan.isFused ? .reference(vector(blocks)) : .absent,
    ])
  }

  fileprivate mutating func add(_ preprocessing: Preprocessing) -> Position {
    table([
      .reference(string(preprocessing.color.name.description)),
      .reference(string(preprocessing.crop.name.description)),
      .float(preprocessing.cropFraction),
      .reference(vector(preprocessing.mean)),
      .reference(vector(preprocessing.standardDeviation)),
    ])
  }

  fileprivate mutating func add(_ origin: Model.Origin) -> Position {
    table([
      .reference(string(origin.fileName)),
      .long(origin.fileHash),
      .reference(string(origin.tool)),
      .reference(string(origin.recipe)),
    ])
  }
}
