import EdgeModel
import EdgeRuntime
import EdgeTensor
import Testing
import _EdgeTestSupport

/// Arithmetic operators meet scales at the ends of float32 and attributes that make no sense. What they accept must run; nothing may
/// trap, which would end this process.
@Suite struct HostileArithmeticTests {
  private static let scales: [Float] = [
    .leastNonzeroMagnitude, .leastNormalMagnitude, 1e-30, 1e-12, 1e-5, 0.01, 1 / 256, 1 / 128, 1 / 16, 0.3, 1, 900, 1e9,
    1e30, .greatestFiniteMagnitude,
  ]
  private static let floats: [Float] = [
    .nan, .infinity, -.infinity, 0, -0.0, 1, -2.5, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 1e30, -1e30,
  ]
  private static let names = [
    "add", "average_pool_2d", "cast", "dequantize", "div", "elu", "exp", "floor", "floor_div", "gelu", "hard_swish",
    "l2_normalization", "leaky_relu", "log", "log_softmax", "logistic", "max_pool_2d", "maximum", "mean", "minimum",
    "mul", "prelu", "quantize", "reduce_max", "reduce_min", "relu", "relu_0_to_1", "relu6", "relu_n1_to_1", "rsqrt",
    "softmax", "sqrt", "squared_difference", "sub", "sum", "swish", "tanh",
  ]

  private func pick<T>(_ values: [T], _ random: inout SplitMix64) -> T {
    values[random.int(in: 0...(values.count - 1))]
  }

  private func quantization(_ random: inout SplitMix64) -> QuantParams {
    QuantParams(scale: pick(Self.scales, &random), zeroPoint: Int32(pick([-128, -5, 0, 7, 127], &random)))
  }

  @Test(arguments: names) func `whatever is accepted runs`(name: String) throws {
    let definition = try #require(OperatorRegistry.standard[name])
    var random = SplitMix64(seed: 72)
    var acceptedCount = 0
    for _ in 0..<400 {
      let shape = pick([[1, 4, 4, 3], [2, 3, 1, 2], [1, 2, 0, 3], [0, 2, 2, 1]], &random)
      let count = shape.reduce(1, *)
      let x =
        switch random.int(in: 0...3) {
        case 0: TinyModel.Operand((0..<count).map { _ in pick(Self.floats, &random) }, shape)
        case 1: TinyModel.Operand((0..<count).map { _ in pick([Int32.min, -1, 0, 1, .max], &random) }, shape)
        default: TinyModel.Operand(random.codes(count), shape, quantization(&random))
        }
      var inputs: [TinyModel.Operand?] = [x]
      let hasScalesByChannel = name.hasSuffix("quantize")
      if definition.inputs.contains(2), !hasScalesByChannel {
        switch name {
        case "mean", "sum", "reduce_max", "reduce_min":
          inputs.append(constant([random.int(in: -4...3), random.int(in: -4...3)]))
        case "elu", "gelu", "logistic", "tanh": inputs.append(.init(random.codes(256), isConstant: true))
        default:
          inputs.append(
            x.type.dataType == .int8 ? .init(random.codes(count), shape, quantization(&random)) : x)
        }
      }
      let attributes = [
        Attribute("alpha", floats: [pick(Self.floats, &random)]),
        Attribute("beta", floats: [pick(Self.floats, &random)]),
        Attribute("uint8_rule", random.int(in: 0...1)), Attribute("approximate", random.int(in: 0...1)),
        Attribute("keep_dims", 1), Attribute("padding", text: pick(["same", "valid"], &random)),
        Attribute("filter_h", pick([1, 2, 3, Int(Int32.max)], &random)),
        Attribute("filter_w", pick([1, 2, 0], &random)),
        Attribute("stride_h", pick([1, 2, Int(Int32.max)], &random)), Attribute("stride_w", pick([1, 3, -1], &random)),
        Attribute("activation", text: pick(["none", "relu", "relu6", "relu_n1_to_1"], &random)),
      ]
      let types: [DataType] = name == "cast" ? DataType.allCases : [.int8, .uint8]
      var y = TensorType(pick(types, &random), Shape([]), quantization: quantization(&random))
      if name.hasSuffix("softmax"), random.int(in: 0...1) == 0 {
        y = TensorType(
          .int8, Shape([]),
          quantization: name == "softmax"
            ? QuantParams(scale: 1 / 256, zeroPoint: -128) : QuantParams(scale: 1 / 16, zeroPoint: 127))
      }
      if y.dataType != .int8, y.dataType != .uint8 { y = TensorType(y.dataType, Shape([])) }
      if y.dataType == .uint8 { y = TensorType(.uint8, scale: y.quantization!.scale, zeroPoint: 3) }
      let node = Node(
        inputs: inputs.map { $0?.type }, outputs: [y], attributes: Attributes(attributes),
        constants: inputs.map { _ in nil }, layouts: inputs.map { _ in .rowMajor })
      let output = try inferred(definition, node, inputs, y)
      do throws(TinyModel.Failure) {
        _ = try TinyModel(name, inputs, outputs: [output], attributes: attributes).run(threads: random.int(in: 1...2))
        acceptedCount += 1
      } catch {
        if case .model = error { Issue.record("\(error)") }
      }
    }
    #expect(acceptedCount > 20)
  }

  /// The declared output with the shape and type that the operator computes, if it accepts its operands.
  private func inferred(
    _ definition: OperatorDefinition, _ node: Node, _ inputs: [TinyModel.Operand?], _ y: TensorType
  ) throws -> TensorType {
    func types(_ constants: [UnsafeRawBufferPointer?]) -> TensorType {
      let node = Node(
        inputs: node.inputs, outputs: node.outputs, attributes: node.attributes, constants: constants,
        layouts: node.layouts)
      guard let type = try? definition.inferredOutputTypes(node).first else { return y }
      return TensorType(type.dataType, type.shape, quantization: type.dataType == y.dataType ? y.quantization : nil)
    }
    guard inputs.count == 2, let operand = inputs[1], operand.isConstant, let bytes = operand.bytes else {
      return types(node.constants)
    }
    return bytes.withUnsafeBytes { types([nil, $0]) }
  }
}
