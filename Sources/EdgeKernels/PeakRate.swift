import CEdgePeak

/// The best multiply-accumulate sequence that a set of CPU features allows, in registers, nothing loaded and nothing stored: what kernels
/// cannot exceed.
public struct PeakRate: Sendable {
  private let instructions: edge_peak

  /// For int8 products that are added to int32 sums.
  public init(int8 features: CPUFeatures) {
    #if arch(x86_64)
      let least = edge_peak_sse2
    #else
      let least = edge_peak_scalar
    #endif
    instructions =
      features.contains(.avx512vnni)
      ? edge_peak_avx512vnni
      : features.contains(.avxvnni)
        ? edge_peak_avxvnni
        : features.contains(.avx2)
          ? edge_peak_avx2
          : features.contains(.dotprod) ? edge_peak_dotprod : features.contains(.neon) ? edge_peak_neon : least
  }

  public init(float32 features: CPUFeatures) {
    instructions =
      features.contains(.avx512vnni)
      ? edge_peak_f32_avx512
      : features.contains(.fma)
        ? edge_peak_f32_fma : features.contains(.neon) ? edge_peak_f32_neon : edge_peak_f32
  }

  /// Runs the sequence, on a CPU that has the features.
  /// - Returns: how many products that were.
  public func run(rounds: Int) -> Int { Int(edge_peak_run(Int32(instructions.rawValue), Int64(rounds))) }
}
