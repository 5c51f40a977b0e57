import EdgeKernels
import _EdgeTestSupport

extension BenchmarkLayer {
  /// A float32 convolution or dense layer on a matrix-product variant.
  func bench(gemm variant: GemmF32) -> () -> Void {
    let data = FloatLayerData(geometry)
    if kind == .dense {
      let dense = FullyConnectedF32(
        batch: 1, depth: geometry.inChannels, outChannels: geometry.outChannels, ClampF32(), kernel: variant)
      return {
        dense(
          input: data.input, weights: data.weights, bias: data.bias, output: data.output, units: 0..<dense.unitCount)
      }
    }
    let conv = ConvF32(geometry, ClampF32(), kernel: variant)
    return { [units = geometry.outputRowCount] in
      conv(
        input: data.input, weights: data.weights, bias: data.bias, output: data.output, units: 0..<units,
        scratch: data.scratch)
    }
  }

  func bench(depthwise variant: DepthwiseF32) -> () -> Void {
    let data = FloatLayerData(geometry)
    let conv = DepthwiseConvF32(geometry, ClampF32(), kernel: variant)
    return { [units = geometry.outputRowCount] in
      conv(input: data.input, weights: data.weights, bias: data.bias, output: data.output, units: 0..<units)
    }
  }
}

/// Buffers of a layer, filled with seeded values. Weights need no particular order to be fast.
private final class FloatLayerData {
  let input: UnsafeMutablePointer<Float>
  let weights: UnsafeMutablePointer<Float>
  let bias: UnsafeMutablePointer<Float>
  let output: UnsafeMutablePointer<Float>
  let scratch: UnsafeMutableRawPointer

  init(_ geometry: ConvGeometry) {
    var random = SplitMix64(seed: 1)
    /// Aligned as in a mapped model and in the arena.
    func allocate(_ count: Int) -> UnsafeMutablePointer<Float> {
      let values = UnsafeMutableRawPointer.allocate(byteCount: 4 * count, alignment: 64).assumingMemoryBound(
        to: Float.self)
      for index in 0..<count { values[index] = Float(random.int(in: -127...127)) / 127 }
      return values
    }
    input = allocate(
      geometry.batch * geometry.rows.inputExtent * geometry.columns.inputExtent * geometry.inChannels)
    weights = allocate((geometry.outChannels + 15) / 16 * 16 * geometry.depth)
    bias = allocate(geometry.outChannels)
    output = allocate(geometry.outputRowCount * geometry.columns.outputExtent * geometry.outChannels)
    scratch = UnsafeMutableRawPointer.allocate(byteCount: ConvF32.scratchByteCount(geometry), alignment: 64)
  }

  deinit {
    input.deallocate()
    weights.deallocate()
    bias.deallocate()
    output.deallocate()
    scratch.deallocate()
  }
}
