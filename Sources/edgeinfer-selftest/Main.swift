import CEdgeSystem
import EdgeKernels
import _EdgeTestSupport

/// Runs every kernel check on this CPU and prints TAP; exit code 1 if one fails. `EDGEINFER_CPU` narrows the features.
@main
enum SelfTestProgram {
  static func main() {
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
}
