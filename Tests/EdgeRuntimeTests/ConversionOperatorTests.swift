import EdgeModel
import EdgeTensor
import Testing
import _EdgeTestSupport

/// `quantize`, `dequantize` and `cast`.
@Suite struct ConversionOperatorTests {
  @Test func `numbers become the nearest codes, ties away from zero`() throws {
    let values: [Float] = [0, 0.24, 0.25, -0.25, 0.75, -0.76, 62.25, 1e9, -1e9, .infinity, -.infinity, .nan, 1e38]
    let expected: [Int8] = [-1, -1, 0, -2, 1, -3, 124, 127, -128, 127, -128, -1, 127]
    let y = TensorType(.int8, values.count, scale: 0.5, zeroPoint: -1)
    #expect(try TinyModel("quantize", [.init(values)], outputs: [y]).values() == expected)
    let unsigned = TensorType(.uint8, values.count, scale: 0.5, zeroPoint: 127)
    #expect(
      try TinyModel("quantize", [.init(values)], outputs: [unsigned]).values()
        == expected.map { UInt8(Int($0) + 128) })
  }

  /// In float32, 0.65 / 0.1 lies just below 6.5, while 0.65 · (1 / 0.1) is 6.5; so with the others, computed by NumPy 2.
  @Test func `numbers are divided by the scale, not multiplied by its reciprocal`() throws {
    let values: [Float] = [0.65, 1.05, 1.55, 2.35, 4.45, -0.65, -1.05, -1.55, -2.35, -4.45]
    let y = TensorType(.int8, values.count, scale: 0.1, zeroPoint: 3)
    let expected: [Int8] = [9, 13, 18, 26, 47, -3, -7, -12, -20, -41]
    #expect(try TinyModel("quantize", [.init(values)], outputs: [y]).values() == expected)
  }

  @Test func `codes survive quantizing what they dequantize to`() throws {
    var random = SplitMix64(seed: 91)
    for _ in 0..<50 {
      let q = randomQuantization(&random)
      let numbers: [Float] = try TinyModel(
        "dequantize", [.init(allCodes, q)], outputs: [TensorType(.float32, 256)]
      ).values()
      #expect(numbers == allCodes.map { q.scale * Float(Int32($0) - q.zeroPoint) })
      #expect(try TinyModel("quantize", [.init(numbers)], outputs: [.codes([256], q)]).values() == allCodes)
    }
  }

  @Test func `dequantizing uint8 codes subtracts their zero point`() throws {
    let x = TinyModel.Operand([0, 128, 255] as [UInt8], scale: 0.5, zeroPoint: 130)
    #expect(
      try TinyModel("dequantize", [x], outputs: [TensorType(.float32, 3)]).values() == [-65, -1, 62.5] as [Float])
  }

  @Test func `between uint8 and int8 with zero points 128 apart the top bit flips`() throws {
    let bytes = (0...255).map { UInt8($0) }
    let x = TinyModel.Operand(bytes, scale: 0.3, zeroPoint: 140)
    let y = TensorType(.int8, 256, scale: 0.3, zeroPoint: 12)
    let codes: [Int8] = try TinyModel("quantize", [x], outputs: [y]).values()
    #expect(codes == bytes.map { Int8(bitPattern: $0 ^ 0x80) })
    let back = TinyModel(
      "quantize", [.init(codes, scale: 0.3, zeroPoint: 12)],
      outputs: [TensorType(.uint8, 256, scale: 0.3, zeroPoint: 140)])
    #expect(try back.values() == bytes)
  }

  @Test func `codes move to another scale`() throws {
    var random = SplitMix64(seed: 92)
    for _ in 0..<50 {
      let (x, y) = (randomQuantization(&random), randomQuantization(&random))
      let got: [Int8] = try TinyModel("quantize", [.init(allCodes, x)], outputs: [.codes([256], y)]).values()
      // Factors below one half round twice.
      let slack = x.scale < y.scale / 2 ? 0.26 : 0.001
      for (code, result) in zip(allCodes, got) {
        #expect(y.holds(x.real(code), as: result, slack: slack), "\(code) from \(x) to \(y), seed 92")
      }
    }
  }

  private func cast<From: TensorElement, To: TensorElement>(_ values: [From], to type: To.Type = To.self) throws -> [To]
  {
    try TinyModel("cast", [.init(values)], outputs: [TensorType(To.dataType, values.count)]).values()
  }

  @Test func `casts truncate, saturate from float32, and drop bits of integers`() throws {
    let floats: [Float] = [1.9, -1.9, 300, -300, 1e30, -1e30, .nan, 0]
    #expect(try cast(floats) == [1, -1, 127, -128, 127, -128, 0, 0] as [Int8])
    #expect(try cast(floats) == [1, 0, 255, 0, 255, 0, 0, 0] as [UInt8])
    #expect(try cast(floats) == [1, -1, 300, -300, .max, .min, 0, 0] as [Int32])
    #expect(try cast(floats) == [1, -1, 300, -300, .max, .min, 0, 0] as [Int64])
    #expect(try cast(floats) == [true, true, true, true, true, true, true, false])
    #expect(try cast([300, -129, -1] as [Int32]) == [44, 127, -1] as [Int8])
    #expect(try cast([300, -129, -1] as [Int64]) == [44, 127, 255] as [UInt8])
    #expect(try cast([1 << 32, -1] as [Int64]) == [0, -1] as [Int32])
    #expect(try cast([1 << 32, 0] as [Int64]) == [true, false])
    #expect(try cast([16_777_217, -3] as [Int32]) == [16_777_216, -3] as [Float])
    #expect(try cast([true, false]) == [1, 0] as [Float])
    #expect(try cast([true, false]) == [1, 0] as [Int64])
    #expect(try cast([200, 3] as [UInt8]) == [200, 3] as [Int32])
    #expect(try cast([200, 3] as [UInt8]) == [-56, 3] as [Int8])
  }

  @Test func `booleans other than 0 and 1 count as true`() throws {
    let x = TinyModel.Operand(TensorType(.bool, 3), bytes: [0, 1, 77])
    #expect(try TinyModel("cast", [x], outputs: [TensorType(.int32, 3)]).values() == [0, 1, 1] as [Int32])
    #expect(try TinyModel("cast", [x], outputs: [TensorType(.bool, 3)]).run()[0] == [0, 1, 1])
  }

  @Test func `conversions that make no sense are refused`() {
    let q = QuantParams(scale: 0.1, zeroPoint: 0)
    let x = TinyModel.Operand(allCodes, q)
    expectRefused("quantize", [x], outputs: [TensorType(.int8, 256)])
    expectRefused("quantize", [.init(allCodes)], outputs: [.codes([256], q)])
    expectRefused("quantize", [x], outputs: [TensorType(.float32, 256)])
    expectRefused("quantize", [.init([1] as [Int64])], outputs: [.codes([1], q)])
    expectRefused("quantize", [x], outputs: [.codes([256], QuantParams(scale: 1e-20, zeroPoint: 0))])
    expectRefused("dequantize", [.init(allCodes)], outputs: [TensorType(.float32, 256)])
    expectRefused("dequantize", [x], outputs: [.codes([256], q)])
    expectRefused("dequantize", [.init([1] as [Float])], outputs: [TensorType(.float32, 1)])
    expectRefused("cast", [x], outputs: [TensorType(.float32, 255)])
  }
}
