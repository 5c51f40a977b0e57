import EdgeModel
import EdgeTensor

extension ONNXOperator {
  /// `y = scale · (x − mean) / √(variance + epsilon) + bias` for each channel, as a product and a sum with constants.
  static let batchNormalization: Add = { node, builder throws(Refusal) in
    try node.requireOneOutput("running_mean")
    guard node.int("training_mode", default: 0) == 0 else {
      throw Refusal("is in training mode; export the model for inference")
    }
    let x = try node.input(0, "x")
    let shape = builder.shape(x)
    guard shape.rank >= 2 else { throw Refusal("x has shape \(shape); needs at least rank 2") }
    let names = ["scale", "bias", "mean", "variance"]
    var constants: [[Float]] = []
    for (index, name) in names.enumerated() {
      let values = try builder.floats(try node.input(index + 1, name), name)
      guard values.count == shape[1] else {
        throw Refusal("\(name) has \(values.count) elements, x has \(shape[1]) channels")
      }
      constants.append(values)
    }
    let epsilon = Double(node.float("epsilon", default: 1e-5))
    var (factors, offsets): ([Float], [Float]) = ([], [])
    for channel in 0..<shape[1] {
      let factor = Double(constants[0][channel]) / (Double(constants[3][channel]) + epsilon).squareRoot()
      factors.append(Float(factor))
      offsets.append(Float(Double(constants[1][channel]) - Double(constants[2][channel]) * factor))
    }
    guard (factors + offsets).allSatisfy({ $0.isFinite }) else {
      throw Refusal("a variance is negative or a constant not finite")
    }
    let last = shape.rank == 2 ? x : try builder.channelsLast(x)
    let product = try builder.emit("mul", [last, builder.constant(factors, shape: [shape[1]], "factors")])
    let y = try builder.emit("add", [product, builder.constant(offsets, shape: [shape[1]], "offsets")])
    return [shape.rank == 2 ? y : try builder.channelsFirst(y)]
  }
}
