import EdgeModel
import EdgeQuant
import EdgeRuntime
import Foundation

/// A model converted in this process, ready to run.
struct ConvertedModel {
  let graph: Graph
  let conversion: Conversion
  let report: Report

  init(_ url: URL) throws { try self.init(tflite: try TestData.bytes(url)) }

  init(tflite: [UInt8]) throws {
    var report = Report()
    graph = try Converter.lowered(Converter.source(ModelBytes(copying: tflite), report: &report), report: &report)
    conversion = try Converter().convert(graph, report: &report)
    self.report = report
  }

  /// - Parameter graph: in the form that the runtime executes.
  init(_ graph: Graph) throws {
    var report = Report()
    self.graph = graph
    conversion = try Converter().convert(graph, report: &report)
    self.report = report
  }

  /// Runs the model once.
  /// - Parameter inputs: bytes by input, in model order.
  /// - Returns: bytes by output.
  func run(_ inputs: [[UInt8]], threads: Int = 1) throws -> [[UInt8]] {
    let interpreter = try Interpreter(try Plan(conversion.model, threads: threads))
    try ConvertedModel.fill(interpreter, inputs)
    try interpreter.invoke()
    return (0..<interpreter.outputCount).map { [UInt8](interpreter.output($0)) }
  }

  static func fill(_ interpreter: Interpreter, _ inputs: [[UInt8]]) throws {
    guard inputs.count == interpreter.inputCount else { throw WrongInput(reason: "\(interpreter.inputCount) inputs") }
    for (index, bytes) in inputs.enumerated() {
      guard bytes.count == interpreter.input(index).count else {
        throw WrongInput(reason: "input \(index) has \(interpreter.input(index).count) bytes, not \(bytes.count)")
      }
      interpreter.input(index).copyBytes(from: bytes)
    }
  }
}

struct WrongInput: Error { let reason: String }
