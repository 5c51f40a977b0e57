import EdgeTensor
import Testing
import _EdgeTestSupport

/// All int8 codes in order.
let allCodes = (-128...127).map { Int8($0) }

/// A quantized tensor's scale and zero point, drawn as real models have them and at the ends.
func randomQuantization(_ random: inout SplitMix64, scales: ClosedRange<Double> = 0.002...0.5) -> QuantParams {
  let position = Double(random.int(in: 0...1_000_000)) / 1_000_000
  let zeroPoint =
    switch random.int(in: 0...4) {
    case 0: -128
    case 1: 127
    default: random.int(in: -60...60)
    }
  return QuantParams(
    scale: Float(scales.lowerBound + (scales.upperBound - scales.lowerBound) * position), zeroPoint: Int32(zeroPoint))
}

extension QuantParams {
  func real(_ code: Int8) -> Double { Double(scale) * Double(Int32(code) - zeroPoint) }

  /// Whether `code` is what `real` rounds to, within `slack` steps beyond half a step; values outside the range must saturate.
  func holds(_ real: Double, as code: Int8, slack: Double = 0.001) -> Bool {
    let steps = real / Double(scale) + Double(zeroPoint)
    return abs(min(max(steps, -128), 127) - Double(code)) <= 0.5 + slack
  }
}

extension TinyModel.Operand {
  /// int8 codes with a scale and zero point.
  init(_ codes: [Int8], _ quantization: QuantParams, isConstant: Bool = false) {
    self.init(codes, [codes.count], quantization, isConstant: isConstant)
  }

  init(_ codes: [Int8], _ dimensions: [Int], _ quantization: QuantParams, isConstant: Bool = false) {
    self.init(
      codes, dimensions, scale: quantization.scale, zeroPoint: quantization.zeroPoint, isConstant: isConstant)
  }
}

extension TensorType {
  static func codes(_ dimensions: [Int], _ quantization: QuantParams) -> TensorType {
    TensorType(.int8, Shape(dimensions), quantization: quantization)
  }
}
