/// One check that runs hosted, under Swift Testing, and on the device, in `edgeinfer-selftest`.
public struct Check: Sendable {
  public let name: String
  /// nil, or what went wrong.
  public let run: @Sendable () -> String?
}

/// Every check of this module: all fast kernels this CPU can run, against the reference.
public let allChecks: [Check] =
  requantizeChecks + convChecks + depthwiseChecks + fullyConnectedChecks + addChecks + averageChecks + sparseChecks
  + elementChecks + floatChecks
