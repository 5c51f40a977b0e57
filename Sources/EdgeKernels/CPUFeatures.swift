import CEdgeKernels

/// Instruction-set extensions that kernels may use.
public struct CPUFeatures: OptionSet, Sendable {
  public let rawValue: UInt32

  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Advanced SIMD of every aarch64 CPU.
  public static let neon = CPUFeatures(rawValue: UInt32(EDGE_CPU_NEON))
  /// `sdot`: Cortex-A76 and later, not A53 or A72.
  public static let dotprod = CPUFeatures(rawValue: UInt32(EDGE_CPU_DOTPROD))
  public static let avx2 = CPUFeatures(rawValue: UInt32(EDGE_CPU_AVX2))
  public static let avx512vnni = CPUFeatures(rawValue: UInt32(EDGE_CPU_AVX512VNNI))
  /// Products of bytes in 256 bits, without AVX-512.
  public static let avxvnni = CPUFeatures(rawValue: UInt32(EDGE_CPU_AVXVNNI))
  /// float32 multiply-add in 256 bits.
  public static let fma = CPUFeatures(rawValue: UInt32(EDGE_CPU_FMA))

  /// What this CPU has, narrowed by the environment variable `EDGEINFER_CPU`. Read once.
  public static let detected = CPUFeatures(rawValue: edge_cpu_features())

  static let names: [(CPUFeatures, StaticString)] = [
    (.neon, "neon"), (.dotprod, "dotprod"), (.avx2, "avx2"), (.avx512vnni, "avx512vnni"), (.fma, "fma"),
    (.avxvnni, "avxvnni"),
  ]
}

extension CPUFeatures: CustomStringConvertible {
  /// `neon dotprod`; `none` for the empty set.
  public var description: String {
    var text = ""
    for (feature, name) in CPUFeatures.names where contains(feature) {
      if !text.utf8.isEmpty { text += " " }
      text += name.description
    }
    return text.utf8.isEmpty ? "none" : text
  }
}
