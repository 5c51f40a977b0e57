import EdgeTensor
import Testing

@testable import EdgeImage

private let ramp: [UInt8] = (0...255).map { UInt8($0) }

private func encode<Element>(
  _ preprocessing: Preprocessing, _ type: DataType, _ quantization: QuantParams?, of: Element.Type
) throws -> [Element] {
  let channels = preprocessing.color.channelCount
  let encoder = try PixelEncoder(
    preprocessing, tensor: TensorType(type, Shape([1, 16, 16, channels]), quantization: quantization))
  // Every pixel value in every channel.
  let pixels = (0..<256 * channels).map { ramp[$0 / channels] }
  var output = [UInt8](repeating: 0, count: 256 * channels * MemoryLayout<Element>.stride)
  return pixels.withUnsafeBufferPointer { pixels in
    output.withUnsafeMutableBytes { raw in
      encoder.encode(pixels, into: raw)
      return Array(raw.bindMemory(to: Element.self))
    }
  }
}

private func gray(mean: Float, deviation: Float) -> Preprocessing {
  Preprocessing(color: .gray, mean: [mean], standardDeviation: [deviation])
}

@Suite("Pixels to tensor elements")
struct PixelEncoderTests {
  @Test("uint8 with scale 1 takes pixels as they are, int8 takes pixel - 128")
  func identity() throws {
    let plain = gray(mean: 0, deviation: 1)
    #expect(try encode(plain, .uint8, QuantParams(scale: 1, zeroPoint: 0), of: UInt8.self) == ramp)
    let signed = try encode(plain, .int8, QuantParams(scale: 1, zeroPoint: -128), of: Int8.self)
    #expect(signed == (-128...127).map { Int8($0) })
    let unit = try encode(
      gray(mean: 0, deviation: 255), .int8, QuantParams(scale: 1 / 255, zeroPoint: -128), of: Int8.self)
    #expect(unit == signed)
  }

  @Test("Ties go away from zero, and codes are clamped")
  func ties() throws {
    // real = pixel - 10; in halves: -10/2 = -5, -9/2 = -4.5 -> -5, … -1/2 -> -1, 1/2 -> 1.
    let codes = try encode(gray(mean: 10, deviation: 1), .int8, QuantParams(scale: 2, zeroPoint: 20), of: Int8.self)
    for pixel in 0...255 {
      let half = Double(pixel - 10) / 2
      #expect(Int(codes[pixel]) == min(127, Int(half.rounded(.toNearestOrAwayFromZero)) + 20))
    }
    #expect(codes[9] == 19 && codes[11] == 21 && codes[255] == 127)
    let steep = try encode(
      gray(mean: 128, deviation: 0.001), .uint8, QuantParams(scale: 1e-9, zeroPoint: 3), of: UInt8.self)
    #expect(steep[127] == 0 && steep[128] == 3 && steep[129] == 255)
  }

  @Test("Each channel has its own mean and deviation")
  func channels() throws {
    let preprocessing = Preprocessing(mean: [123.675, 116.28, 103.53], standardDeviation: [58.395, -57.12, 57.375])
    let values = try encode(preprocessing, .float32, nil, of: Float.self)
    for pixel in 0...255 {
      for channel in 0..<3 {
        let expected = (Float(pixel) - preprocessing.mean[channel]) / preprocessing.standardDeviation[channel]
        #expect(values[3 * pixel + channel] == expected)
      }
    }
  }

  @Test("Inputs that cannot take a picture are refused")
  func unsuitable() {
    let plain = gray(mean: 0, deviation: 1)
    let unit = QuantParams(scale: 1, zeroPoint: 0)
    let cases: [(Preprocessing, TensorType)] = [
      (plain, TensorType(.uint8, Shape([1, 4, 4]), quantization: unit)),  // 4 channels
      (plain, TensorType(.uint8, Shape([2, 4, 4, 1]), quantization: unit)),
      (plain, TensorType(.uint8, Shape([16]), quantization: unit)),
      (plain, TensorType(.uint8, Shape([1, 4, 4, 3]), quantization: unit)),
      (plain, TensorType(.uint8, Shape([1, 0, 4, 1]), quantization: unit)),
      (plain, TensorType(.uint8, Shape([1, 70_000, 4, 1]), quantization: unit)),
      (plain, TensorType(.int8, Shape([1, 4, 4, 1]))),
      (plain, TensorType(.int8, Shape([1, 4, 4, 1]), quantization: QuantParams(scale: 0, zeroPoint: 0))),
      (plain, TensorType(.int32, Shape([1, 4, 4, 1]), quantization: unit)),
      (plain, TensorType(.int64, Shape([1, 4, 4, 1]))),
      (gray(mean: .nan, deviation: 1), TensorType(.float32, Shape([1, 4, 4, 1]))),
      (gray(mean: 0, deviation: 0), TensorType(.float32, Shape([1, 4, 4, 1]))),
      (Preprocessing(mean: [0], standardDeviation: [1]), TensorType(.float32, Shape([1, 4, 4, 3]))),
    ]
    for (preprocessing, tensor) in cases {
      guard
        case .unsuitableInput = imageError({ () throws(ImageError) in
          _ = try PixelEncoder(preprocessing, tensor: tensor)
        })
      else { return #expect(Bool(false), "\(tensor)") }
    }
    for fraction: Float in [0, -1, 1.5, .nan] {
      var preprocessing = plain
      preprocessing.cropFraction = fraction
      guard
        case .unsuitableInput = imageError({ () throws(ImageError) in
          _ = try ImageInput(preprocessing, tensor: TensorType(.float32, Shape([4, 4, 1])))
        })
      else { return #expect(Bool(false), "\(fraction)") }
    }
  }
}
