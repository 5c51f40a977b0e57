import EdgeFormats
import EdgeModel
import EdgeTensor
import Foundation
import Testing

/// Programs that tests start, and the files they exchange with them.
enum Programs {
  static let package = TestData.fixtures.deletingLastPathComponent().deletingLastPathComponent()

  /// The Python of `Tests/Tools/litert-venv.sh`; nil if it was not made.
  static let litertPython: URL? = existing(package.appendingPathComponent(".build-venv/litert/bin/python"))

  /// The Python of `Tests/Tools/onnxruntime-venv.sh`; nil if it was not made.
  static let onnxruntimePython: URL? = existing(package.appendingPathComponent(".build-venv/onnxruntime/bin/python"))

  /// The static program of `make aarch64`; nil if it was not made.
  static let aarch64: URL? = existing(
    ProcessInfo.processInfo.environment["EDGEINFER_AARCH64"].map { URL(fileURLWithPath: $0) }
      ?? package.appendingPathComponent(".build-aarch64/edgeinfer"))

  static let qemu: URL? = existing(URL(fileURLWithPath: "/usr/bin/qemu-aarch64-static"))

  private static func existing(_ url: URL) -> URL? {
    FileManager.default.isExecutableFile(atPath: url.path) ? url : nil
  }

  /// Runs a program to its end.
  /// - Throws: `Failed` with what it wrote to standard error, if its exit code is not 0.
  static func run(
    _ program: URL, _ arguments: [String], in folder: URL? = nil, environment: [String: String] = [:]
  ) throws {
    let process = Process()
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.executableURL = program
    process.arguments = arguments
    if let folder { process.currentDirectoryURL = folder }
    let errors = Pipe()
    process.standardError = errors
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    let message = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failed(code: process.terminationStatus, message: String(decoding: message, as: UTF8.self))
    }
  }

  struct Failed: Error {
    let code: Int32
    let message: String
  }

  /// A folder that is gone when `body` returns.
  static func withTemporaryFolder<T>(_ body: (URL) throws -> T) throws -> T {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("edgeinfer-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
  }

  static func writeNumpy(_ bytes: [UInt8], _ type: TensorType, to url: URL) throws {
    try Data(NumpyArray.header(type.dataType, type.shape) + bytes).write(to: url)
  }

  /// The first output of TensorFlow Lite's reference kernels, computed in another process.
  static func litertReference(_ model: URL, _ input: [UInt8], _ type: TensorType) throws -> [UInt8] {
    try litertReference([LiteRTJob(model: try TestData.bytes(model), inputs: [input], types: [type], outputCount: 1)])[
      0][0]
  }

  /// A model and the bytes of its inputs.
  struct LiteRTJob {
    let model: [UInt8]
    let inputs: [[UInt8]]
    let types: [TensorType]
    let outputCount: Int
  }

  /// The same for many models, and all outputs of each.
  static func litertReference(_ jobs: [LiteRTJob]) throws -> [[[UInt8]]] {
    try withTemporaryFolder { folder in
      var arguments = [package.appendingPathComponent("Tests/Tools/litert_reference.py").path]
      var folders: [URL] = []
      for (number, job) in jobs.enumerated() {
        let own = folder.appendingPathComponent("\(number)")
        try FileManager.default.createDirectory(at: own, withIntermediateDirectories: false)
        folders.append(own)
        let model = own.appendingPathComponent("model.tflite")
        try Data(job.model).write(to: model)
        arguments += number == 0 ? [] : ["--"]
        arguments += [model.path, own.path]
        for (index, input) in job.inputs.enumerated() {
          let file = own.appendingPathComponent("input-\(index).npy")
          try writeNumpy(input, job.types[index], to: file)
          arguments.append(file.path)
        }
      }
      try run(#require(litertPython), arguments)
      return try zip(jobs, folders).map { job, own in
        try (0..<job.outputCount).map { try readNumpy(own.appendingPathComponent("output-\($0).npy")) }
      }
    }
  }

  /// The elements of a NumPy file.
  static func readNumpy(_ url: URL) throws -> [UInt8] {
    let file = try TestData.bytes(url)
    let elements = try file.withUnsafeBytes { try NumpyArray($0).elements }
    return [UInt8](file[elements])
  }
}

extension Trait where Self == ConditionTrait {
  /// Skips a test that asks TensorFlow Lite.
  static var needsLiteRT: Self {
    .enabled(
      if: Programs.litertPython != nil, "run Tests/Tools/litert-venv.sh to make the virtual environment this needs")
  }

  /// Skips a test that runs the aarch64 program.
  static var needsAArch64: Self {
    .enabled(
      if: Programs.aarch64 != nil && Programs.qemu != nil,
      "run `make aarch64` and install qemu-user-static to run this; EDGEINFER_AARCH64 names another program")
  }
}
