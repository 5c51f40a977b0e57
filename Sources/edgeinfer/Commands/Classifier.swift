import CEdgeSystem
import EdgeImage
import EdgeModel
import EdgeRuntime
import EdgeTensor

/// Where the time for one picture went, in nanoseconds.
struct StageTimes: Sendable {
  /// Reading the file, decoding, cropping and resizing, which happen in one pass.
  var decode: Int64 = 0
  /// Writing the model's input.
  var preprocess: Int64 = 0
  var infer: Int64 = 0
  var total: Int64 { decode + preprocess + infer }
}

/// Labels pictures, one at a time: path in, best classes out. All memory is reused.
final class Classifier {
  let model: Model
  let classCount: Int
  /// Scores are probabilities: the network ends in softmax or logistic.
  let givesProbabilities: Bool
  /// Of the model's input, in pixels.
  var inputSize: (width: Int, height: Int) { (image.width, image.height) }
  /// How scores are read from the output.
  let scores: TopScores
  private let interpreter: Interpreter
  private let path: Path
  private let image: ImageInput
  private let limits: ImageLimits
  /// The bytes of the last file.
  private(set) var file: [UInt8] = []

  /// Larger files are not read.
  private static let maximumFileByteCount = 256 << 20
  private static let keptByteCount = 16 << 20

  /// - Parameters:
  ///   - path: of the model, for messages.
  ///   - top: how many classes are wanted; at least 1.
  ///   - limits: what one picture may cost.
  init(
    _ interpreter: Interpreter, _ path: Path, top: Int, limits: ImageLimits = ImageLimits()
  ) throws(Failure) {
    self.interpreter = interpreter
    self.path = path
    self.limits = limits
    model = interpreter.plan.model
    guard interpreter.inputCount == 1 else {
      throw Failure(
        .badData, "\(path) has \(interpreter.inputCount) inputs; pictures need exactly one. Use edgeinfer run")
    }
    image = try Classifier.imageInput(interpreter, path, limits)
    guard interpreter.outputCount > 0, let scores = TopScores(interpreter.outputType(0), count: top) else {
      let type = interpreter.outputCount > 0 ? interpreter.outputType(0).description : "no output"
      throw Failure(.badData, "\(path): its output, \(type), is not one row of scores. Use edgeinfer run")
    }
    self.scores = scores
    classCount = scores.classCount
    givesProbabilities = Classifier.endsInProbabilities(model)
  }

  /// Labels one file.
  /// - Throws: what is wrong with it, for people; the next picture may follow.
  func classify(_ path: Path, _ times: inout StageTimes) throws(PictureError) -> [Ranked] {
    let start = edge_clock_ns()
    try read(path)
    do throws(ImageError) {
      try image.load(file)
    } catch {
      throw PictureError(isMissing: false, text: Text(error.description))
    }
    times.decode = edge_clock_ns() - start
    return scores.pick(try run(image, &times))
  }

  /// Another place to decode pictures in, for another thread.
  func makeImageInput() throws(Failure) -> ImageInput { try Classifier.imageInput(interpreter, path, limits) }

  /// Runs the model on a decoded picture.
  /// - Returns: its output, valid until the next run.
  func run(_ image: ImageInput, _ times: inout StageTimes) throws(PictureError) -> UnsafeRawBufferPointer {
    let start = edge_clock_ns()
    image.writeTensor(into: interpreter.input(0))
    let written = edge_clock_ns()
    do throws(InvokeError) {
      try interpreter.invoke()
    } catch {
      throw PictureError(isMissing: false, text: Text(error.description))
    }
    times.preprocess = written - start
    times.infer = edge_clock_ns() - written
    return interpreter.output(0)
  }

  static func imageInput(
    _ interpreter: Interpreter, _ path: Path, _ limits: ImageLimits
  ) throws(Failure) -> ImageInput {
    guard let preprocessing = interpreter.plan.model.preprocessing else {
      throw Failure(
        .badData, "\(path) does not say how pictures become its input; convert the model again with that")
    }
    do throws(ImageError) {
      let image = try ImageInput(preprocessing, tensor: interpreter.inputType(0), limits: limits)
      // For tests and benchmarks.
      image.decodesFullSize = Process.environment("EDGEINFER_TEST_FULL_DECODE") != nil
      return image
    } catch {
      throw Failure(.badData, "\(path): \(error.description)")
    }
  }

  private func read(_ path: Path) throws(PictureError) {
    // What one very large file took is not kept for the others.
    file.removeAll(keepingCapacity: file.capacity <= Classifier.keptByteCount)
    try Classifier.read(path, into: &file)
  }

  /// Appends all of a picture's file.
  static func read(_ path: Path, into file: inout [UInt8]) throws(PictureError) {
    guard let opened = File(reading: path) else { throw PictureError(isMissing: true, text: SystemError.text) }
    guard opened.read(into: &file, limit: Classifier.maximumFileByteCount) else {
      let isTooLong = file.count > Classifier.maximumFileByteCount
      throw PictureError(
        isMissing: false,
        text: isTooLong ? "the file is larger than \(Classifier.maximumFileByteCount) bytes" : SystemError.text)
    }
  }

  /// Follows the output back through operators that keep values as they are.
  private static func endsInProbabilities(_ model: Model) -> Bool {
    var tensor = model.outputs[0]
    for operation in model.operators.reversed() where operation.outputs.contains(tensor) {
      if operation.name.hasSameBytes(as: "softmax") || operation.name.hasSameBytes(as: "logistic") { return true }
      let keepsValues: [StaticString] = ["reshape", "squeeze", "expand_dims", "quantize", "dequantize"]
      guard keepsValues.contains(where: { operation.name.hasSameBytes(as: $0) }), let input = operation.inputs.first
      else { return false }
      tensor = input
    }
    return false
  }
}

/// Why one picture has no labels.
struct PictureError: Error {
  /// There is no such file, or it cannot be opened.
  let isMissing: Bool
  let text: Text
}
