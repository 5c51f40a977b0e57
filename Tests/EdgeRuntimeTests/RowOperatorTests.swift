import EdgeModel
import EdgeTensor
import Foundation
import Testing
import _EdgeTestSupport

/// Softmax, its logarithm and normalization: operators on rows along the last axis.
@Suite struct RowOperatorTests {
  private let probabilities = QuantParams(scale: 1 / 256, zeroPoint: -128)
  private let logarithms = QuantParams(scale: 1 / 16, zeroPoint: 127)
  private let directions = QuantParams(scale: 1 / 128, zeroPoint: 0)

  @Test func `one row equals the reference's`() throws {
    let x = TinyModel.Operand([-10, 0, 5, 20, -128, 127, 126, 120], QuantParams(scale: 0.1, zeroPoint: 3))
    #expect(
      try TinyModel("softmax", [x], outputs: [.codes([8], probabilities)]).values()
        == [-128, -128, -128, -128, -128, -21, -32, -75] as [Int8])
    #expect(
      try TinyModel("log_softmax", [x], outputs: [.codes([8], logarithms)]).values()
        == [-106, -90, -82, -58, -128, 113, 111, 102] as [Int8])
  }

  private func expectRows(
    _ name: String, _ y: QuantParams, slack: Double, beta: Double = 1, scale: Float, _ real: ([Double]) -> [Double]
  ) throws {
    var random = SplitMix64(seed: 61)
    for length in [1, 2, 3, 10, 33, 300] {
      let x = QuantParams(scale: scale, zeroPoint: Int32(random.int(in: -128...127)))
      let codes = random.codes(7 * length)
      let attributes = [Attribute("beta", floats: [Float(beta)])]
      let model = TinyModel(
        name, [.init(codes, [7, length], x)], outputs: [.codes([7, length], y)], attributes: attributes)
      let got: [Int8] = try model.values()
      #expect(try model.values(threads: 3) == got)
      let expected = (0..<7).flatMap { row in real(codes[row * length..<(row + 1) * length].map { x.real($0) }) }
      let wrong = zip(expected, got).filter { !y.holds($0, as: $1, slack: slack) }
      #expect(wrong.isEmpty, "\(name), length \(length), scale \(scale), seed 61")

      let values = codes.map { Float(x.real($0)) }
      let floats = TinyModel(
        name, [.init(values, [7, length])], outputs: [TensorType(.float32, 7, length)],
        attributes: attributes)
      let gotFloats: [Float] = try floats.values(threads: 2)
      let expectedFloats = (0..<7).flatMap { row in real(values[row * length..<(row + 1) * length].map { Double($0) }) }
      let far = zip(expectedFloats, gotFloats).filter { abs(Double($1) - $0) > 1e-6 * max(1, abs($0)) }
      #expect(far.isEmpty, "\(name), length \(length), scale \(scale), seed 61")
    }
  }

  @Test(arguments: [0.003, 0.05, 0.4] as [Float], [1, 0.3, 2.5])
  func `softmax is close to the real one`(scale: Float, beta: Double) throws {
    try expectRows("softmax", probabilities, slack: 0.01, beta: beta, scale: scale) { x in
      let largest = x.max()!
      let exponentials = x.map { exp(beta * ($0 - largest)) }
      let sum = exponentials.reduce(0, +)
      return exponentials.map { $0 / sum }
    }
  }

  @Test(arguments: [0.003, 0.05, 0.4] as [Float])
  func `log_softmax is close to the real one`(scale: Float) throws {
    try expectRows("log_softmax", logarithms, slack: 0.01, scale: scale) { x in
      let largest = x.max()!
      let sum = x.reduce(0) { $0 + exp($1 - largest) }
      return x.map { $0 - largest - log(sum) }
    }
  }

  @Test(arguments: [0.003, 0.4] as [Float])
  func `normalized rows have length one`(scale: Float) throws {
    // Two roundings: the first to halves of a step at the coarsest.
    try expectRows("l2_normalization", directions, slack: 0.26, scale: scale) { x in
      let length = x.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return x.map { length == 0 ? 0 : $0 / length }
    }
  }

  @Test func `a uint8 normalization rounds in another way`() throws {
    var random = SplitMix64(seed: 62)
    let x = QuantParams(scale: 0.1, zeroPoint: -11)
    let codes = random.codes(4000)
    let results = try [0, 1].map { rule -> [Int8] in
      try TinyModel(
        "l2_normalization", [.init(codes, [1000, 4], x)], outputs: [.codes([1000, 4], directions)],
        attributes: [Attribute("uint8_rule", rule)]
      ).values()
    }
    let distances = zip(results[0], results[1]).map { abs(Int($0) - Int($1)) }
    #expect(distances.max() == 1)
  }

  @Test(arguments: [511, 512, 513, 4096, 70000]) func `many equal logits become probability zero`(count: Int) throws {
    let x = TinyModel.Operand([Int8](repeating: 9, count: count), QuantParams(scale: 0.1, zeroPoint: 0))
    let got: [Int8] = try TinyModel("softmax", [x], outputs: [.codes([count], probabilities)]).values()
    #expect(got == [Int8](repeating: count < 512 ? -127 : -128, count: count))
    let logarithm: [Int8] = try TinyModel("log_softmax", [x], outputs: [.codes([count], logarithms)]).values()
    #expect(abs(Double(logarithm[0]) - (127 - 16 * log(Double(min(count, 4096))))) < 1)
  }

  @Test func `a row of zeros normalizes to zeros`() throws {
    let x = TinyModel.Operand([5, 5, 5], QuantParams(scale: 0.1, zeroPoint: 5))
    #expect(try TinyModel("l2_normalization", [x], outputs: [.codes([3], directions)]).values() == [0, 0, 0] as [Int8])
    let floats = TinyModel("l2_normalization", [.init([0, 0] as [Float])], outputs: [TensorType(.float32, 2)])
    #expect(try floats.values() == [0, 0] as [Float])
  }

  @Test func `what the reference refuses is refused`() {
    let q = QuantParams(scale: 0.1, zeroPoint: 0)
    let x = TinyModel.Operand(allCodes, q)
    for name in ["softmax", "log_softmax", "l2_normalization"] {
      expectRefused(name, [x], outputs: [.codes([256], q)])
      expectRefused(name, [.init([1 as Float], [])], outputs: [TensorType(.float32)])
      expectRefused(name, [.init([1 as Int32])], outputs: [TensorType(.int32, 1)])
    }
    for beta in [0, -1, .nan, .infinity] as [Float] {
      expectRefused(
        "softmax", [x], outputs: [.codes([256], probabilities)], [Attribute("beta", floats: [beta])])
    }
    expectRefused(
      "l2_normalization", [x], outputs: [.codes([256], directions)], [Attribute("activation", text: "relu")])
    let tiny = TinyModel.Operand(allCodes, QuantParams(scale: 1e-9, zeroPoint: 0))
    expectRefused("softmax", [tiny], outputs: [.codes([256], probabilities)])
    expectRefused("log_softmax", [tiny], outputs: [.codes([256], logarithms)])
  }

  @Test func `rows without elements and tensors without rows compute nothing`() throws {
    let q = QuantParams(scale: 0.1, zeroPoint: 0)
    for (name, y) in [("softmax", probabilities), ("log_softmax", logarithms), ("l2_normalization", directions)] {
      for shape in [[3, 0], [0, 3], [0]] {
        let model = TinyModel(name, [.init([], shape, q)], outputs: [.codes(shape, y)])
        #expect(try model.values() == [] as [Int8])
      }
    }
  }
}
