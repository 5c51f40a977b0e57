import CEdgeSystem
import EdgeTensor

/// Where results go: standard output or a file, written in blocks.
///
/// Writing never fails; `flush()` and `close()` report the first thing that did.
final class Output {
  private let descriptor: Int32
  private var isOpen = true
  private let name: Text
  private var buffer: [UInt8] = []
  /// errno of the first failed write; 0 if none failed.
  private var error: Int32 = 0
  private static let blockByteCount = 4096

  static var standard: Output { Output(descriptor: 1, name: "standard output") }
  static var standardError: Output { Output(descriptor: 2, name: "standard error") }

  private init(descriptor: Int32, name: Text) {
    self.descriptor = descriptor
    self.name = name
    buffer.reserveCapacity(Output.blockByteCount)
  }

  /// Creates or empties a file.
  convenience init(creating path: Path) throws(Failure) {
    guard let descriptor = path.withCString({ edge_create_file($0) }), descriptor >= 0 else {
      throw Failure(.cannotCreate, "cannot create \(path): \(SystemError.text)")
    }
    self.init(descriptor: descriptor, name: "\(path)")
  }

  /// Opens a file to write behind its first bytes; the others go.
  convenience init(continuing path: Path, at byteCount: Int) throws(Failure) {
    guard let descriptor = path.withCString({ edge_continue_file($0, Int64(byteCount)) }), descriptor >= 0 else {
      throw Failure(.cannotCreate, "cannot continue \(path): \(SystemError.text)")
    }
    self.init(descriptor: descriptor, name: "\(path)")
  }

  deinit { if isOpen, descriptor > 2 { _ = edge_close_file(descriptor) } }

  var isTerminal: Bool { edge_is_terminal(descriptor) }

  @inline(never)
  func write(_ bytes: [UInt8]) {
    buffer.append(contentsOf: bytes)
    if buffer.count >= Output.blockByteCount { drain() }
  }

  func write(_ text: Text) { write(text.bytes) }

  /// Large data, past the buffer.
  func write(_ bytes: UnsafeRawBufferPointer) {
    drain()
    if error == 0, !edge_write(descriptor, bytes.baseAddress, bytes.count) { error = SystemError.last }
  }

  /// Writes what is buffered.
  /// - Throws: exit code 74, without a message if the other end of a pipe was closed.
  func flush() throws(Failure) {
    drain()
    guard error != 0 else { return }
    if error == Int32(edge_error_pipe) { throw Failure(.inputOutput, "") }
    throw Failure(.inputOutput, "cannot write \(name): \(SystemError.text(of: error))")
  }

  /// Writes what is buffered and closes a file: only then some file systems tell that it did not fit.
  func close() throws(Failure) {
    drain()
    isOpen = false
    if descriptor > 2, !edge_close_file(descriptor), error == 0 { error = SystemError.last }
    try flush()
  }

  private func drain() {
    if error == 0, !buffer.isEmpty, !buffer.withUnsafeBytes({ edge_write(descriptor, $0.baseAddress, $0.count) }) {
      error = SystemError.last
    }
    buffer.removeAll(keepingCapacity: true)
  }
}
