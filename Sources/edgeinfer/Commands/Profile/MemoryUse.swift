import CEdgeSystem
import EdgeModel
import EdgeRuntime
import EdgeTensor

/// Memory that was promised beside memory that is in use. Bytes; nil where the system does not say.
struct MemoryUse {
  let arena: Int
  let file: Int
  /// Of the whole process: the largest resident set so far, and the present one.
  let residentPeak: Int?
  let resident: Int?
  let stack: Int?
  /// Of the model's file.
  let residentFile: Int?

  /// What a run needs beside the program itself.
  var promised: Int { arena + file }

  init(_ plan: Plan) {
    arena = plan.memory.peak
    file = plan.model.byteCount
    residentPeak = Process.statusByteCount("VmHWM:")
    resident = Process.statusByteCount("VmRSS:")
    stack = Process.statusByteCount("VmStk:")
    residentFile = plan.model.residentByteCount
  }
}

extension Process {
  /// A line of `/proc/self/status` that is in kB, in bytes: `VmHWM:` is the largest resident set so far, `VmRSS:` the present one.
  static func statusByteCount(_ key: StaticString) -> Int? {
    var text: [UInt8] = []
    guard let file = File(reading: Path("/proc/self/status")), file.read(into: &text, limit: 1 << 16) else {
      return nil
    }
    for line in text.split(separator: UInt8(ascii: "\n")) where line.starts(with: key.bytes) {
      let digits = line.filter { (0x30...0x39).contains($0) }
      return Int(ascii: digits).map { $0 * 1024 }
    }
    return nil
  }
}
