import CEdgeSystem
import EdgeImage
import EdgeModel
import EdgeRuntime
import EdgeTensor

/// What goes into each inference: seeded numbers, or a picture that is decoded again each time.
final class ProfileInput {
  private let interpreter: Interpreter
  /// Copies of the inputs: an inference may overwrite them.
  private var copies: [[UInt8]] = []
  private var picture: (image: ImageInput, file: [UInt8])?
  /// Of all pictures so far, in nanoseconds; empty without one.
  private(set) var decode: [Int64] = []
  private(set) var preprocess: [Int64] = []
  /// When decoding the last picture began and ended, and when the model's input was written, in ticks of `edge_ticks()`.
  private(set) var marks: (begin: UInt64, decoded: UInt64, written: UInt64)?

  init(_ interpreter: Interpreter) {
    self.interpreter = interpreter
    SelfTest.fillInputs(interpreter, seed: interpreter.plan.model.testSeed)
    for index in 0..<interpreter.inputCount { copies.append([UInt8](interpreter.input(index))) }
  }

  /// - Parameters:
  ///   - picture: a JPEG file.
  ///   - model: the model's file, for messages.
  init(_ interpreter: Interpreter, picture path: Path, model: Path) throws(Failure) {
    self.interpreter = interpreter
    let image = try Classifier.imageInput(interpreter, model, ImageLimits())
    var file: [UInt8] = []
    do throws(PictureError) {
      try Classifier.read(path, into: &file)
    } catch {
      throw Failure(error.isMissing ? .noInput : .badData, "cannot read \(path): \(error.text)")
    }
    do throws(ImageError) {
      try image.load(file)
    } catch {
      throw Failure(.badData, "\(path): \(error.description)")
    }
    picture = (image, file)
  }

  /// Fills the interpreter's inputs.
  func write() {
    guard let picture else {
      for (index, bytes) in copies.enumerated() { interpreter.input(index).copyBytes(from: bytes) }
      return
    }
    let (begin, beginTicks) = (edge_clock_ns(), edge_ticks())
    // The same bytes could be decoded before.
    do throws(ImageError) { try picture.image.load(picture.file) } catch { return }
    let (decoded, decodedTicks) = (edge_clock_ns(), edge_ticks())
    picture.image.writeTensor(into: interpreter.input(0))
    marks = (beginTicks, decodedTicks, edge_ticks())
    guard decode.count < RunAmount.maximumCount else { return }
    decode.append(decoded - begin)
    preprocess.append(edge_clock_ns() - decoded)
  }
}
