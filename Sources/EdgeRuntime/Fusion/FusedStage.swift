import EdgeKernels
import EdgeTensor

/// What an operator does as a part of a fused block: a few rows at a time, to and from wherever the block keeps them.
public enum FusedStage: Sendable {
  case conv(ConvStage)
  case depthwise(DepthwiseStage)
  case add(AddStage)
}

/// An int8 convolution that is not grouped. A class, like the stages below, so that a step and the block it is in share one.
public final class ConvStage: Sendable {
  let geometry: ConvGeometry
  let kernel: ConvS8
  let channels: ChannelTable
  let input: Operand
  let weights: Operand
  let output: Operand

  init(
    geometry: ConvGeometry, kernel: ConvS8, channels: ChannelTable, input: Operand, weights: Operand, output: Operand
  ) {
    self.geometry = geometry
    self.kernel = kernel
    self.channels = channels
    self.input = input
    self.weights = weights
    self.output = output
  }

  var scratchByteCount: Int { kernel.scratchByteCount }

  /// Whether output rows see the input row of the same number and nothing else.
  var isPointwise: Bool { geometry.taps == 1 && geometry.rows.stride == 1 && geometry.columns.stride == 1 }

  /// Computes some of `kernel.partCount` parts in place of the operator.
  func run(_ frame: Frame, parts: Range<Int>, scratch: UnsafeMutableRawPointer) {
    kernel(
      input: frame.read(input), weights: frame.read(weights), channels: channels, output: frame.write(output),
      parts: parts, scratch: scratch)
  }
}

/// An int8 depthwise convolution with multiplier 1 that a row kernel computes.
public final class DepthwiseStage: Sendable {
  let geometry: ConvGeometry
  let kernel: DepthwiseConvS8
  let channels: ChannelTable
  let input: Operand
  let weights: Operand
  let output: Operand

  init(
    geometry: ConvGeometry, kernel: DepthwiseConvS8, channels: ChannelTable, input: Operand, weights: Operand,
    output: Operand
  ) {
    self.geometry = geometry
    self.kernel = kernel
    self.channels = channels
    self.input = input
    self.weights = weights
    self.output = output
  }

  /// Computes output rows in place of the operator.
  func run(_ frame: Frame, _ units: Range<Int>) {
    kernel(
      input: frame.read(input), weights: frame.read(weights), channels: channels, output: frame.write(output),
      units: units)
  }
}

/// An int8 addition of two tensors of one shape.
public final class AddStage: Sendable {
  let kernel: AddS8
  let vector: AddRunS8?
  let inputs: [Operand]
  let output: Operand

  init(kernel: AddS8, vector: AddRunS8?, inputs: [Operand], output: Operand) {
    self.kernel = kernel
    self.vector = vector
    self.inputs = inputs
    self.output = output
  }
}
