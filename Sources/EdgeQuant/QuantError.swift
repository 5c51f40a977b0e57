import EdgeModel
import EdgeRuntime

/// Why the host tool cannot do what it was asked.
public enum QuantError: Error {
  case notTFLite(FlatBufferError)
  /// The source file contradicts itself or has nothing to convert.
  case badSource(String)
  /// Every node that cannot be converted, in order of execution.
  case unsupported([NodeProblem])
  /// Every node that the other format cannot express.
  case notExportable([NodeProblem])
  /// Every node that gradients do not pass through.
  case notDifferentiable([NodeProblem])
  /// The converted model does not pass its own verification.
  case model(ModelError)
  case load(LoadError)
  /// Running the network failed.
  case invoke(InvokeError)
  case badLabels(String)
  /// Calibration data do not fit the network, or break it.
  case calibration(String)
  case badRecipe(String)
  /// Samples for calibration or evaluation.
  case data(DataError)
  case badPreprocessing(String)
  /// The network does not allow what pruning was asked for.
  case pruning(String)
}

extension QuantError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notTFLite(.wrongIdentifier):
      "neither a TensorFlow Lite model (bytes 4 to 7 are not \"TFL3\") nor an ONNX model"
    case .notTFLite(let error): "damaged TensorFlow Lite model: \(error.description)"
    case .badSource(let reason), .badPreprocessing(let reason): reason
    case .badLabels(let reason): "labels: \(reason)"
    case .unsupported(let problems):
      "\(problems.count) operator\(problems.count == 1 ? "" : "s") cannot be converted:\n"
        + problems.map { "  \($0)" }.joined(separator: "\n")
        + "\nsupported operators: \(QuantError.operators(problems).sorted().joined(separator: ", "))"
    case .notExportable(let problems):
      "\(problems.count) operator\(problems.count == 1 ? "" : "s") cannot be written as TensorFlow Lite:\n"
        + problems.map { "  \($0)" }.joined(separator: "\n")
    case .notDifferentiable(let problems):
      "\(problems.count) operator\(problems.count == 1 ? " has" : "s have") no gradients:\n"
        + problems.map { "  \($0)" }.joined(separator: "\n")
    case .model(let error): "the converted model is not valid: \(error)"
    case .calibration(let reason): "calibration: \(reason)"
    case .pruning(let reason): "pruning: \(reason)"
    case .data(let error): error.description
    case .badRecipe(let reason): "recipe: \(reason)"
    case .invoke(let error): "running the network: \(error)"
    case .load(let error): "the converted model cannot be planned: \(error)"
    }
  }

  /// What can be converted from files of the same format.
  private static func operators(_ problems: [NodeProblem]) -> [String] {
    problems.contains { $0.source.format == .onnx }
      ? ONNXOperator.all.map { $0.isMicrosoft ? "com.microsoft.\($0.name)" : $0.name }
      : TFLiteOperator.all.map { $0.source }
  }
}
