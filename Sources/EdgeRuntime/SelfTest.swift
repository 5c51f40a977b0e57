import EdgeModel
import EdgeTensor

/// The seeded test input and the figures that conversion stores and `edgeinfer verify` recomputes, operator by operator.
public enum SelfTest {
  /// Fills every input, in model order, each element from the next draw r of SplitMix64 (64 bits, started at `seed`):
  /// int8 and uint8 the low 8 bits of r; bool, int32 and int64 the lowest bit, since integers may be indices; float32
  /// `2 · (r >> 40) / 2²⁴ − 1`, in −1..<1.
  public static func fillInputs(_ interpreter: Interpreter, seed: UInt64) {
    var state = seed
    for index in 0..<interpreter.inputCount {
      let bytes = interpreter.input(index)
      let type = interpreter.inputType(index)
      for element in 0..<type.shape.elementCount {
        let draw = next(&state)
        switch type.dataType {
        case .int8, .uint8: bytes[element] = UInt8(truncatingIfNeeded: draw)
        case .bool: bytes[element] = UInt8(draw & 1)
        case .int32: bytes.storeBytes(of: Int32(draw & 1), toByteOffset: 4 * element, as: Int32.self)
        case .int64: bytes.storeBytes(of: Int64(draw & 1), toByteOffset: 8 * element, as: Int64.self)
        case .float32:
          let value = Float(draw >> 40) / 8_388_608 - 1
          bytes.storeBytes(of: value, toByteOffset: 4 * element, as: Float.self)
        }
      }
    }
  }

  /// What a tensor's bytes are to be recognized by: XXH64, or for float32 minimum, maximum and mean of the numbers that are finite
  /// (0 if there are none), the mean summed in order in float64.
  public static func check(of bytes: UnsafeRawBufferPointer, _ type: TensorType) -> Model.Check {
    guard type.dataType == .float32 else { return Model.Check(hash: xxh64(bytes)) }
    var (minimum, maximum, sum, count) = (0.0, 0.0, 0.0, 0.0)
    for element in 0..<type.shape.elementCount {
      let value = Double(bytes.loadUnaligned(fromByteOffset: 4 * element, as: Float.self))
      guard value.isFinite else { continue }
      minimum = count == 0 || value < minimum ? value : minimum
      maximum = count == 0 || value > maximum ? value : maximum
      sum += value
      count += 1
    }
    return Model.Check(hash: 0, minimum: minimum, maximum: maximum, mean: count == 0 ? 0 : sum / count)
  }

  /// Whether a recomputed check is the stored one: the same hash, and for float32 all three figures within 1e-4 of the tensor's
  /// largest stored magnitude.
  public static func agrees(_ computed: Model.Check, with stored: Model.Check) -> Bool {
    let largest = max(abs(stored.minimum), abs(stored.maximum))
    func isClose(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-4 * largest }
    return computed.hash == stored.hash && isClose(computed.minimum, stored.minimum)
      && isClose(computed.maximum, stored.maximum) && isClose(computed.mean, stored.mean)
  }

  /// Runs the model on the seeded input, one check for the first output of each operator.
  /// - Precondition: the interpreter's plan fuses nothing.
  public static func run(_ interpreter: Interpreter, seed: UInt64) throws(InvokeError) -> [Model.Check] {
    precondition(interpreter.plan.blocks.isEmpty, "fused operators have no outputs of their own")
    let model = interpreter.plan.model
    fillInputs(interpreter, seed: seed)
    var checks: [Model.Check] = []
    checks.reserveCapacity(model.operators.count)
    for (index, operation) in model.operators.enumerated() {
      try interpreter.run(step: index)
      let output = operation.outputs[0]
      checks.append(check(of: interpreter.tensor(output), model.tensors[output].type))
    }
    return checks
  }

  /// SplitMix64 (Steele, Lea, Flood, 2014).
  private static func next(_ state: inout UInt64) -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z &>> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z &>> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z &>> 31)
  }
}
