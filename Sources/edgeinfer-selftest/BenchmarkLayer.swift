import EdgeKernels
import _EdgeTestSupport

/// One layer with seeded data, and the ways to run it. Padding is SAME, the batch 1.
struct BenchmarkLayer {
  enum Kind { case conv, dense, depthwise }

  let name: StaticString
  let kind: Kind
  let geometry: ConvGeometry

  var multiplyAccumulateCount: Int { geometry.dotProducts.count * geometry.dotProducts.length }

  init(
    _ name: StaticString, _ kind: Kind, _ extent: Int, _ inChannels: Int, _ outChannels: Int, kernel: Int = 1,
    stride: Int = 1
  ) {
    guard let axis = WindowAxis(input: extent, kernel: kernel, stride: stride, padding: .same) else {
      fatalError("the layer does not fit")
    }
    self.name = name
    self.kind = kind
    geometry = ConvGeometry(
      batch: 1, rows: axis, columns: axis, inChannels: inChannels, outChannels: outChannels,
      groupInChannels: kind == .depthwise ? 1 : inChannels)
  }

  func isComputed(by variant: DepthwiseS8) -> Bool { variant.handles(geometry) }

  /// A convolution or dense layer on a matrix-product variant.
  func bench(gemm variant: GemmS8) -> () -> Void {
    let data = LayerData(geometry)
    if kind == .dense {
      let dense = FullyConnectedS8(
        batch: 1, depth: geometry.inChannels, outChannels: geometry.outChannels, weightZeroPoint: 0,
        requantize: FullyConnectedRequantize(zeroPoint: 0, clamp: ClampS8()), kernel: variant,
        factors: KernelSet.factorsS8(for: .detected), weights: data.weights)
      return {
        dense(
          input: data.input, weights: data.weights, channels: data.denseChannels, output: data.output,
          units: 0..<dense.unitCount, scratch: data.scratch)
      }
    }
    guard let conv = ConvS8(geometry, LayerData.quantization, kernel: variant, weights: data.weights) else {
      fatalError("the layer needs too much memory")
    }
    return { [units = geometry.outputRowCount] in
      conv(
        input: data.input, weights: data.weights, channels: data.channels, output: data.output, units: 0..<units,
        scratch: data.scratch)
    }
  }

  func bench(depthwise variant: DepthwiseS8) -> () -> Void {
    let data = LayerData(geometry)
    let conv = DepthwiseConvS8(geometry, LayerData.quantization, kernel: variant)
    return { [units = geometry.outputRowCount] in
      conv(
        input: data.input, weights: data.weights, channels: data.channels, output: data.output, units: 0..<units)
    }
  }
}

/// Buffers of a layer, filled with seeded codes. Weights need no particular order to be fast.
private final class LayerData {
  static let quantization = ConvQuantization(
    inputZeroPoint: -5, weightZeroPoint: 0, outputZeroPoint: 3, clamp: ClampS8())

  let input: UnsafeMutablePointer<Int8>
  let weights: UnsafeMutablePointer<Int8>
  let output: UnsafeMutablePointer<Int8>
  let scratch: UnsafeMutableRawPointer
  private let tables: UnsafeMutablePointer<Int32>
  private let stride: Int

  var channels: ChannelTable { ChannelTable(tables, stride: stride) }
  /// The last two rows of a dense layer's table are float64 factors.
  var denseChannels: ChannelTable { ChannelTable(tables + 4 * stride, stride: stride) }

  init(_ geometry: ConvGeometry) {
    let inputCount = geometry.batch * geometry.rows.inputExtent * geometry.columns.inputExtent * geometry.inChannels
    stride = (geometry.outChannels + 15) / 16 * 16
    // Every layout pads the depth of each kernel row to a multiple of 4 at most.
    let weightCount = stride * (geometry.depth + 4 * geometry.taps)
    input = LayerData.allocate(inputCount)
    weights = LayerData.allocate(weightCount)
    output = LayerData.allocate(geometry.outputRowCount * geometry.columns.outputExtent * geometry.outChannels)
    let scratchByteCount = max(
      ConvS8.scratchByteCount(geometry) ?? 0, FullyConnectedS8.scratchByteCount(depth: geometry.depth))
    scratch = UnsafeMutableRawPointer.allocate(byteCount: scratchByteCount, alignment: 64)
    tables = UnsafeMutablePointer<Int32>.allocate(capacity: 8 * stride)
    var random = SplitMix64(seed: 1)
    for index in 0..<inputCount { input[index] = Int8(random.int(in: -128...127)) }
    for index in 0..<weightCount { weights[index] = Int8(random.int(in: -127...127)) }
    let factor = (0.003).bitPattern
    for channel in 0..<stride {
      for table in [0, 4] {
        tables[(table + 0) * stride + channel] = Int32(random.int(in: -1000...1000))
        tables[(table + 1) * stride + channel] = Int32(random.int(in: -1000...1000))
      }
      tables[2 * stride + channel] = Int32(random.int(in: (1 << 30)...(1 << 31 - 1)))
      tables[3 * stride + channel] = -9
      tables[6 * stride + channel] = Int32(truncatingIfNeeded: factor)
      tables[7 * stride + channel] = Int32(truncatingIfNeeded: factor >> 32)
    }
  }

  deinit {
    input.deallocate()
    weights.deallocate()
    output.deallocate()
    scratch.deallocate()
    tables.deallocate()
  }

  private static func allocate(_ count: Int) -> UnsafeMutablePointer<Int8> {
    // Aligned as in a mapped model and in the arena, and with room for kernels that read past the end.
    UnsafeMutableRawPointer.allocate(byteCount: count + 64, alignment: 64).assumingMemoryBound(to: Int8.self)
  }
}
