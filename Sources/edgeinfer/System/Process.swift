import CEdgeSystem
import EdgeTensor

/// What the system tells about this process.
enum Process {
  /// The arguments without the program's name, byte for byte. Embedded Swift has no `CommandLine`.
  static func arguments() throws(Failure) -> [[UInt8]] {
    var line: [UInt8] = []
    guard let file = File(reading: Path("/proc/self/cmdline")), file.read(into: &line, limit: 1 << 24) else {
      throw Failure(.inputOutput, "cannot read /proc/self/cmdline: \(SystemError.text); is /proc mounted?")
    }
    // Every argument ends with a zero byte.
    if line.last == 0 { line.removeLast() }
    return line.split(separator: 0, omittingEmptySubsequences: false).dropFirst().map { Array($0) }
  }

  /// nil if the variable is not set or empty.
  static func environment(_ name: StaticString) -> Path? {
    let value = UnsafeRawPointer(name.utf8Start).withMemoryRebound(to: CChar.self, capacity: 1) { edge_environment($0) }
    guard let value else { return nil }
    let path = Path(Array(cString: value))
    return path.bytes.isEmpty ? nil : path
  }

  static var executable: Path? {
    withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
      let count = edge_executable_path(buffer.baseAddress!.assumingMemoryBound(to: CChar.self), buffer.count)
      return count > 0 && count < buffer.count ? Path(Array(buffer[..<count])) : nil
    }
  }

  /// As many threads as processors, but no more than the boards in question have cores.
  static var defaultThreadCount: Int { min(Int(edge_processor_count()), 4) }
}

extension [UInt8] {
  /// The bytes before the terminating zero.
  init(cString: UnsafePointer<CChar>) {
    self = []
    var next = cString
    while next.pointee != 0 {
      append(UInt8(bitPattern: next.pointee))
      next += 1
    }
  }
}
