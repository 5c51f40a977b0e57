import EdgeTensor

/// Why bytes are not a usable `.edge` model. Raised while loading, never later.
public enum ModelError: Error, Equatable {
  /// The file cannot be opened or mapped, and the system's reason.
  case unreadable(path: String, reason: String)
  case malformed(FlatBufferError)
  case unsupportedVersion(found: Int)
  case noTensors
  case badTensor(index: Int, reason: StaticString)
  case badOperator(index: Int, reason: StaticString)
  case badPlan(index: Int, reason: StaticString)
  case badModel(reason: StaticString)

  public static func == (a: ModelError, b: ModelError) -> Bool {
    a.description.utf8.elementsEqual(b.description.utf8)
  }
}

extension ModelError: CustomStringConvertible {
  public var description: String { text.string }

  private var text: Text {
    switch self {
    case .unreadable(let path, let reason): "cannot read \(path): \(reason)"
    case .malformed(.wrongIdentifier): "not an .edge file; edgequant convert makes one from a .tflite"
    case .malformed(let error): "damaged .edge file: \(error.description); copy it again or convert the model again"
    case .unsupportedVersion(let found):
      "version \(found) of the .edge format; this program reads version \(Model.formatVersion). Convert the model again"
    case .noTensors: "the model has no tensors"
    case .badTensor(let index, let reason): "tensor \(index): \(reason)"
    case .badOperator(let index, let reason): "operator \(index): \(reason)"
    case .badPlan(let index, let reason): "memory plan \(index): \(reason)"
    case .badModel(let reason): "\(reason)"
    }
  }
}
