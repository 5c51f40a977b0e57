import EdgeModel
import EdgeTensor
import Foundation
import Testing
import _EdgeTestSupport

/// Element-wise operators of one input: int8 over all codes against real numbers, float32 against float64.
@Suite struct UnaryOperatorTests {
  struct Rule: Sendable, CustomTestStringConvertible {
    let name: String
    var attributes: [Attribute] = []
    let real: @Sendable (Double) -> Double
    /// Beyond half a step, for the intermediate roundings.
    var slack = 0.001
    /// Of the int8 input; above 0 alone for roots.
    var domain: ClosedRange<Double> = -Double.infinity...Double.infinity
    var testDescription: String { name }
  }

  static let rectifiers = [
    Rule(name: "relu", real: { max($0, 0) }),
    Rule(name: "relu6", real: { min(max($0, 0), 6) }, slack: 0.501),
    Rule(name: "relu_n1_to_1", real: { min(max($0, -1), 1) }, slack: 0.501),
    Rule(name: "relu_0_to_1", real: { min(max($0, 0), 1) }, slack: 0.501),
    Rule(
      name: "leaky_relu", attributes: [Attribute("alpha", floats: [0.3])], real: { $0 < 0 ? 0.3 * $0 : $0 }, slack: 0.26
    ),
    Rule(name: "leaky_relu", attributes: [Attribute("alpha", floats: [-1.7])], real: { $0 < 0 ? -1.7 * $0 : $0 }),
    Rule(name: "hard_swish", real: { $0 * min(max($0 + 3, 0), 6) / 6 }, slack: 0.6),
  ]
  static let roots = [
    Rule(name: "sqrt", real: { $0.squareRoot() }, slack: 0.501, domain: 0...Double.infinity),
    Rule(name: "rsqrt", real: { 1 / $0.squareRoot() }, slack: 0.001, domain: 0.0001...Double.infinity),
  ]
  static let smooth = [
    Rule(name: "logistic", real: { 1 / (1 + exp(-$0)) }), Rule(name: "tanh", real: { tanh($0) }),
    Rule(name: "exp", real: { exp($0) }),
    Rule(name: "log", real: { log($0) }, domain: 0.0001...Double.infinity),
    Rule(name: "swish", real: { $0 / (1 + exp(-$0)) }),
    Rule(name: "elu", real: { $0 < 0 ? expm1($0) : $0 }),
    Rule(name: "gelu", real: { 0.5 * $0 * erfc(-$0 / 2.0.squareRoot()) }),
    Rule(
      name: "gelu", attributes: [Attribute("approximate", 1)],
      real: { 0.5 * $0 * (1 + tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0))) }),
    Rule(name: "floor", real: { $0.rounded(.down) }),
  ]

  @Test(arguments: rectifiers + roots)
  func `int8 is the real result to nearest, for all codes`(rule: Rule) throws {
    var random = SplitMix64(seed: 41)
    for round in 0..<60 {
      let x = randomQuantization(&random, scales: 0.01...0.2)
      let ratio = [1, 0.6, 1.9][round % 3]
      let y = QuantParams(scale: x.scale * Float(ratio), zeroPoint: randomQuantization(&random).zeroPoint)
      let model = TinyModel(
        rule.name, [.init(allCodes, x)], outputs: [.codes([256], y)], attributes: rule.attributes)
      let got: [Int8] = try model.values()
      let wrong = zip(allCodes, got).filter { code, result in
        rule.domain.contains(x.real(code)) && !y.holds(rule.real(x.real(code)), as: result, slack: rule.slack)
      }
      #expect(wrong.isEmpty, "\(rule.name) from \(x) to \(y), seed 41")
    }
  }

  @Test(arguments: rectifiers + roots + smooth)
  func `float32 is close to the real result`(rule: Rule) throws {
    let values = stride(from: -12, through: 12, by: 0.0625).map { Float($0) }.filter {
      rule.domain.contains(Double($0))
    }
    let model = TinyModel(
      rule.name, [.init(values)], outputs: [TensorType(.float32, values.count)], attributes: rule.attributes)
    for (x, got) in zip(values, try model.values(as: Float.self)) {
      let expected = rule.real(Double(x))
      #expect(abs(Double(got) - expected) <= 1e-6 * abs(expected) + 1e-12, "\(rule.name) of \(x)")
    }
  }

  @Test(arguments: rectifiers + roots + smooth)
  func `other types and missing operands are refused`(rule: Rule) {
    expectRefused(rule.name, [.init([1, 2] as [Int32])], outputs: [TensorType(.int32, 2)], rule.attributes)
    expectRefused(rule.name, [nil], outputs: [TensorType(.float32, 2)], rule.attributes)
    expectRefused(rule.name, [.init([1, 2] as [Int8])], outputs: [TensorType(.int8, 2)], rule.attributes)
    expectRefused(rule.name, [.init([1, 2] as [Float])], outputs: [TensorType(.float32, 3)], rule.attributes)
  }

  @Test func `int8 roots below zero are as at zero`() throws {
    let (x, y) = (QuantParams(scale: 0.25, zeroPoint: 1), QuantParams(scale: 0.1, zeroPoint: -2))
    let codes: [Int8] = [-128, 0, 1, 5]
    #expect(try TinyModel("sqrt", [.init(codes, x)], outputs: [.codes([4], y)]).values() == [-2, -2, -2, 8] as [Int8])
    #expect(
      try TinyModel("rsqrt", [.init(codes, x)], outputs: [.codes([4], y)]).values() == [127, 127, 127, 8] as [Int8])
  }

  @Test func `int8 tables are looked up by code`() throws {
    var random = SplitMix64(seed: 42)
    let table = random.codes(256)
    let x = QuantParams(scale: 0.1, zeroPoint: 3)
    for name in ["tanh", "elu", "gelu", "logistic"] {
      let y = QuantParams(scale: 1 / 256, zeroPoint: -128)
      let inputs: [TinyModel.Operand?] = [.init(allCodes + [5], x), .init(table, isConstant: true)]
      let model = TinyModel(name, inputs, outputs: [.codes([257], y)])
      #expect(try model.values() == table + [table[133]])
      expectRefused(name, [inputs[0]], outputs: [.codes([257], y)])
      expectRefused(name, [inputs[0], .init(table)], outputs: [.codes([257], y)])
      expectRefused(name, [inputs[0], .init(Array(table.dropLast()), isConstant: true)], outputs: [.codes([257], y)])
      let unsigned = table.map { UInt8(bitPattern: $0) }
      expectRefused(name, [inputs[0], .init(unsigned, isConstant: true)], outputs: [.codes([257], y)])
    }
    expectRefused(
      "logistic", [.init(allCodes, x), .init(table, isConstant: true)],
      outputs: [.codes([256], QuantParams(scale: 1 / 255, zeroPoint: -128))])
  }

  @Test func `a slope for each channel is broadcast`() throws {
    let (x, alpha) = (QuantParams(scale: 0.1, zeroPoint: 4), QuantParams(scale: 0.01, zeroPoint: -3))
    let y = QuantParams(scale: 0.05, zeroPoint: 9)
    let slopes: [Int8] = [-128, -3, 50, 127]
    let codes = allCodes.flatMap { [Int8](repeating: $0, count: 4) }
    let model = TinyModel(
      "prelu", [.init(codes, [256, 4], x), .init(slopes, alpha, isConstant: true)], outputs: [.codes([256, 4], y)])
    for (i, got) in try model.values(as: Int8.self).enumerated() {
      let value = x.real(codes[i])
      let expected = value >= 0 ? value : value * alpha.real(slopes[i % 4])
      #expect(y.holds(expected, as: got), "of \(codes[i]) with slope \(slopes[i % 4])")
    }
    let floats = TinyModel(
      "prelu", [.init([-2, -2, 3] as [Float]), .init([0.5] as [Float])], outputs: [TensorType(.float32, 3)])
    #expect(try floats.values() == [-1, -1, 3] as [Float])
  }

  @Test func `attributes that cannot be used are refused`() {
    let x = TinyModel.Operand([1, 2] as [Float])
    let y = [TensorType(.float32, 2)]
    expectRefused("leaky_relu", [x], outputs: y)
    expectRefused("leaky_relu", [x], outputs: y, [Attribute("alpha", floats: [.nan])])
    let q = QuantParams(scale: 0.1, zeroPoint: 0)
    expectRefused(
      "hard_swish", [.init(allCodes, q)], outputs: [.codes([256], QuantParams(scale: 0.0005, zeroPoint: 0))])
    expectRefused("relu", [.init(allCodes, q)], outputs: [.codes([256], QuantParams(scale: 1e-20, zeroPoint: 0))])
    expectRefused(
      "rsqrt", [.init(allCodes, QuantParams(scale: 1e-20, zeroPoint: 0))],
      outputs: [.codes([256], QuantParams(scale: 1e-20, zeroPoint: 0))])
  }
}
