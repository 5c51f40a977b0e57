import CEdgeSystem
import EdgeModel
import EdgeTensor

/// The machine that something was measured on. What the system does not tell is nil.
struct Board {
  /// As the firmware names it.
  let model: Text?
  let kernel: Text?
  let processorCount: Int
  /// How the first processor's clock is chosen.
  let governor: Text?

  init() {
    model = SystemFile.line("/proc/device-tree/model") ?? SystemFile.line("/sys/class/dmi/id/product_name")
    kernel = withUnsafeTemporaryAllocation(byteCount: 256, alignment: 1) { buffer in
      let count = edge_kernel_release(buffer.baseAddress!.assumingMemoryBound(to: CChar.self), buffer.count)
      return count > 0 ? Text(Array(buffer[..<count])) : nil
    }
    processorCount = Int(edge_processor_count())
    governor = SystemFile.line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
  }

  /// Of the running program's file, which is read for it.
  static var programHash: UInt64? { ModelBytes(mapping: Array("/proc/self/exe".utf8)).map { xxh64($0.bytes) } }

  /// What changes while the machine works.
  struct State {
    let megahertz: Int?
    let celsius: Double?
    /// A Raspberry Pi's flags: 1 too little voltage, 2 frequency capped, 4 throttled, 8 soft limit on temperature; from bit 16 on, that it
    /// happened since the start.
    let throttled: Int?

    init() {
      megahertz = SystemFile.number("/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq").map { $0 / 1000 }
      celsius = SystemFile.number("/sys/class/thermal/thermal_zone0/temp").map { Double($0) / 1000 }
      throttled = SystemFile.line("/sys/devices/platform/soc/soc:firmware/get_throttled").flatMap {
        Int(ascii: $0.bytes, radix: 16)
      }
    }
  }
}

/// Small files that the system makes up.
private enum SystemFile {
  /// The first line, or what stands before a zero byte.
  static func line(_ path: StaticString) -> Text? {
    // Tests put a folder of files in place of the system's.
    let root = Process.environment("EDGEINFER_TEST_ROOT")?.text ?? ""
    var bytes: [UInt8] = []
    guard let file = File(reading: Path("\(root)\(path)")), file.read(into: &bytes, limit: 4096) else { return nil }
    let line = bytes.prefix { $0 != 0 && $0 != 0x0A }
    return line.isEmpty ? nil : Text(Array(line))
  }

  static func number(_ path: StaticString) -> Int? { line(path).flatMap { Int(ascii: $0.bytes) } }
}
