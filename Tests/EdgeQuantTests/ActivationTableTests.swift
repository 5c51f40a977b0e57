import EdgeModel
import EdgeQuant
import EdgeTensor
import Foundation
import Testing

@Suite struct ActivationTableTests {
  private static let functions: [(name: String, approximate: Bool, real: @Sendable (Double) -> Double)] = [
    ("logistic", false, { 1 / (1 + exp(-$0)) }), ("tanh", false, { tanh($0) }),
    ("exp", false, { exp($0) }), ("swish", false, { $0 / (1 + exp(-$0)) }),
    ("elu", false, { $0 < 0 ? expm1($0) : $0 }), ("gelu", false, { 0.5 * $0 * erfc(-$0 / 2.0.squareRoot()) }),
    ("gelu", true, { 0.5 * $0 * (1 + tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0))) }),
  ]

  @Test(arguments: functions.indices) func `entries are the real values to nearest, ties away from zero`(index: Int)
    throws
  {
    let (name, approximate, real) = Self.functions[index]
    for step in 1...40 {
      let x = QuantParams(scale: 0.0037 * Float(step), zeroPoint: Int32(step * 37 % 256 - 128))
      let y = QuantParams(scale: 0.0041 * Float(41 - step), zeroPoint: Int32(step * 91 % 256 - 128))
      let attributes = Attributes([Attribute("approximate", ints: [approximate ? 1 : 0])])
      let table = try #require(ActivationTable.int8(name, input: x, output: y, attributes: attributes))
      #expect(table.count == 256)
      for (i, code) in table.enumerated() {
        let value = real(Double(x.scale) * Double(i - 128 - Int(x.zeroPoint)))
        let steps = min(max(value / Double(y.scale) + Double(y.zeroPoint), -128), 127)
        #expect(abs(steps - Double(code)) <= 0.5001, "\(name), entry \(i), step \(step)")
      }
    }
  }

  @Test func `scales at the ends of float32 give codes`() {
    let ends: [Float] = [.leastNonzeroMagnitude, 1e-30, 1, 1e30, .greatestFiniteMagnitude]
    for function in Self.functions {
      for (a, b) in ends.flatMap({ a in ends.map { (a, $0) } }) {
        let table = ActivationTable.int8(
          function.name, input: QuantParams(scale: a, zeroPoint: -128), output: QuantParams(scale: b, zeroPoint: 127))
        #expect(table?.count == 256)
      }
    }
  }

  @Test func `operators without a table get none`() {
    let q = QuantParams(scale: 1, zeroPoint: 0)
    #expect(ActivationTable.int8("relu", input: q, output: q) == nil)
  }
}
