import EdgeModel
import EdgeRuntime
import EdgeTensor
import Testing
import _EdgeTestSupport

/// Operators meet operands and attributes that make no sense. What they accept must run; nothing may trap, which would end this
/// process.
@Suite struct HostileOperatorTests {
  private static let extremes = [
    Int.min, Int.min + 1, Int(Int32.min), -9, -2, -1, 0, 1, 2, 3, 8, Int(Int32.max), 1 << 32, Int.max - 1, Int.max,
  ]
  private static let keys = [
    "axis", "batch_dims", "squeeze_dims", "begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask",
    "shrink_axis_mask",
    "align_corners", "half_pixel_centers", "block_size", "num_splits", "values_count", "num", "adj_x", "adj_y",
    "uint8_rule",
  ]

  /// Mostly small, sometimes at the edge of what fits.
  private func number(_ random: inout SplitMix64) -> Int {
    random.int(in: 0...3) == 0
      ? Self.extremes[random.int(in: 0...(Self.extremes.count - 1))] : random.int(in: -2...4)
  }

  private func operand(_ random: inout SplitMix64) -> TinyModel.Operand? {
    if random.int(in: 0...40) == 0 { return nil }
    let shape = Positions.randomShape(rank: random.int(in: 0...5), &random, extents: 0...4)
    let count = shape.reduce(1, *)
    let isConstant = random.int(in: 0...2) > 0
    let scale: Float? = random.int(in: 0...3) == 0 ? nil : 0.5
    switch random.int(in: 0...7) {
    case 0: return TinyModel.Operand((0..<count).map { Float($0) }, shape, isConstant: isConstant)
    case 1: return TinyModel.Operand((0..<count).map { $0 % 2 == 0 }, shape, isConstant: isConstant)
    case 2: return TinyModel.Operand((0..<count).map { UInt8($0 % 256) }, shape, isConstant: isConstant)
    case 3...4:
      return TinyModel.Operand((0..<count).map { Int8($0 % 128) }, shape, scale: scale, isConstant: isConstant)
    case 5...6:
      // The form of axes, shapes and indices.
      let short = random.int(in: 0...1) == 0 ? shape : [random.int(in: 0...4)]
      let values = (0..<short.reduce(1, *)).map { _ in Int32(truncatingIfNeeded: number(&random)) }
      return TinyModel.Operand(values, short, isConstant: isConstant)
    default:
      let short = random.int(in: 0...1) == 0 ? shape : [random.int(in: 0...4)]
      let values = (0..<short.reduce(1, *)).map { _ in Int64(number(&random)) }
      return TinyModel.Operand(values, short, isConstant: isConstant)
    }
  }

  private struct Example {
    let name: String
    let inputs: [TinyModel.Operand?]
    var attributes: [Attribute] = []
    var outputCount = 1
    var outputType = DataType.int8

    init(
      _ name: String, _ inputs: [TinyModel.Operand?], _ attributes: [Attribute] = [], outputCount: Int = 1,
      outputType: DataType = .int8
    ) {
      (self.name, self.inputs, self.attributes) = (name, inputs, attributes)
      (self.outputCount, self.outputType) = (outputCount, outputType)
    }
  }

  /// Models that are accepted until something in them is changed.
  private static var examples: [Example] {
    let x = TinyModel.Operand([Int8](repeating: 1, count: 48), [1, 4, 4, 3], scale: 0.5)
    let paddings = constant([0, 0, 1, 1, 1, 2, 0, 0], [4, 2], wide: true)
    let modes = ["reflect", "symmetric"].map { [Attribute("mode", text: $0)] }
    let wide = { (values: Int...) in constant(values, wide: true) }
    return [
      Example("arg_max", [x, wide(1)], outputType: .int32), Example("arg_min", [x, wide(-1)], outputType: .int64),
      Example("batch_matmul", [x, x], [Attribute("adj_y", 1)]),
      Example("batch_matmul", [x, x], [Attribute("adj_x", 1), Attribute("adj_y", 0)]),
      Example("broadcast_to", [x, wide(2, 4, 4, 3)]), Example("concatenation", [x, x], [Attribute("axis", 1)]),
      Example("depth_to_space", [x], [Attribute("block_size", 1)]), Example("expand_dims", [x, wide(2)]),
      Example("gather", [x, wide(0, 3)], [Attribute("axis", 1), Attribute("batch_dims", 0)]),
      Example("gather_nd", [x, constant([0, 1, 0, 2], [2, 2], wide: true)]),
      Example("mirror_pad", [x, paddings], modes[0]), Example("mirror_pad", [x, paddings], modes[1]),
      Example("pack", [x, x], [Attribute("axis", 1), Attribute("values_count", 2)]), Example("pad", [x, paddings]),
      Example("padv2", [x, paddings, TinyModel.Operand([3] as [Int8], scale: 0.5)]),
      Example("resize_bilinear", [x, wide(5, 3)], [Attribute("half_pixel_centers", 1)]),
      Example("resize_bilinear", [x, wide(5, 3)], [Attribute("uint8_rule", 1)]),
      Example("resize_nearest_neighbor", [x, wide(5, 3)], [Attribute("align_corners", 1)]),
      Example("slice", [x, wide(0, 1, 1, 0), wide(-1, 2, 2, 3)]),
      Example("space_to_depth", [x], [Attribute("block_size", 2)]),
      Example("split", [wide(1), x], [Attribute("num_splits", 2)], outputCount: 2),
      Example("split_v", [x, wide(1, -1), wide(2)], outputCount: 2),
      Example("squeeze", [x], [Attribute("squeeze_dims", 0)]),
      Example(
        "strided_slice", [x, wide(0, 3, 0), wide(1, -9, 4), wide(1, -1, 2)],
        [
          Attribute("begin_mask", 1), Attribute("end_mask", 2), Attribute("ellipsis_mask", 0),
          Attribute("new_axis_mask", 0), Attribute("shrink_axis_mask", 0),
        ]), Example("transpose", [x, wide(3, 1, 0, 2)]),
      Example("unpack", [x], [Attribute("axis", 1), Attribute("num", 4)], outputCount: 4),
    ]
  }

  /// One value of a constant, one attribute, or a whole operand becomes something else.
  private func mutate(_ inputs: inout [TinyModel.Operand?], _ attributes: inout [Attribute], _ random: inout SplitMix64)
  {
    let target = random.int(in: 0...(inputs.count - 1))
    switch random.int(in: 0...3) {
    case 0:
      inputs[target] = operand(&random)
    case 1 where !attributes.isEmpty:
      let index = random.int(in: 0...(attributes.count - 1))
      attributes[index] = Attribute(attributes[index].key, number(&random))
    default:
      guard let old = inputs[target], old.type.dataType == .int64, var bytes = old.bytes, !bytes.isEmpty else { return }
      let index = random.int(in: 0...(bytes.count / 8 - 1)) * 8
      withUnsafeBytes(of: Int64(number(&random))) { bytes.replaceSubrange(index..<index + 8, with: $0) }
      inputs[target] = TinyModel.Operand(old.type, bytes: bytes, isConstant: old.isConstant)
    }
  }

  @Test(arguments: Self.examples.indices) func changedModelsDoNotTrap(index: Int) throws {
    let example = Self.examples[index]
    var random = SplitMix64(seed: 71)
    var acceptedCount = 0
    for round in 0..<400 {
      var (inputs, attributes) = (example.inputs, example.attributes)
      for _ in 0..<min(round, 1 + round % 3) { mutate(&inputs, &attributes, &random) }
      let isAccepted = try attempt(
        example.name, inputs, attributes, outputCount: example.outputCount, outputType: example.outputType)
      #expect(isAccepted || round > 0, "the unchanged model was refused")
      if isAccepted { acceptedCount += 1 }
    }
    #expect(acceptedCount > 20, "of \(example.name)")
    #expect(acceptedCount < 400, "of \(example.name)")
  }

  @Test("No operator is listed twice")
  func uniqueNames() {
    let names = OperatorRegistry.standard.definitions.map { $0.name.description }
    #expect(Set(names).count == names.count)
  }

  @Test(arguments: OperatorRegistry.standard.definitions.map { $0.name.description })
  func modelsMadeByChanceDoNotTrap(name: String) throws {
    let definition = try #require(OperatorRegistry.standard[name])
    var random = SplitMix64(seed: 70)
    for _ in 0..<400 {
      let inputs = (0..<random.int(in: 1...max(1, min(definition.inputs.upperBound, 4)))).map { _ in operand(&random) }
      var attributes = Self.keys.compactMap { key in
        random.int(in: 0...3) == 0 ? Attribute(key, number(&random)) : nil
      }
      attributes.append(Attribute("mode", text: ["reflect", "symmetric", "", "x"][random.int(in: 0...3)]))
      _ = try attempt(
        name, inputs, attributes, outputCount: random.int(in: definition.outputs.upperBound == 1 ? 1...1 : 1...4),
        outputType: DataType.allCases[random.int(in: 0...(DataType.allCases.count - 1))])
    }
  }

  /// Plans the operator and, if it is accepted, runs it.
  private func attempt(
    _ name: String, _ inputs: [TinyModel.Operand?], _ attributes: [Attribute], outputCount: Int, outputType: DataType
  ) throws -> Bool {
    let declared = TensorType(outputType, Shape([]), quantization: QuantParams(scale: 0.5, zeroPoint: 0))
    let outputs = try inferred(
      try #require(OperatorRegistry.standard[name]), inputs, [TensorType](repeating: declared, count: outputCount),
      Attributes(attributes))
    do throws(TinyModel.Failure) {
      _ = try TinyModel(name, inputs, outputs: outputs, attributes: attributes).run(threads: 2)
      return true
    } catch {
      if case .model = error { Issue.record("\(error)") }
      return false
    }
  }

  /// What the operator's shape rule gives, if it accepts its operands and the tensors are small enough to run.
  private func inferred(
    _ definition: OperatorDefinition, _ inputs: [TinyModel.Operand?], _ declared: [TensorType], _ attributes: Attributes
  ) throws -> [TensorType] {
    let model = TinyModel(definition.name.description, inputs, outputs: declared, attributes: attributes.entries)
    let parsed = try Model(ModelBytes(copying: model.contents().encoded()))
    let operation = parsed.operators[0]
    let node = Node(
      inputs: operation.inputs.map { $0 < 0 ? nil : parsed.tensors[$0].type }, outputs: declared,
      attributes: parsed.attributes(0), constants: operation.inputs.map { $0 < 0 ? nil : parsed.constant($0) },
      layouts: operation.inputs.map { _ in .rowMajor })
    do throws(PlanError) {
      let types = try definition.inferredOutputTypes(node)
      guard types.reduce(0, { $0 + $1.shape.elementCount }) < 1 << 20 else { return declared }
      return zip(types, declared).map { TensorType($0.dataType, $0.shape, quantization: $1.quantization) }
    } catch {
      return declared
    }
  }
}
