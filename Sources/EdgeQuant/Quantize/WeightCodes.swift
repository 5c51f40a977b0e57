import EdgeTensor
import Foundation

/// A layer's weights as matrix `[channelCount, depth]`, whatever their order in the graph, and their int8 codes.
struct WeightMatrix {
  let channelCount: Int
  /// Weights of one output channel.
  let depth: Int
  /// Row-major.
  var values: [Float]
  private let channelAxis: Int

  init(_ tensor: Graph.Tensor, _ form: WeightForm) {
    let shape = tensor.shape!
    (channelCount, channelAxis) = (shape[form.channelAxis], form.channelAxis)
    depth = channelCount == 0 ? 0 : shape.elementCount / channelCount
    let stored = tensor.values(as: Float.self)
    values = stored
    if channelAxis != 0 {
      for c in 0..<channelCount { for k in 0..<depth { values[c * depth + k] = stored[k * channelCount + c] } }
    }
  }

  /// `matrix`, `[channelCount, depth]`, in the order of the graph's tensor.
  func stored<T>(_ matrix: [T]) -> [T] {
    guard channelAxis != 0 else { return matrix }
    var stored = matrix
    for c in 0..<channelCount { for k in 0..<depth { stored[k * channelCount + c] = matrix[c * depth + k] } }
    return stored
  }

  /// Largest magnitude of each channel.
  var magnitudes: [Float] {
    (0..<channelCount).map { c in values[c * depth..<(c + 1) * depth].reduce(0) { max($0, abs($1)) } }
  }

  /// The nearest code in −127…127 of each weight.
  func nearestCodes(_ scales: [Float]) -> [Int8] {
    var codes = [Int8](repeating: 0, count: values.count)
    for c in 0..<channelCount {
      for k in c * depth..<(c + 1) * depth { codes[k] = WeightMatrix.code(values[k], scales[c]) }
    }
    return codes
  }

  static func code(_ value: Float, _ scale: Float) -> Int8 {
    Int8(min(max((value / scale).rounded(.toNearestOrAwayFromZero), -127), 127))
  }

  /// The scales that let each channel's largest weight be ±127 (Jacob et al., 2018), widened where sums could leave int32.
  func largestScales(bias: [Float]?, inputScale: Float) -> [Float] {
    let magnitudes = magnitudes
    let largest = magnitudes.max() ?? 0
    return (0..<channelCount).map { c in
      // A channel of zeros may have any scale.
      let scale = (magnitudes[c] > 0 ? magnitudes[c] : largest > 0 ? largest : 1) / 127
      let sum = values[c * depth..<(c + 1) * depth].reduce(0.0) { $0 + Double(abs($1)) }
      let reach = 255 * sum + Double(abs(bias?[c] ?? 0)) / Double(inputScale)
      let needed = Float(reach / WeightMatrix.maximumReach)
      return max(scale, needed.isFinite ? needed : 0, .leastNormalMagnitude)
    }
  }

  /// Of Σ|w|·255 + |bias| in codes: half of int32, as rounding adds to it and smaller scales may be tried.
  private static let maximumReach = Double(1 << 30)
}

extension QuantizationRecipe.Layer {
  /// - Throws: `badRecipe` if the layer does not fit the weights.
  func codes(_ matrix: WeightMatrix, name: String) throws(QuantError) -> [Int8] {
    guard weightScales.count == matrix.channelCount, weightScales.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw .badRecipe(
        "layer \"\(name)\" has \(weightScales.count) scales; the weights have \(matrix.channelCount) channels")
    }
    var codes = matrix.nearestCodes(weightScales)
    guard let rounding else { return codes }
    guard let differences = Data(base64Encoded: rounding), differences.count == codes.count else {
      throw .badRecipe("the rounding of layer \"\(name)\" is not base64 of \(codes.count) bytes")
    }
    for (index, difference) in differences.enumerated() {
      let code = Int(codes[index]) + Int(Int8(bitPattern: difference))
      codes[index] = Int8(min(max(code, -127), 127))
    }
    return codes
  }

  /// Records codes that are not all the nearest ones.
  mutating func setRounding(_ codes: [Int8], _ matrix: WeightMatrix) {
    let nearest = matrix.nearestCodes(weightScales)
    rounding =
      codes == nearest ? nil : Data(zip(codes, nearest).map { UInt8(bitPattern: $0 &- $1) }).base64EncodedString()
  }
}
