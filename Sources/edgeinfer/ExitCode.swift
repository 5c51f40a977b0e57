import EdgeTensor

/// How the program ends: the numbers of `sysexits.h` where one fits.
enum ExitCode: Int32, Sendable {
  case done = 0
  /// Everything ran, but a check failed: `verify` found a difference, or `--strict` met a bad picture.
  case checkFailed = 1
  case usage = 64
  /// A model or picture that is damaged or not supported.
  case badData = 65
  case noInput = 66
  /// There is no camera, or it cannot be used.
  case cameraUnavailable = 69
  case internalError = 70
  case cannotCreate = 73
  case inputOutput = 74
  /// The camera was lost; it may come back.
  case cameraLost = 75
  /// The model needs more memory than `--max-memory` allows, or than the system has.
  case overMemoryLimit = 78
}

/// Why a command ends early. One line for people: what, where, what to do about it.
struct Failure: Error {
  let code: ExitCode
  /// Empty where nothing should be said: the reader of our output has gone.
  let message: Text

  init(_ code: ExitCode, _ message: Text) {
    self.code = code
    self.message = message
  }
}
