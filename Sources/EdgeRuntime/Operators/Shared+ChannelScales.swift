import EdgeModel
import EdgeTensor

/// Scales and zero points that differ along one axis of a tensor, as `quantize` and `dequantize` take them: input 1 float32 `[C]`,
/// input 2 int32 `[C]`, both constant, and attribute `axis`.
struct ChannelScales {
  private let scales: [Float]
  private let zeroPoints: [Int32]
  /// Elements between neighbours along the axis.
  private let stride: Int

  /// Scale and zero point of an element, by its index in row-major order.
  func quantization(of element: Int) -> QuantParams {
    let channel = element / stride % scales.count
    return QuantParams(scale: scales[channel], zeroPoint: zeroPoints[channel])
  }

  fileprivate init(scales: [Float], zeroPoints: [Int32], stride: Int) {
    self.scales = scales
    self.zeroPoints = zeroPoints
    self.stride = stride
  }
}

extension PlanContext {
  /// nil if the node has but one input: then the tensor itself has one scale.
  func channelScales() throws(PlanError) -> ChannelScales? {
    guard node.inputs.count > 1 else { return nil }
    let shape = try node.input(0, "x").shape
    guard let stored = node.attributes.int("axis") else { throw .badAttribute("axis", reason: "is missing") }
    let axis = try node.axis(stored, rank: shape.rank, "x")
    let (scales, zeroPoints) = (try node.input(1, "scales"), try node.input(2, "zero points"))
    guard scales.dataType == .float32 else {
      throw .unsupportedType(operand: "scales", got: scales.dataType, supported: "float32")
    }
    guard zeroPoints.dataType == .int32 else {
      throw .unsupportedType(operand: "zero points", got: zeroPoints.dataType, supported: "int32")
    }
    let expected = Shape([shape[axis]])
    guard scales.shape == expected else {
      throw .shapeMismatch(operand: "scales", expected: expected, got: scales.shape)
    }
    guard zeroPoints.shape == expected else {
      throw .shapeMismatch(operand: "zero points", expected: expected, got: zeroPoints.shape)
    }
    let (scaleBytes, zeroPointBytes) = (try node.constant(1, "scales"), try node.constant(2, "zero points"))
    var values: (scales: [Float], zeroPoints: [Int32]) = ([], [])
    for channel in 0..<shape[axis] {
      let scale = scaleBytes.loadUnaligned(fromByteOffset: 4 * channel, as: Float.self)
      let zeroPoint = zeroPointBytes.loadUnaligned(fromByteOffset: 4 * channel, as: Int32.self)
      guard scale.isFinite, scale > 0, (-128...127).contains(zeroPoint) else {
        throw .badQuantization(operand: "x", reason: "a channel's scale or zero point is out of range")
      }
      values.scales.append(scale)
      values.zeroPoints.append(zeroPoint)
    }
    return ChannelScales(scales: values.scales, zeroPoints: values.zeroPoints, stride: shape.strides[axis])
  }
}
