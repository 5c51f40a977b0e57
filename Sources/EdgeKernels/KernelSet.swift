import CEdgeKernels
import EdgeTensor

/// The one list of fast kernels. A variant is dispatched to, tested and benchmarked by being listed; the best comes first, and the
/// last of each family runs everywhere.
public enum KernelSet {
  public static let gemmS8: [GemmS8] = {
    var list: [GemmS8] = []
    #if arch(x86_64)
      list.append(
        GemmS8(
          name: "gemm-s8-8x16c4-avx512vnni", requires: .avx512vnni, rowCount: 8, takesRuns: true,
          tile: edge_gemm_s8_8x16c4_avx512vnni, lines: edge_conv_lines_s8_avx512vnni,
          rowTerms: edge_row_terms_s8_avx512vnni,
          notes: GemmNotes(find: edge_gemm_notes_s8_avx512vnni) { _, _ in 64 }))
      list.append(
        GemmS8(
          name: "gemm-s8-4x16c4-avxvnni", requires: [.avx2, .avxvnni], rowCount: 4, takesRuns: true,
          tile: edge_gemm_s8_4x16c4_avxvnni,
          notes: GemmNotes(find: edge_gemm_notes_s8_avxvnni) { _, _ in 64 }))
      list.append(
        GemmS8(
          name: "gemm-s8-2x16c4-avx2", requires: .avx2, rowCount: 2, takesRuns: true, tile: edge_gemm_s8_2x16c4_avx2))
      list.append(
        GemmS8(
          name: "gemm-s8-2x16c4-sse2", requires: [], rowCount: 2, takesRuns: true, tile: edge_gemm_s8_2x16c4_sse2))
    #elseif arch(arm64)
      list.append(
        GemmS8(
          name: "gemm-s8-4x16c4-neondot", requires: [.dotprod, .neon], rowCount: 4, takesRuns: true,
          tile: edge_gemm_s8_4x16c4_neondot, lines: edge_conv_lines_s8_neondot, rowTerms: edge_row_terms_s8_neondot))
      list.append(
        GemmS8(
          name: "gemm-s8-4x16c4-neon", requires: .neon, rowCount: 4, takesRuns: true, tile: edge_gemm_s8_4x16c4_neon,
          notes: GemmNotes(find: edge_gemm_chains_s8) { taps, tapByteCount in 3 * taps * (tapByteCount / 16 + 1) }))
    #endif
    list.append(.scalar)
    return list
  }()

  public static let sparseGemmS8: [SparseGemmS8] = {
    var list: [SparseGemmS8] = []
    #if arch(x86_64)
      list.append(
        SparseGemmS8(
          name: "gemm-s8-8x16c4-sparse-avx512vnni", requires: .avx512vnni, rowCount: 8,
          tile: edge_gemm_s8_8x16c4_sparse_avx512vnni))
      list.append(
        SparseGemmS8(
          name: "gemm-s8-2x16c4-sparse-avx2", requires: .avx2, rowCount: 2, tile: edge_gemm_s8_2x16c4_sparse_avx2))
      list.append(
        SparseGemmS8(
          name: "gemm-s8-2x16c4-sparse-sse2", requires: [], rowCount: 2, tile: edge_gemm_s8_2x16c4_sparse_sse2))
    #elseif arch(arm64)
      list.append(
        SparseGemmS8(
          name: "gemm-s8-6x16c4-sparse-neondot", requires: [.dotprod, .neon], rowCount: 6,
          tile: edge_gemm_s8_6x16c4_sparse_neondot))
      list.append(
        SparseGemmS8(
          name: "gemm-s8-4x16c4-sparse127-neon", requires: .neon, rowCount: 4, takesMinus128: false,
          tile: edge_gemm_s8_4x16c4_sparse127_neon))
      list.append(
        SparseGemmS8(
          name: "gemm-s8-4x16c4-sparse-neon", requires: .neon, rowCount: 4, tile: edge_gemm_s8_4x16c4_sparse_neon))
    #endif
    list.append(.scalar)
    return list
  }()

  public static let depthwiseS8: [DepthwiseS8] = {
    var list: [DepthwiseS8] = []
    #if arch(x86_64)
      list.append(
        DepthwiseS8(
          name: "depthwise-s8-3x3-avx512vnni", requires: .avx512vnni, kernelExtent: 3, maximumStride: 2, rowCount: 16,
          row: edge_depthwise_s8_3x3_avx512vnni))
      list.append(
        DepthwiseS8(name: "depthwise-s8-16-avx2", requires: .avx2, kernelExtent: nil, row: edge_depthwise_s8_16_avx2))
      list.append(
        DepthwiseS8(name: "depthwise-s8-8-sse2", requires: [], kernelExtent: nil, row: edge_depthwise_s8_8_sse2))
    #elseif arch(arm64)
      list.append(
        DepthwiseS8(
          name: "depthwise-s8-3x3-neondot", requires: [.dotprod, .neon], kernelExtent: 3, rowCount: 16,
          row: edge_depthwise_s8_3x3_neondot))
      list.append(
        DepthwiseS8(
          name: "depthwise-s8-3x3-neon", requires: .neon, kernelExtent: 3, rowCount: 16, row: edge_depthwise_s8_3x3_neon
        ))
      list.append(
        DepthwiseS8(
          name: "depthwise-s8-8-neon", requires: .neon, kernelExtent: nil, rowCount: 16, row: edge_depthwise_s8_8_neon))
    #endif
    list.append(.scalar)
    return list
  }()

  public static let gemmF32: [GemmF32] = {
    var list: [GemmF32] = []
    #if arch(x86_64)
      list.append(
        GemmF32(
          name: "gemm-f32-8x32-avx512", requires: [.avx512vnni, .fma], rowCount: 8, tile: edge_gemm_f32_8x32_avx512))
      list.append(
        GemmF32(name: "gemm-f32-6x16-fma", requires: [.avx2, .fma], rowCount: 6, tile: edge_gemm_f32_6x16_fma))
    #elseif arch(arm64)
      list.append(GemmF32(name: "gemm-f32-6x16-neon", requires: .neon, rowCount: 6, tile: edge_gemm_f32_6x16_neon))
    #endif
    list.append(.scalar)
    return list
  }()

  public static let depthwiseF32: [DepthwiseF32] = {
    var list: [DepthwiseF32] = []
    #if arch(x86_64)
      list.append(
        DepthwiseF32(
          name: "depthwise-f32-16-avx512", requires: [.avx512vnni, .fma], row: edge_depthwise_f32_16_avx512))
      list.append(DepthwiseF32(name: "depthwise-f32-8-fma", requires: [.avx2, .fma], row: edge_depthwise_f32_8_fma))
    #elseif arch(arm64)
      list.append(DepthwiseF32(name: "depthwise-f32-8-neon", requires: .neon, row: edge_depthwise_f32_8_neon))
    #endif
    list.append(.scalar)
    return list
  }()

  public static let addS8: [AddRunS8] = {
    #if arch(x86_64)
      [
        AddRunS8(name: "add-s8-16-avx512", requires: .avx512vnni, run: edge_add_s8_avx512),
        AddRunS8(name: "add-s8-8-avx2", requires: .avx2, run: edge_add_s8_avx2),
      ]
    #elseif arch(arm64)
      [AddRunS8(name: "add-s8-16-neon", requires: .neon, run: edge_add_s8_16_neon)]
    #else
      []
    #endif
  }()

  public static let factorsS8: [FactorRunS8] = {
    #if arch(x86_64)
      [
        FactorRunS8(name: "factors-s8-16-avx512", requires: .avx512vnni, run: edge_factors_s8_16_avx512),
        FactorRunS8(name: "factors-s8-16-avx2", requires: .avx2, run: edge_factors_s8_16_avx2),
      ]
    #elseif arch(arm64)
      [FactorRunS8(name: "factors-s8-16-neon", requires: .neon, run: edge_factors_s8_16_neon)]
    #else
      []
    #endif
  }()

  /// The best requantization by factors for a CPU; nil if there is none beyond the reference.
  public static func factorsS8(for cpu: CPUFeatures) -> FactorRunS8? {
    factorsS8.first { cpu.isSuperset(of: $0.requires) }
  }

  public static let averageS8: [AverageWindowS8] = {
    #if arch(x86_64)
      [
        AverageWindowS8(
          name: "average-s8-16-avx512", requires: .avx512vnni, channelCount: 1, run: edge_average_s8_16_avx512),
        AverageWindowS8(
          name: "average-s8-8-avx2", requires: .avx2, channelCount: 8, run: edge_average_s8_8_avx2),
      ]
    #elseif arch(arm64)
      [AverageWindowS8(name: "average-s8-16-neon", requires: .neon, channelCount: 16, run: edge_average_s8_16_neon)]
    #else
      []
    #endif
  }()

  /// The best average of a window for a CPU; nil if there is none beyond the reference.
  public static func averageS8(for cpu: CPUFeatures) -> AverageWindowS8? {
    averageS8.first { cpu.isSuperset(of: $0.requires) }
  }

  public static let mulS8: [MulRunS8] = {
    #if arch(x86_64)
      [
        MulRunS8(name: "mul-s8-64-avx512", requires: .avx512vnni, run: edge_mul_s8_64_avx512),
        MulRunS8(name: "mul-s8-16-avx2", requires: .avx2, run: edge_mul_s8_16_avx2),
      ]
    #elseif arch(arm64)
      [MulRunS8(name: "mul-s8-16-neon", requires: .neon, run: edge_mul_s8_16_neon)]
    #else
      []
    #endif
  }()

  /// The best product for a CPU; nil if there is none beyond the reference.
  public static func mulS8(for cpu: CPUFeatures) -> MulRunS8? { mulS8.first { cpu.isSuperset(of: $0.requires) } }

  public static let maxPoolS8: [MaxPoolRowS8] = {
    #if arch(x86_64)
      [
        MaxPoolRowS8(name: "max-pool-s8-avx512", requires: .avx512vnni, run: edge_max_pool_s8_avx512),
        MaxPoolRowS8(name: "max-pool-s8-avx2", requires: .avx2, run: edge_max_pool_s8_avx2),
      ]
    #elseif arch(arm64)
      [MaxPoolRowS8(name: "max-pool-s8-neon", requires: .neon, run: edge_max_pool_s8_neon)]
    #else
      []
    #endif
  }()

  /// The best row of a max pool for a CPU; nil if there is none beyond the reference.
  public static func maxPoolS8(for cpu: CPUFeatures) -> MaxPoolRowS8? {
    maxPoolS8.first { cpu.isSuperset(of: $0.requires) }
  }

  public static let bilinearS8: [BilinearS8] = {
    #if arch(x86_64)
      [
        BilinearS8(
          name: "bilinear-s8-avx512", requires: .avx512vnni, run: edge_bilinear_s8_avx512,
          runU8: edge_bilinear_u8_avx512),
        BilinearS8(
          name: "bilinear-s8-avx2", requires: .avx2, run: edge_bilinear_s8_avx2, runU8: edge_bilinear_u8_avx2),
      ]
    #elseif arch(arm64)
      [
        BilinearS8(
          name: "bilinear-s8-neon", requires: .neon, run: edge_bilinear_s8_neon, runU8: edge_bilinear_u8_neon)
      ]
    #else
      []
    #endif
  }()

  /// The best bilinear resize for a CPU; nil if there is none beyond the reference.
  public static func bilinearS8(for cpu: CPUFeatures) -> BilinearS8? {
    bilinearS8.first { cpu.isSuperset(of: $0.requires) }
  }

  public static let lookUpS8: [LookUpS8] = {
    #if arch(x86_64)
      [
        LookUpS8(name: "look-up-s8-64-avx512", requires: .avx512vnni, run: edge_look_up_s8_64_avx512),
        LookUpS8(name: "look-up-s8-32-avx2", requires: .avx2, run: edge_look_up_s8_32_avx2), .scalar,
      ]
    #elseif arch(arm64)
      [LookUpS8(name: "look-up-s8-16-neon", requires: .neon, run: edge_look_up_s8_16_neon), .scalar]
    #else
      [.scalar]
    #endif
  }()

  /// The best look-up in a table for a CPU.
  public static func lookUpS8(for cpu: CPUFeatures) -> LookUpS8 {
    lookUpS8.first { cpu.isSuperset(of: $0.requires) } ?? .scalar
  }

  public static let quantizeS8: [QuantizeRunS8] = {
    #if arch(x86_64)
      [
        QuantizeRunS8(name: "quantize-s8-avx512", requires: .avx512vnni, run: edge_quantize_s8_avx512),
        QuantizeRunS8(name: "quantize-s8-avx2", requires: .avx2, run: edge_quantize_s8_avx2), .scalar,
      ]
    #elseif arch(arm64)
      [QuantizeRunS8(name: "quantize-s8-16-neon", requires: .neon, run: edge_quantize_s8_16_neon), .scalar]
    #else
      [.scalar]
    #endif
  }()

  /// The best quantization of numbers for a CPU.
  public static func quantizeS8(for cpu: CPUFeatures) -> QuantizeRunS8 {
    quantizeS8.first { cpu.isSuperset(of: $0.requires) } ?? .scalar
  }

  /// The best addition for a CPU; nil if there is none beyond the reference.
  public static func addS8(for cpu: CPUFeatures) -> AddRunS8? { addS8.first { cpu.isSuperset(of: $0.requires) } }

  /// The best matrix-product tile for a CPU.
  public static func gemmS8(for cpu: CPUFeatures) -> GemmS8 {
    gemmS8.first { cpu.isSuperset(of: $0.requires) } ?? .scalar
  }

  /// The best matrix-product tile for sparse weights on a CPU.
  /// - Parameter weights: the stored blocks, 64 bytes for each group of `index`.
  public static func gemmS8(
    for cpu: CPUFeatures, weights: UnsafePointer<Int8>, _ index: SparseIndex
  ) -> GemmS8 {
    let weights = UnsafeBufferPointer(start: weights, count: 64 * index.groups.count)
    let variant = sparseGemmS8.first {
      cpu.isSuperset(of: $0.requires) && ($0.takesMinus128 || !weights.contains(-128))
    }
    return (variant ?? .scalar).gemm(index)
  }

  /// The best float32 matrix-product tile for a CPU.
  public static func gemmF32(for cpu: CPUFeatures) -> GemmF32 {
    gemmF32.first { cpu.isSuperset(of: $0.requires) } ?? .scalar
  }

  /// The best float32 depthwise row for a CPU.
  public static func depthwiseF32(for cpu: CPUFeatures) -> DepthwiseF32 {
    depthwiseF32.first { cpu.isSuperset(of: $0.requires) } ?? .scalar
  }

  /// The best depthwise row for a convolution on a CPU.
  public static func depthwiseS8(for geometry: ConvGeometry, on cpu: CPUFeatures) -> DepthwiseS8 {
    depthwiseS8.first { cpu.isSuperset(of: $0.requires) && $0.handles(geometry) } ?? .scalar
  }
}
