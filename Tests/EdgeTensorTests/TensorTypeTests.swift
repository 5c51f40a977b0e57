import EdgeTensor
import Testing

@Suite("TensorType")
struct TensorTypeTests {
  @Test("Data types keep the raw values that files hold")
  func rawValues() {
    let stored: [(DataType, UInt8, Int, String)] = [
      (.float32, 0, 4, "float32"), (.int8, 1, 1, "int8"), (.uint8, 2, 1, "uint8"), (.int32, 3, 4, "int32"),
      (.int64, 4, 8, "int64"), (.bool, 5, 1, "bool"),
    ]
    #expect(stored.map(\.0) == DataType.allCases)
    for (type, rawValue, byteCount, name) in stored {
      #expect(type.rawValue == rawValue)
      #expect(type.byteCount == byteCount)
      #expect(type.description == name)
    }
  }

  @Test("Bytes are elements times element size, up to the largest shape")
  func byteCount() {
    #expect(TensorType(.int8, Shape([1, 224, 224, 3])).byteCount == 150_528)
    #expect(TensorType(.int64, Shape([Shape.maximumElementCount])).byteCount == 8 * 2_147_483_647)
    #expect(TensorType(.float32, Shape([])).byteCount == 4)
    #expect(TensorType(.int8, Shape([1, 2])).description == "int8[1x2]")
  }

  @Test("Types differ where their quantization does")
  func equality() {
    let a = TensorType(.int8, Shape([2]), quantization: QuantParams(scale: 0.5, zeroPoint: 1))
    #expect(a == TensorType(.int8, Shape([2]), quantization: QuantParams(scale: 0.5, zeroPoint: 1)))
    #expect(a != TensorType(.int8, Shape([2]), quantization: QuantParams(scale: 0.5, zeroPoint: 2)))
    #expect(a != TensorType(.int8, Shape([2])))
  }
}
