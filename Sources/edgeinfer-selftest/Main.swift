import CEdgeSystem
import EdgeKernels
import _EdgeTestSupport

/// Runs every kernel check on this CPU and prints TAP; exit code 1 if one fails. With `--bench`, measures the speed of every kernel
/// instead. `EDGEINFER_CPU` narrows the features.
@main
enum SelfTestProgram {
  static func main() {
    if wantsBenchmark {
      KernelBenchmark.run()
      ElementBenchmark.run()
      edge_exit(0)
    }
    print("TAP version 13")
    print("# CPU features: \(CPUFeatures.detected.description)")
    print("1..\(allChecks.count)")
    var failures = 0
    for (index, check) in allChecks.enumerated() {
      if let problem = check.run() {
        failures += 1
        print("not ok \(index + 1) - \(check.name)")
        print("# \(problem)")
      } else {
        print("ok \(index + 1) - \(check.name)")
      }
    }
    edge_exit(failures == 0 ? 0 : 1)
  }

  /// Embedded Swift has no `CommandLine`.
  private static var wantsBenchmark: Bool {
    let descriptor = edge_open_file("/proc/self/cmdline")
    guard descriptor >= 0 else { return false }
    defer { _ = edge_close_file(descriptor) }
    return withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { line in
      let count = edge_read(descriptor, line.baseAddress, line.count)
      guard count > 0 else { return false }
      return line[..<count].split(separator: 0).contains { $0.elementsEqual("--bench".utf8) }
    }
  }
}
