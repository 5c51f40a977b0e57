import EdgeModel
import EdgeTensor

/// How one or two fields of a TensorFlow Lite options table become attributes, and back. Numbers are field slots.
enum TFLiteOption {
  case int(String, Int)
  case bool(String, Int)
  case float(String, Int)
  case ints(String, Int)
  case padding(Int)
  case activation(Int)
  case mirrorMode(Int)
  case stride(w: Int, h: Int)
  case dilation(w: Int, h: Int)
  case filter(w: Int, h: Int)
  /// A byte that must have its default, 0.
  case zero(String, Int)
  /// The type of the first output, which the output declares as well.
  case outputType(Int)

  /// Attributes of the fused activations, by their codes.
  private static let activations = ["none", "relu", "relu_n1_to_1", "relu6"]

  /// - Parameters:
  ///   - table: nil if the operator has no options; every field then has its default.
  ///   - ignoresTableActivations: whether fused TANH and SIGN_BIT mean NONE, as in TensorFlow Lite's 8-bit MUL.
  /// - Returns: attributes, or why they cannot be had.
  func attributes(
    _ table: FlatTable?, ignoresTableActivations: Bool
  ) throws(FlatBufferError) -> Result<[Attribute], Refusal> {
    func int(_ slot: Int, default value: Int32 = 0) throws(FlatBufferError) -> Int64 {
      Int64(try table?.scalar(slot, default: value) ?? value)
    }
    func byte(_ slot: Int) throws(FlatBufferError) -> Int { Int(try table?.scalar(slot, default: UInt8(0)) ?? 0) }
    switch self {
    case .int(let key, let slot): return .success([Attribute(key, ints: [try int(slot)])])
    case .bool(let key, let slot): return .success([Attribute(key, ints: [try byte(slot) == 0 ? 0 : 1])])
    case .float(let key, let slot):
      return .success([Attribute(key, floats: [try table?.scalar(slot, default: Float(0)) ?? 0])])
    case .ints(let key, let slot):
      let values = try table?.array(slot, of: Int32.self) ?? []
      return .success(values.isEmpty ? [] : [Attribute(key, ints: values.map { Int64($0) })])
    case .padding(let slot):
      switch try byte(slot) {
      case 0: return .success([Attribute("padding", text: "same")])
      case 1: return .success([Attribute("padding", text: "valid")])
      case let code: return .failure(Refusal("padding has the unknown code \(code); supported: SAME, VALID"))
      }
    case .mirrorMode(let slot):
      switch try byte(slot) {
      case 0: return .success([Attribute("mode", text: "reflect")])
      case 1: return .success([Attribute("mode", text: "symmetric")])
      case let code: return .failure(Refusal("mode has the unknown code \(code); supported: REFLECT, SYMMETRIC"))
      }
    case .activation(let slot):
      let names = TFLiteOption.activations
      let code = try byte(slot)
      if names.indices.contains(code) { return .success([Attribute("activation", text: names[code])]) }
      let known = TFLiteSchema.activationNames
      if ignoresTableActivations, known.indices.contains(code) {
        return .success([Attribute("activation", text: "none")])
      }
      let name = known.indices.contains(code) ? known[code] : "with code \(code)"
      return .failure(Refusal("fused activation \(name); supported: NONE, RELU, RELU_N1_TO_1, RELU6"))
    case .stride(let w, let h):
      return .success([Attribute("stride_h", ints: [try int(h)]), Attribute("stride_w", ints: [try int(w)])])
    case .dilation(let w, let h):
      return .success([
        Attribute("dilation_h", ints: [try int(h, default: 1)]),
        Attribute("dilation_w", ints: [try int(w, default: 1)]),
      ])
    case .filter(let w, let h):
      return .success([Attribute("filter_h", ints: [try int(h)]), Attribute("filter_w", ints: [try int(w)])])
    case .zero(let key, let slot):
      let value = try byte(slot)
      return value == 0 ? .success([]) : .failure(Refusal("\(key) is \(value); supported: 0, the default"))
    case .outputType: return .success([])
    }
  }
}

extension TFLiteOption {
  /// The reverse: fields by slot. What an attribute cannot say in TensorFlow Lite is refused.
  func fields(
    _ attributes: Attributes, outputType: DataType, _ builder: inout FlatBufferBuilder
  ) throws(Refusal) -> [(slot: Int, field: FlatBufferBuilder.Field)] {
    func entry(_ key: String) -> Attribute? { attributes.entries.first { $0.key == key } }
    func int(_ key: String, default value: Int64 = 0) throws(Refusal) -> FlatBufferBuilder.Field {
      let value = entry(key)?.ints.first ?? value
      guard let field = Int32(exactly: value) else { throw Refusal("\(key) is \(value), beyond 32 bits") }
      return .int(field)
    }
    func code(_ key: String, _ names: [String]) throws(Refusal) -> FlatBufferBuilder.Field {
      let name = entry(key)?.text ?? names[0]
      guard let index = names.firstIndex(of: name) else {
        throw Refusal("\(key) is \(name); TensorFlow Lite knows \(names.joined(separator: ", "))")
      }
      return .byte(UInt8(index))
    }
    switch self {
    case .int(let key, let slot): return [(slot, try int(key))]
    case .bool(let key, let slot): return [(slot, .byte(entry(key)?.ints.first ?? 0 == 0 ? 0 : 1))]
    case .float(let key, let slot): return [(slot, .float(entry(key)?.floats.first ?? 0))]
    case .ints(let key, let slot):
      guard let values = entry(key)?.ints, !values.isEmpty else { return [] }
      return [(slot, .reference(builder.vector(values.map { Int32(clamping: $0) })))]
    case .padding(let slot): return [(slot, try code("padding", ["same", "valid"]))]
    case .mirrorMode(let slot): return [(slot, try code("mode", ["reflect", "symmetric"]))]
    case .activation(let slot): return [(slot, try code("activation", TFLiteOption.activations))]
    case .stride(let w, let h): return [(w, try int("stride_w", default: 1)), (h, try int("stride_h", default: 1))]
    case .dilation(let w, let h):
      return [(w, try int("dilation_w", default: 1)), (h, try int("dilation_h", default: 1))]
    case .filter(let w, let h): return [(w, try int("filter_w")), (h, try int("filter_h"))]
    case .zero: return []
    case .outputType(let slot): return [(slot, .byte(UInt8(outputType.tfliteCode)))]
    }
  }
}

/// Why one thing cannot be converted: a sentence without a full stop.
struct Refusal: Error {
  let reason: String
  init(_ reason: String) { self.reason = reason }
}
