import CEdgeSystem
import EdgeKernels
import EdgeTensor
import _EdgeTestSupport

/// Speed of kernels that do little beside moving codes, and of their plain rules, beside that of a copy of as many bytes; one thread.
enum ElementBenchmark {
  static func run() {
    print("")
    print("# best of 9 runs; input read once and output written, beside a copy of as many bytes")
    print("kernel                            operator                               GB/s    copy  share")
    let plain: StaticString = "plain"
    for variant in runnable(KernelSet.addS8, { $0.requires }) { add(variant.name, variant) }
    add(plain, nil)
    for variant in runnable(KernelSet.mulS8, { $0.requires }) { multiply(variant.name, variant) }
    multiply(plain, nil)
    for variant in runnable(KernelSet.lookUpS8, { $0.requires }) { lookUp(variant) }
    for variant in runnable(KernelSet.averageS8, { $0.requires }) { average(variant.name, variant) }
    average(plain, nil)
    for variant in runnable(KernelSet.maxPoolS8, { $0.requires }) { maximum(variant.name, variant) }
    maximum(plain, nil)
    for variant in runnable(KernelSet.bilinearS8, { $0.requires }) { bilinear(variant.name, variant) }
    bilinear(plain, nil)
    nearest()
    for variant in runnable(KernelSet.quantizeS8, { $0.requires }) { quantize(variant) }
  }

  private static func runnable<T>(_ variants: [T], _ requires: (T) -> CPUFeatures) -> [T] {
    variants.filter { CPUFeatures.detected.isSuperset(of: requires($0)) }
  }

  private static func add(_ name: StaticString, _ kernel: AddRunS8?) {
    let params = QuantParams(scale: 0.05, zeroPoint: 3)
    guard
      let add = AddS8(
        a: params, b: QuantParams(scale: 0.03, zeroPoint: -7), output: params, activation: .none, subtracts: false)
    else { fatalError("scales refused") }
    let codes = Codes(2 * 56 * 56 * 24)
    measure(name, "add, 56x56x24", 3 * 56 * 56 * 24) {
      add.run(codes.input, codes.input + 56 * 56 * 24, codes.output, count: 56 * 56 * 24, kernel: kernel)
    }
  }

  private static func multiply(_ name: StaticString, _ kernel: MulRunS8?) {
    let params = QuantParams(scale: 0.05, zeroPoint: 3)
    guard
      let mul = MulS8(a: params, b: QuantParams(scale: 1 / 256, zeroPoint: -128), output: params, activation: .none),
      let channels = Broadcast(Shape([28, 28, 120]), Shape([120]))
    else { fatalError("scales refused") }
    let codes = Codes(28 * 28 * 120)
    measure(name, "mul, 28x28x120 by channel", 2 * 28 * 28 * 120) {
      channels.forEachPairs(units: 0..<channels.unitCount, codes.input, codes.input, codes.output, size: 1) {
        mul.run(
          $0.assumingMemoryBound(to: Int8.self), $1.assumingMemoryBound(to: Int8.self),
          $2.assumingMemoryBound(to: Int8.self), count: $3, kernel: kernel)
      }
    }
  }

  private static func lookUp(_ kernel: LookUpS8) {
    let codes = Codes(28 * 28 * 240)
    measure(kernel.name, "table, 28x28x240", 2 * 28 * 28 * 240) {
      kernel(codes.input, codes.input, codes.output, 0..<28 * 28 * 240)
    }
  }

  private static func windows(_ extent: Int, _ channels: Int, kernel: Int, stride: Int) -> PoolWindows {
    guard let axis = WindowAxis(input: extent, kernel: kernel, stride: stride, padding: .same) else {
      fatalError("the layer does not fit")
    }
    return PoolWindows(batchCount: 1, rows: axis, columns: axis, channels: channels)
  }

  private static func average(_ name: StaticString, _ kernel: AverageWindowS8?) {
    let windows = windows(7, 1280, kernel: 7, stride: 7)
    let codes = Codes(7 * 7 * 1280)
    let pool = AveragePoolS8(windows: windows, clamp: ClampS8(), usesUInt8Rule: false, kernel: kernel)
    measure(name, "average pool 7x7, 7x7x1280", 50 * 1280) {
      pool(codes.input, codes.output, rows: 0..<windows.rowCount)
    }
  }

  private static func maximum(_ name: StaticString, _ kernel: MaxPoolRowS8?) {
    let layers: [(name: StaticString, extent: Int, channels: Int, kernel: Int, stride: Int)] = [
      ("max pool 3x3/2, 112x112x64", 112, 64, 3, 2), ("max pool 2x2/2, 28x28x8", 28, 8, 2, 2),
      ("max pool 5x5, 13x13x256", 13, 256, 5, 1),
    ]
    for layer in layers {
      let windows = windows(layer.extent, layer.channels, kernel: layer.kernel, stride: layer.stride)
      let count = layer.extent * layer.extent * layer.channels
      let codes = Codes(count)
      let pool = MaxPoolS8(windows: windows, clamp: ClampS8(), kernel: kernel)
      measure(name, layer.name, count + count / (layer.stride * layer.stride)) {
        pool(codes.input, codes.output, rows: 0..<windows.rowCount)
      }
    }
  }

  private static func resize(_ input: Int, _ output: Int, _ channels: Int) -> Resize {
    let axis = ResizeAxis(input: input, output: output, alignsCorners: false, usesHalfPixels: true)
    return Resize(vertical: axis, horizontal: axis, channels: channels)
  }

  private static func bilinear(_ name: StaticString, _ kernel: BilinearS8?) {
    for (label, input, output, channels) in [
      ("bilinear, 28x28x64 -> 56x56", 28, 56, 64), ("bilinear, 33x33x21 -> 129x129", 33, 129, 21),
    ] as [(StaticString, Int, Int, Int)] {
      let resize = resize(input, output, channels)
      let codes = Codes(output * output * channels)
      measure(name, label, (input * input + output * output) * channels) {
        if let kernel {
          resize.bilinear(0..<output, codes.input, codes.output, usesUInt8Rule: false, kernel: kernel)
        } else {
          resize.bilinearS8(0..<output, codes.input, codes.output)
        }
      }
    }
  }

  private static func nearest() {
    let resize = resize(28, 56, 64)
    let codes = Codes(56 * 56 * 64)
    measure("in runs", "nearest, 28x28x64 -> 56x56", 5 * 28 * 28 * 64) {
      resize.copyNearest(0..<56, codes.input, codes.output, elementByteCount: 1)
    }
    measure("plain", "nearest, 28x28x64 -> 56x56", 5 * 28 * 28 * 64) {
      resize.nearest(0..<56, codes.input, codes.output, elementByteCount: 1)
    }
  }

  private static func quantize(_ kernel: QuantizeRunS8) {
    let count = 224 * 224 * 3
    let numbers = UnsafeMutablePointer<Float>.allocate(capacity: count)
    defer { numbers.deallocate() }
    var random = SplitMix64(seed: 3)
    for i in 0..<count { numbers[i] = Float(random.int(in: -1000...1000)) / 1000 }
    let codes = Codes(count)
    let rule = QuantizeS8(QuantParams(scale: 1 / 128, zeroPoint: 0))
    measure(kernel.name, "quantize, 224x224x3", 5 * count) {
      rule.run(numbers, codes.output, 0..<count, kernel: kernel)
    }
  }

  /// - Parameter byteCount: read and written.
  private static func measure(_ name: StaticString, _ label: StaticString, _ byteCount: Int, _ run: () -> Void) {
    let codes = Codes(byteCount / 2)
    let rate = gigabytesPerSecond(byteCount, run)
    let copy = gigabytesPerSecond(byteCount) {
      UnsafeMutableRawPointer(codes.output).copyMemory(from: codes.input, byteCount: byteCount / 2)
    }
    print(
      "\(KernelBenchmark.padded(name.description, 33)) \(KernelBenchmark.padded(label.description, 36)) "
        + "\(KernelBenchmark.tenths(rate, 6))\(KernelBenchmark.tenths(copy, 8))"
        + "\(KernelBenchmark.tenths(rate / copy * 100, 6))%")
  }

  private static func gigabytesPerSecond(_ byteCount: Int, _ run: () -> Void) -> Double {
    let repeats = max(1, 4_000_000 / byteCount)
    return Double(byteCount * repeats) / KernelBenchmark.bestNanoseconds(repeats: repeats, run)
  }

  /// Seeded codes, and as many bytes to write.
  private final class Codes {
    let input: UnsafeMutablePointer<Int8>
    let output: UnsafeMutablePointer<Int8>

    init(_ count: Int) {
      input = .allocate(capacity: count + 64)
      output = .allocate(capacity: count + 64)
      var random = SplitMix64(seed: 2)
      for i in 0..<count + 64 { input[i] = Int8(truncatingIfNeeded: random.next()) }
      output.initialize(repeating: 0, count: count + 64)
    }

    deinit {
      input.deallocate()
      output.deallocate()
    }
  }
}
