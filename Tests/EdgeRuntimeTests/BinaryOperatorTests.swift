import EdgeModel
import EdgeTensor
import Testing
import _EdgeTestSupport

/// Element-wise operators of two inputs: int8 over all 65,536 pairs of codes against real numbers, other types against Swift's
/// operators.
@Suite struct BinaryOperatorTests {
  struct Rule: Sendable, CustomTestStringConvertible {
    let name: String
    /// A scale of the output with which typical results fill the codes.
    let outputScale: @Sendable (Double, Double) -> Double
    let real: @Sendable (Double, Double) -> Double
    /// Beyond half a step, for the intermediate roundings.
    var slack = 0.001
    var testDescription: String { name }
  }

  static let rules = [
    Rule(name: "add", outputScale: { ($0 + $1) * 0.9 }, real: { $0 + $1 }),
    Rule(name: "sub", outputScale: { ($0 + $1) * 0.9 }, real: { $0 - $1 }),
    Rule(name: "mul", outputScale: { $0 * $1 * 70 }, real: { $0 * $1 }),
    Rule(name: "div", outputScale: { $0 / $1 / 9 }, real: { $0 / $1 }),
    Rule(
      name: "squared_difference", outputScale: { ($0 * $0 + $1 * $1) * 90 }, real: { ($0 - $1) * ($0 - $1) },
      slack: 0.04),
  ]

  @Test(arguments: rules)
  func `int8 is the real result to nearest, for all pairs of codes`(rule: Rule) throws {
    var random = SplitMix64(seed: 31)
    for _ in 0..<6 {
      let (a, b) = (randomQuantization(&random), randomQuantization(&random))
      var y = randomQuantization(&random)
      y = QuantParams(scale: Float(rule.outputScale(Double(a.scale), Double(b.scale))), zeroPoint: y.zeroPoint)
      let model = TinyModel(
        rule.name, [.init(allCodes, [256, 1], a), .init(allCodes, [1, 256], b)], outputs: [.codes([256, 256], y)])
      let got: [Int8] = try model.values(threads: 2)
      var wrongCount = 0
      for (i, p) in allCodes.enumerated() {
        for (j, q) in allCodes.enumerated() {
          let real = rule.real(a.real(p), b.real(q))
          // Quotients below half a step come out wrong in the reference; see below.
          if rule.name == "div", b.real(q) == 0 || abs(real) < Double(y.scale) / 2 { continue }
          if !y.holds(real, as: got[256 * i + j], slack: rule.slack) { wrongCount += 1 }
        }
      }
      #expect(wrongCount == 0, "\(rule.name) with \(a), \(b), \(y), seed 31")
    }
  }

  @Test func `int8 division by zero takes the bound of the numerator's sign`() throws {
    let (a, b) = (QuantParams(scale: 0.1, zeroPoint: 5), QuantParams(scale: 0.2, zeroPoint: -7))
    let y = QuantParams(scale: 0.05, zeroPoint: 3)
    let model = TinyModel("div", [.init([4, 5, 6], a), .init([-7], b)], outputs: [.codes([3], y)])
    #expect(try model.values() == [-128, 3, 127] as [Int8])
  }

  @Test func `quotients below half a step may saturate, as in the reference`() throws {
    let (a, b) = (QuantParams(scale: 0.4845874, zeroPoint: -30), QuantParams(scale: 0.3618613, zeroPoint: -128))
    let y = QuantParams(scale: 0.14879471, zeroPoint: 21)
    // −4 / 128, −4 / 127 and 4 / 128 in steps of the inputs; LiteRT gives these codes.
    let model = TinyModel("div", [.init([-34, -34, -26], a), .init([0, -1, 0], b)], outputs: [.codes([3], y)])
    #expect(try model.values() == [-128, 21, 21] as [Int8])
  }

  @Test func `zero divided by some numbers is one code above zero, as in the reference`() throws {
    let q = QuantParams(scale: 0.05, zeroPoint: 0)
    let model = TinyModel("div", [.init([0], q), .init([1, 64], q)], outputs: [.codes([2], q)])
    // The shifts are by 31 + 0 − t and 31 + 6 − t, with t = 5 for a quotient of scales of 20.
    #expect(try model.values() == [0, 1] as [Int8])
  }

  @Test func `fused activations clamp at their quantized bounds`() throws {
    let (a, b) = (QuantParams(scale: 0.1, zeroPoint: 0), QuantParams(scale: 0.1, zeroPoint: 10))
    let y = QuantParams(scale: 0.07, zeroPoint: -20)
    for (activation, low, high) in [
      ("none", -128, 127), ("relu", -20, 127), ("relu6", -20, 66), ("relu_n1_to_1", -34, -6),
    ] {
      let model = TinyModel(
        "add", [.init(allCodes, [256, 1], a), .init(allCodes, [1, 256], b)], outputs: [.codes([256, 256], y)],
        attributes: [Attribute("activation", text: activation)])
      let got: [Int8] = try model.values()
      #expect(Int(got.min()!) == low)
      #expect(Int(got.max()!) == high)
    }
  }

  @Test(arguments: ["maximum", "minimum", "floor_div"])
  func `codes are compared and divided as they are`(name: String) throws {
    let (a, b) = (QuantParams(scale: 0.1, zeroPoint: 5), QuantParams(scale: 7, zeroPoint: -3))
    let model = TinyModel(
      name, [.init(allCodes, [256, 1], a), .init(allCodes, [1, 256], b)], outputs: [.codes([256, 256], a)])
    let got: [Int8] = try model.values()
    let expected = allCodes.flatMap { p in
      allCodes.map { q -> Int8 in
        switch name {
        case "maximum": max(p, q)
        case "minimum": min(p, q)
        default: q == 0 ? 0 : Int8(min(127, (Double(p) / Double(q)).rounded(.down)))
        }
      }
    }
    #expect(got == expected)
  }

  private func result<T: TensorElement>(_ name: String, _ a: [T], _ b: [T], _ activation: String = "none") throws -> [T]
  {
    try TinyModel(
      name, [.init(a), .init(b)], outputs: [TensorType(T.dataType, a.count)],
      attributes: [Attribute("activation", text: activation)]
    ).values()
  }

  @Test func `integers wrap, truncate and give 0 when divided by zero`() throws {
    #expect(try result("add", [Int32.max, -3], [1, 5]) == [.min, 2])
    #expect(try result("sub", [Int64.min, 7], [1, 9]) == [.max, -2])
    #expect(try result("mul", [Int32.max, -3], [2, 5]) == [-2, -15])
    #expect(try result("mul", [Int64.max, -3], [2, 5]) == [-2, -15])
    #expect(try result("div", [7, -7, 5, Int32.min], [2, 2, 0, -1]) == [3, -3, 0, .min])
    #expect(try result("floor_div", [7, -7, 5, Int32.min, 6], [2, 2, 0, -1, -3]) == [3, -4, 0, .max, -2])
    #expect(try result("squared_difference", [5, Int32.max], [8, -1]) == [9, 0])
    #expect(try result("maximum", [Int64.min, 7], [1, 6]) == [1, 7])
    #expect(try result("minimum", [Int32.min, 7], [1, 6]) == [.min, 6])
  }

  @Test func `fused activations clamp integers too`() throws {
    #expect(try result("add", [-9, 1, 9] as [Int32], [1, 1, 1], "relu6") == [0, 2, 6])
    #expect(try result("sub", [-9, 1, 9] as [Int64], [1, 1, 1], "relu_n1_to_1") == [-1, 0, 1])
    #expect(try result("mul", [-9, 1, 9] as [Int64], [2, 2, 2], "relu") == [0, 2, 18])
    #expect(try result("div", [-90, 1, 90] as [Int32], [2, 2, 2], "relu6") == [0, 0, 6])
  }

  @Test func `floats follow Swift's operators and the activation`() throws {
    #expect(try result("add", [1.5, -4] as [Float], [2, 1]) == [3.5, -3])
    #expect(try result("sub", [1.5, -4] as [Float], [2, 1], "relu") == [0, 0])
    #expect(try result("mul", [1.5, -4] as [Float], [6, 1], "relu6") == [6, 0])
    #expect(try result("div", [1, -4] as [Float], [8, 1], "relu_n1_to_1") == [0.125, -1])
    #expect(try result("floor_div", [7, -7] as [Float], [2, 2]) == [3, -4])
    #expect(try result("squared_difference", [7, -7] as [Float], [2, 2]) == [25, 81])
    #expect(try result("maximum", [7, -7] as [Float], [2, 2]) == [7, 2])
    #expect(try result("minimum", [7, -7] as [Float], [2, 2]) == [2, -7])
  }

  @Test func `operands that do not fit together are refused`() {
    let q = QuantParams(scale: 0.1, zeroPoint: 0)
    let (x, bare) = (TinyModel.Operand(allCodes, q), TinyModel.Operand(allCodes))
    let y = TensorType.codes([256], q)
    for name in ["add", "sub", "mul", "div", "maximum", "minimum", "squared_difference", "floor_div", "prelu"] {
      expectRefused(name, [x], outputs: [y])
      expectRefused(name, [x, .init([Float](repeating: 0, count: 256))], outputs: [y])
      expectRefused(name, [x, .init([1, 2, 3], q)], outputs: [y])
      expectRefused(name, [.init([true]), .init([true])], outputs: [TensorType(.bool, 1)])
    }
    for name in ["add", "sub", "mul", "div", "squared_difference", "prelu"] {
      expectRefused(name, [x, bare], outputs: [y])
      expectRefused(name, [bare, x], outputs: [y])
      expectRefused(name, [x, x], outputs: [TensorType(.int8, 256)])
    }
    for name in ["add", "sub", "mul", "div"] {
      expectRefused(name, [x, x], outputs: [y], [Attribute("activation", text: "tanh")])
    }
    let fine = TensorType.codes([256], QuantParams(scale: 1e-9, zeroPoint: 0))
    for name in ["add", "sub", "squared_difference"] { expectRefused(name, [x, x], outputs: [fine]) }
    expectRefused("prelu", [.init([1], q), x], outputs: [y])
  }
}
