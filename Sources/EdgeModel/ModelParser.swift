import EdgeTensor

/// Turns the bytes of an `.edge` file into checked values. Everything that does not depend on what an operator computes is
/// checked here; operators check their own shapes and attributes when they are planned.
struct ModelParser {
  let buffer: FlatBuffer

  struct Result {
    var name = ""
    var tensors: [Model.Tensor] = []
    var operators: [Model.Operator] = []
    var inputs: [Int] = []
    var outputs: [Int] = []
    var preprocessing: Preprocessing?
    var plans: [Model.StoredPlan] = []
    var testSeed: UInt64 = 0
    var checks: [Model.Check] = []
    var origin = Model.Origin()
    var labelRanges: [Range<Int>] = []
  }

  init(_ bytes: UnsafeRawBufferPointer) { buffer = FlatBuffer(bytes, sharing: 4) }

  func parse() throws(ModelError) -> Result {
    var result = Result()
    let root = try read { () throws(FlatBufferError) in try buffer.root(identifier: "EDGE") }
    let version = try read { () throws(FlatBufferError) in Int(try root.scalar(0, default: UInt16(0))) }
    guard version == Model.formatVersion else { throw .unsupportedVersion(found: version) }
    result.name = try read { () throws(FlatBufferError) in try root.string(1) }

    let tensorCount = try count(root, 2, "more tensors than this version reads")
    let operatorCount = try count(root, 3, "more operators than this version reads")
    guard tensorCount > 0 else { throw .noTensors }
    var shared = SharedValues()
    result.tensors.reserveCapacity(tensorCount)
    try forEachTable(root, 2) { table, index throws(ModelError) in
      result.tensors.append(try tensor(table, index, &shared))
    }
    result.operators.reserveCapacity(operatorCount)
    try forEachTable(root, 3) { table, index throws(ModelError) in
      result.operators.append(try operation(table, index, tensorCount: tensorCount, &shared))
    }
    result.inputs = try indices(root, 4)
    result.outputs = try indices(root, 5)
    try checkDataFlow(result)
    result.labelRanges = try read { () throws(FlatBufferError) in try root.vector(6, stride: 4)?.stringRanges() ?? [] }
    if let table = try read({ () throws(FlatBufferError) in try root.table(7) }) {
      result.preprocessing = try preprocessing(table)
    }
    try forEachTable(root, 8) { table, index throws(ModelError) in
      result.plans.append(try storedPlan(table, index, result.tensors, operatorCount: operatorCount))
    }
    result.testSeed = try read { () throws(FlatBufferError) in try root.scalar(9, default: UInt64(0)) }
    result.checks = try checks(root)
    guard result.checks.isEmpty || result.checks.count == result.operators.count else {
      throw .badModel(reason: "the number of stored checks differs from the number of operators")
    }
    if let table = try read({ () throws(FlatBufferError) in try root.table(11) }) {
      result.origin = try read { () throws(FlatBufferError) in
        var origin = Model.Origin()
        origin.fileName = try table.string(0)
        origin.fileHash = try table.scalar(1, default: 0)
        origin.tool = try table.string(2)
        origin.recipe = try table.string(3)
        return origin
      }
    }
    return result
  }

  func read<T>(_ body: () throws(FlatBufferError) -> T) throws(ModelError) -> T {
    do { return try body() } catch { throw .malformed(error) }
  }

  private func count(_ root: FlatTable, _ slot: Int, _ reason: StaticString) throws(ModelError) -> Int {
    let count = try read { () throws(FlatBufferError) in try root.vector(slot, stride: 4)?.count ?? 0 }
    guard count <= Model.maximumCount else { throw .badModel(reason: reason) }
    return count
  }

  /// Tables of a vector, one after the other: there is never an array of them.
  private func forEachTable(
    _ root: FlatTable, _ slot: Int, _ body: (FlatTable, Int) throws(ModelError) -> Void
  ) throws(ModelError) {
    guard let vector = try read({ () throws(FlatBufferError) in try root.vector(slot, stride: 4) }) else { return }
    for index in 0..<vector.count {
      try body(try read { () throws(FlatBufferError) in try vector.table(index) }, index)
    }
  }

  private func tensor(
    _ table: FlatTable, _ index: Int, _ shared: inout SharedValues
  ) throws(ModelError) -> Model.Tensor {
    let (rawType, extents, layoutName) = try read { () throws(FlatBufferError) in
      _ = try table.stringRange(0)
      return (
        try table.scalar(1, default: UInt8(0)), try table.array(2, of: Int32.self), try table.string(3)
      )
    }
    let (scales, zeroPoints, axis, data) = try read { () throws(FlatBufferError) in
      (
        try table.vector(4, stride: 4), try table.array(5, of: Int32.self), Int(try table.scalar(6, default: Int32(0))),
        try table.vector(7, stride: 1)?.byteRange
      )
    }
    guard let dataType = DataType(rawValue: rawType) else {
      throw .badTensor(index: index, reason: "unknown data type")
    }
    guard let shape = shared.shape(extents) else {
      throw .badTensor(index: index, reason: "impossible shape")
    }
    guard let layout = Layout.allCases.first(where: { layoutName.hasSameBytes(as: $0.name) }) else {
      throw .badTensor(index: index, reason: "unknown layout; a newer edgeinfer may read it")
    }
    let scaleValues = try read { () throws(FlatBufferError) in try scales?.array(of: Float.self) ?? [] }
    guard scaleValues.allSatisfy({ $0.isFinite && $0 > 0 }) else {
      throw .badTensor(index: index, reason: "a scale is not a positive number")
    }
    guard zeroPoints.count == scaleValues.count || zeroPoints.isEmpty else {
      throw .badTensor(index: index, reason: "scales and zero points differ in number")
    }
    let isPerChannel = scaleValues.count > 1
    if isPerChannel {
      guard (0..<shape.rank).contains(axis), shape[axis] == scaleValues.count else {
        throw .badTensor(index: index, reason: "scales do not match the shape along the quantized axis")
      }
    }
    var quantization: QuantParams?
    if scaleValues.count == 1 {
      let zeroPoint = zeroPoints.first ?? 0
      let allowed: ClosedRange<Int32> =
        switch dataType {
        case .int8: -128...127
        case .uint8: 0...255
        default: 0...0
        }
      guard allowed.contains(zeroPoint) else { throw .badTensor(index: index, reason: "zero point outside its type") }
      quantization = QuantParams(scale: scaleValues[0], zeroPoint: zeroPoint)
    }
    let type = TensorType(dataType, shape, quantization: quantization)
    if let data {
      guard data.lowerBound % Model.requiredAlignment == 0 || data.isEmpty else {
        throw .badTensor(index: index, reason: "constant is not 32-byte aligned")
      }
      if layout == .rowMajor, data.count != type.byteCount {
        throw .badTensor(index: index, reason: "constant has another number of bytes than its shape")
      }
      // Packed layouts are padded. Whatever an operator takes a constant for, it then reads inside the file. Sparse weights are what
      // the exception is for: operators that do not know them refuse them, and they are not an output of the model.
      guard data.count >= type.byteCount || layout == .o16k4Sparse else {
        throw .badTensor(index: index, reason: "constant has fewer bytes than its shape")
      }
    }
    return Model.Tensor(
      type: type, layout: layout, data: data, channelAxis: isPerChannel ? axis : nil,
      sparse: try sparse(table, index, type, layout, data), position: table.position)
  }

  private func operation(
    _ table: FlatTable, _ index: Int, tensorCount: Int, _ shared: inout SharedValues
  ) throws(ModelError) -> Model.Operator {
    let inputs = try read { () throws(FlatBufferError) in try table.array(2, of: Int32.self).map { Int($0) } }
    let outputs = try read { () throws(FlatBufferError) in try table.array(3, of: Int32.self).map { Int($0) } }
    guard inputs.allSatisfy({ $0 >= -1 && $0 < tensorCount }), outputs.allSatisfy({ $0 >= 0 && $0 < tensorCount })
    else {
      throw .badOperator(index: index, reason: "tensor index out of range")
    }
    return try read { () throws(FlatBufferError) in
      _ = try table.stringRange(1)
      try shared.check(table, 4)
      return Model.Operator(
        name: shared.word(try table.string(0)), inputs: inputs, outputs: outputs, position: table.position)
    }
  }

  private func indices(_ root: FlatTable, _ slot: Int) throws(ModelError) -> [Int] {
    try read { () throws(FlatBufferError) in try root.array(slot, of: Int32.self).map { Int($0) } }
  }

  /// Every activation is written exactly once, before it is read; constants are never written.
  private func checkDataFlow(_ model: Result) throws(ModelError) {
    var isAvailable = model.tensors.map { $0.data != nil }
    for index in model.inputs {
      guard isAvailable.indices.contains(index) else { throw .badModel(reason: "input index out of range") }
      guard !isAvailable[index] else {
        throw .badTensor(index: index, reason: "is an input twice, or a constant input")
      }
      isAvailable[index] = true
    }
    for (index, step) in model.operators.enumerated() {
      for input in step.inputs where input >= 0 && !isAvailable[input] {
        throw .badOperator(index: index, reason: "reads a tensor before it is written")
      }
      for output in step.outputs {
        guard !isAvailable[output] else { throw .badOperator(index: index, reason: "writes a tensor that has a value") }
        isAvailable[output] = true
      }
    }
    for index in model.outputs {
      guard isAvailable.indices.contains(index), isAvailable[index] else {
        throw .badModel(reason: "an output is never written")
      }
      guard model.tensors[index].sparse == nil else { throw .badModel(reason: "an output is sparse") }
    }
    for tensor in model.tensors where tensor.layout != .rowMajor && tensor.data == nil {
      throw .badModel(reason: "an activation has a packed layout")
    }
  }

  private func preprocessing(_ table: FlatTable) throws(ModelError) -> Preprocessing {
    let (colorName, cropName, fraction, mean, deviation) = try read { () throws(FlatBufferError) in
      (
        try table.string(0), try table.string(1), try table.scalar(2, default: Float(1)),
        try table.array(3, of: Float.self),
        try table.array(4, of: Float.self)
      )
    }
    guard let color = Preprocessing.Color.allCases.first(where: { colorName.hasSameBytes(as: $0.name) }),
      let crop = Preprocessing.Crop.allCases.first(where: { cropName.hasSameBytes(as: $0.name) })
    else { throw .badModel(reason: "unknown colour order or crop in the preprocessing") }
    guard fraction > 0, fraction <= 1, mean.count == color.channelCount, deviation.count == color.channelCount,
      mean.allSatisfy({ $0.isFinite }), deviation.allSatisfy({ $0.isFinite && $0 != 0 })
    else { throw .badModel(reason: "preprocessing values out of range") }
    return Preprocessing(color: color, crop: crop, cropFraction: fraction, mean: mean, standardDeviation: deviation)
  }

  private func checks(_ root: FlatTable) throws(ModelError) -> [Model.Check] {
    try read { () throws(FlatBufferError) in
      guard let vector = try root.vector(10, stride: 32) else { return [] }
      var checks: [Model.Check] = []
      checks.reserveCapacity(vector.count)
      for start in stride(from: vector.byteRange.lowerBound, to: vector.byteRange.upperBound, by: 32) {
        checks.append(
          Model.Check(
            hash: try buffer.load(start), minimum: try buffer.load(start + 8), maximum: try buffer.load(start + 16),
            mean: try buffer.load(start + 24)))
      }
      return checks
    }
  }
}
