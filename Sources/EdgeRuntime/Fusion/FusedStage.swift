import EdgeKernels
import EdgeTensor

/// What an operator does as a part of a fused block: a few rows at a time, to and from wherever the block keeps them.
///
/// Indirect, because every planned operator has room for one and is copied with it.
public indirect enum FusedStage: Sendable {
  case conv(ConvStage)
  case depthwise(DepthwiseStage)
  case add(AddStage)
}

/// An int8 convolution that is not grouped.
public struct ConvStage: Sendable {
  let geometry: ConvGeometry
  let kernel: ConvS8
  let channels: ChannelTable
  let input: Operand
  let weights: Operand
  let output: Operand

  var scratchByteCount: Int { kernel.scratchByteCount }

  /// Whether output rows see the input row of the same number and nothing else.
  var isPointwise: Bool { geometry.taps == 1 && geometry.rows.stride == 1 && geometry.columns.stride == 1 }
}

/// An int8 depthwise convolution with multiplier 1 that a row kernel computes.
public struct DepthwiseStage: Sendable {
  let geometry: ConvGeometry
  let kernel: DepthwiseConvS8
  let channels: ChannelTable
  let input: Operand
  let weights: Operand
}

/// An int8 addition of two tensors of one shape.
public struct AddStage: Sendable {
  let kernel: AddS8
  let vector: AddRunS8?
  let inputs: [Operand]
  let output: Operand
}
