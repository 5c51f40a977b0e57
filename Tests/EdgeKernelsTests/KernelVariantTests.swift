import Testing
import _EdgeTestSupport

@Suite struct KernelVariantTests {
  /// The same checks run on the device in `edgeinfer-selftest`.
  @Test(arguments: allChecks.indices) func `every fast kernel equals the reference on every byte`(index: Int) {
    #expect(allChecks[index].run() == nil, "\(allChecks[index].name)")
  }
}
