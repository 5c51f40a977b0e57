import EdgeModel
import EdgeTensor

/// Why one operator cannot be planned: its operands or attributes do not fit together, or no kernel supports them.
public enum PlanError: Error {
  case unknownOperator
  case operandCount(expected: ClosedRange<Int>, got: Int)
  case outputCount(expected: ClosedRange<Int>, got: Int)
  case missingOperand(StaticString)
  case unsupportedType(operand: StaticString, got: DataType, supported: StaticString)
  case rankMismatch(operand: StaticString, expected: StaticString, got: Shape)
  case shapeMismatch(operand: StaticString, expected: Shape, got: Shape)
  case badValue(operand: StaticString, reason: StaticString)
  case badAttribute(StaticString, reason: StaticString)
  case notConstant(operand: StaticString)
  case badQuantization(operand: StaticString, reason: StaticString)
  case outputTypeMismatch(expected: String, got: String)
  /// A shape rule gave something that cannot exist.
  case impossibleShape(operand: StaticString)
}

extension PlanError: CustomStringConvertible {
  public var description: String { text.string }

  private var text: Text {
    switch self {
    case .unknownOperator: "no such operator in this version; update edgeinfer"
    case .operandCount(let expected, let got):
      "has \(got) inputs, needs \(PlanError.text(expected))"
    case .outputCount(let expected, let got):
      "has \(got) outputs, needs \(PlanError.text(expected))"
    case .missingOperand(let operand): "input \(operand) is missing"
    case .unsupportedType(let operand, let got, let supported): "\(operand) is \(got); supported: \(supported)"
    case .rankMismatch(let operand, let expected, let got):
      "\(operand) has shape \(got), rank \(got.rank); needs rank \(expected)"
    case .shapeMismatch(let operand, let expected, let got): "\(operand) has shape \(got), needs \(expected)"
    case .badValue(let operand, let reason): "\(operand): \(reason)"
    case .badAttribute(let key, let reason): "attribute \(key): \(reason)"
    case .notConstant(let operand): "\(operand) is computed while running; only a constant is supported"
    case .badQuantization(let operand, let reason): "quantization of \(operand): \(reason)"
    case .outputTypeMismatch(let expected, let got): "computes \(expected), but the output is declared as \(got)"
    case .impossibleShape(let operand): "\(operand) would have an impossible shape"
    }
  }

  private static func text(_ range: ClosedRange<Int>) -> String {
    range.lowerBound == range.upperBound ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
  }
}

/// Why a verified model cannot run here.
public enum LoadError: Error {
  case operation(index: Int, name: String, node: String, PlanError)
  case badMemoryPlan(reason: StaticString)
  case outOfMemory(byteCount: Int)
  case tooManyThreads(Int)
}

extension LoadError: CustomStringConvertible {
  public var description: String { text.string }

  private var text: Text {
    switch self {
    case .operation(let index, let name, let node, let error):
      "\(name) \"\(node)\" (operator \(index)): \(error.description)"
    case .badMemoryPlan(let reason): "the stored memory plan is wrong: \(reason). Convert the model again"
    case .outOfMemory(let byteCount): "cannot allocate the arena of \(byteCount) bytes"
    case .tooManyThreads(let count): "cannot start \(count) threads"
    }
  }
}

/// What can still go wrong while a planned model runs: tensor data that is used as an index.
public enum InvokeError: Error, Equatable {
  case indexOutOfRange(index: Int, limit: Int)
}

extension InvokeError: CustomStringConvertible {
  public var description: String { text.string }

  private var text: Text {
    switch self {
    case .indexOutOfRange(let index, let limit): "an index in the data is \(index), outside 0..<\(limit)"
    }
  }
}
