import CEdgeSystem
import EdgeKernels
import _EdgeTestSupport

/// Speed of every listed kernel variant this CPU can run, over layers of real networks, one thread.
enum KernelBenchmark {
  static func run() {
    print("# CPU features: \(CPUFeatures.detected.description)")
    print("# products with zeros that are left out count as if they were computed")
    print("# best of 9 runs; peak: the instructions of the variant's set in registers, nothing loaded")
    print("kernel                            layer                                  GMAC/s    peak  share")
    for variant in KernelSet.gemmS8 where CPUFeatures.detected.isSuperset(of: variant.requires) {
      let peak = peak(PeakRate(int8: variant.requires))
      for layer in layers where layer.kind != .depthwise {
        measure(variant.name, peak, layer) { layer.bench(gemm: variant) }
      }
    }
    for variant in KernelSet.sparseGemmS8 where CPUFeatures.detected.isSuperset(of: variant.requires) {
      let peak = peak(PeakRate(int8: variant.requires))
      for layer in layers where layer.isPrunedOften {
        for percentage in [50, 75, 90] {
          measure(variant.name, peak, layer, zeros: percentage) { layer.bench(sparse: variant, zeros: percentage) }
        }
      }
    }
    for variant in KernelSet.depthwiseS8 where CPUFeatures.detected.isSuperset(of: variant.requires) {
      let peak = peak(PeakRate(int8: variant.requires))
      for layer in layers where layer.kind == .depthwise && layer.isComputed(by: variant) {
        measure(variant.name, peak, layer) { layer.bench(depthwise: variant) }
      }
    }
    for variant in KernelSet.gemmF32 where CPUFeatures.detected.isSuperset(of: variant.requires) {
      let peak = peak(PeakRate(float32: variant.requires))
      for layer in layers where layer.kind != .depthwise {
        measure(variant.name, peak, layer) { layer.bench(gemm: variant) }
      }
    }
    for variant in KernelSet.depthwiseF32 where CPUFeatures.detected.isSuperset(of: variant.requires) {
      let peak = peak(PeakRate(float32: variant.requires))
      for layer in layers where layer.kind == .depthwise {
        measure(variant.name, peak, layer) { layer.bench(depthwise: variant) }
      }
    }
  }

  /// 10^9 multiply-accumulates per second.
  private static func peak(_ rate: PeakRate) -> Double {
    var best = 0.0
    for _ in 0..<9 {
      let start = edge_clock_ns()
      let products = rate.run(rounds: 500_000)
      best = max(best, Double(products) / Double(max(edge_clock_ns() - start, 1)))
    }
    return best
  }

  /// The least that `repeats` runs took, of nine times, at least 1.
  static func bestNanoseconds(repeats: Int, _ run: () -> Void) -> Double {
    var best = Int64.max
    run()
    for _ in 0..<9 {
      let start = edge_clock_ns()
      for _ in 0..<repeats { run() }
      best = min(best, edge_clock_ns() - start)
    }
    return Double(max(best, 1))
  }

  private static func measure(
    _ name: StaticString, _ peak: Double, _ layer: BenchmarkLayer, zeros: Int = 0, _ makeRun: () -> () -> Void
  ) {
    let run = makeRun()
    // About 20 million multiply-accumulates a run: long beside the clock, short beside what else the machine does.
    let repeats = max(1, 20_000_000 / layer.multiplyAccumulateCount)
    let rate = Double(layer.multiplyAccumulateCount * repeats) / bestNanoseconds(repeats: repeats, run)
    let label = zeros > 0 ? "\(layer.name), \(zeros) % zero" : layer.name.description
    print(
      "\(padded(name.description, 33)) \(padded(label, 36)) \(tenths(rate, 8))\(tenths(peak, 8))"
        + "\(tenths(rate / peak * 100, 6))%")
  }

  static func padded(_ text: String, _ width: Int) -> String {
    var text = text
    while text.utf8.count < width { text += " " }
    return text
  }

  static func tenths(_ value: Double, _ width: Int) -> String {
    let number = Int(value * 10 + 0.5)
    let digits = "\(number / 10).\(number % 10)"
    var text = ""
    for _ in 0..<max(0, width - digits.utf8.count) { text += " " }
    return text + digits
  }

  private static let layers: [BenchmarkLayer] = [
    BenchmarkLayer("first conv 3x3/2, 224x224x3 -> 32", .conv, 224, 3, 32, kernel: 3, stride: 2),
    BenchmarkLayer("conv 3x3, 32x32x16 -> 16", .conv, 32, 16, 16, kernel: 3),
    BenchmarkLayer("conv 3x3, 8x8x64 -> 64", .conv, 8, 64, 64, kernel: 3),
    BenchmarkLayer("1x1, 112x112x32 -> 16", .conv, 112, 32, 16),
    BenchmarkLayer("1x1, 56x56x24 -> 144", .conv, 56, 24, 144),
    BenchmarkLayer("1x1, 28x28x192 -> 32", .conv, 28, 192, 32),
    BenchmarkLayer("1x1, 14x14x576 -> 96", .conv, 14, 576, 96),
    BenchmarkLayer("1x1, 7x7x960 -> 320", .conv, 7, 960, 320),
    BenchmarkLayer("1x1, 7x7x320 -> 1280", .conv, 7, 320, 1280),
    BenchmarkLayer("1x1, 3x3x256 -> 256", .conv, 3, 256, 256),
    BenchmarkLayer("dense, 640 -> 128", .dense, 1, 640, 128),
    BenchmarkLayer("dense, 1280 -> 1000", .dense, 1, 1280, 1000),
    BenchmarkLayer("depthwise 3x3, 112x112x32", .depthwise, 112, 32, 32, kernel: 3),
    BenchmarkLayer("depthwise 3x3/2, 112x112x96", .depthwise, 112, 96, 96, kernel: 3, stride: 2),
    BenchmarkLayer("depthwise 3x3, 28x28x192", .depthwise, 28, 192, 192, kernel: 3),
    BenchmarkLayer("depthwise 3x3, 7x7x960", .depthwise, 7, 960, 960, kernel: 3),
    BenchmarkLayer("depthwise 3x3, 48x48x8", .depthwise, 48, 8, 8, kernel: 3),
    BenchmarkLayer("depthwise 5x5, 14x14x240", .depthwise, 14, 240, 240, kernel: 5),
  ]
}
