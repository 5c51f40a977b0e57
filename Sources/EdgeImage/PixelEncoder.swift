import EdgeTensor

/// Turns pixels into the elements of a model's input: a table lookup for each sample.
///
/// With `real = (pixel − mean) / standardDeviation` of the sample's channel:
///
/// - float32: `real`, computed in float32;
/// - int8 and uint8: `real / scale` rounded to nearest, ties away from 0, plus `zeroPoint`, clamped to the type's range;
///   computed in float64.
///
/// So a uint8 input with mean 0, deviation 1, scale 1 and zero point 0 takes pixels as they are, and an int8 one with zero
/// point −128 takes `pixel − 128`.
public struct PixelEncoder: Sendable {
  /// What is written.
  public let tensor: TensorType
  /// In pixels.
  public let width: Int
  /// In pixels.
  public let height: Int
  /// 3, or 1 for gray.
  public let channelCount: Int

  /// The element for each channel and pixel value, at `256 · channel + pixel`. One of the two is empty.
  private let bytes: [UInt8]
  private let floats: [Float]

  /// - Parameter tensor: `[1, height, width, channels]` or `[height, width, channels]`, with as many channels as
  ///   `preprocessing.color`; float32, or int8 or uint8 with quantization.
  /// - Throws: `.unsuitableInput`.
  public init(_ preprocessing: Preprocessing, tensor: TensorType) throws(ImageError) {
    func unsuitable(_ reason: StaticString) -> ImageError { .unsuitableInput(tensor, reason: reason) }
    var extents = tensor.shape.dimensions
    if extents.count == 4, extents[0] == 1 { extents.removeFirst() }
    let channelCount = preprocessing.color.channelCount
    guard extents.count == 3, tensor.shape.elementCount > 0 else {
      throw unsuitable("it must be 1 x height x width x channels")
    }
    guard extents[2] == channelCount else { throw unsuitable("its channels differ from the model's colour order") }
    guard extents[0] <= ImageLimits.maximumSide, extents[1] <= ImageLimits.maximumSide else {
      throw unsuitable("it is larger than any picture")
    }
    guard preprocessing.mean.count == channelCount, preprocessing.standardDeviation.count == channelCount else {
      throw unsuitable("mean and standard deviation need one value for each channel")
    }
    for channel in 0..<channelCount {
      let (mean, deviation) = (preprocessing.mean[channel], preprocessing.standardDeviation[channel])
      guard mean.isFinite, deviation.isFinite, deviation != 0 else {
        throw unsuitable("mean and standard deviation must be finite, the latter not 0")
      }
    }
    self.tensor = tensor
    (height, width, self.channelCount) = (extents[0], extents[1], channelCount)

    var bytes: [UInt8] = []
    var floats: [Float] = []
    switch tensor.dataType {
    case .float32:
      for channel in 0..<channelCount {
        let (mean, deviation) = (preprocessing.mean[channel], preprocessing.standardDeviation[channel])
        for pixel in 0..<256 { floats.append((Float(pixel) - mean) / deviation) }
      }
    case .uint8, .int8:
      guard let quantization = tensor.quantization, quantization.scale.isFinite, quantization.scale > 0 else {
        throw unsuitable("scale and zero point are missing")
      }
      for channel in 0..<channelCount {
        let mean = Double(preprocessing.mean[channel])
        let deviation = Double(preprocessing.standardDeviation[channel])
        for pixel in 0..<256 {
          let real = (Double(pixel) - mean) / deviation
          let code = Int(quantization.zeroPoint) + roundedAwayFromZero(real / Double(quantization.scale))
          bytes.append(tensor.dataType == .uint8 ? UInt8(clamping: code) : UInt8(bitPattern: Int8(clamping: code)))
        }
      }
    case .int32, .int64, .bool: throw unsuitable("its type must be uint8, int8 or float32")
    }
    (self.bytes, self.floats) = (bytes, floats)
  }

  /// Writes the tensor.
  /// - Parameters:
  ///   - pixels: `height · width · channelCount` samples, interleaved, in the tensor's channel order.
  ///   - tensor: `self.tensor.byteCount` bytes, aligned to its elements.
  public func encode(_ pixels: UnsafeBufferPointer<UInt8>, into tensor: UnsafeMutableRawBufferPointer) {
    precondition(pixels.count == width * height * channelCount, "the pixels are not those of the tensor's shape")
    precondition(tensor.count == self.tensor.byteCount, "the destination is not the tensor's size")
    if self.tensor.dataType == .float32 {
      floats.withUnsafeBufferPointer { look(up: pixels, in: $0, into: tensor.bindMemory(to: Float.self)) }
    } else {
      bytes.withUnsafeBufferPointer { look(up: pixels, in: $0, into: tensor.bindMemory(to: UInt8.self)) }
    }
  }

  private func look<Element: BitwiseCopyable>(
    up pixels: UnsafeBufferPointer<UInt8>, in table: UnsafeBufferPointer<Element>,
    into output: UnsafeMutableBufferPointer<Element>
  ) {
    guard let source = pixels.baseAddress, let table = table.baseAddress, let output = output.baseAddress else {
      return
    }
    for channel in 0..<channelCount {
      var index = channel
      while index < pixels.count {
        output[index] = table[256 * channel + Int(source[index])]
        index += channelCount
      }
    }
  }
}

/// Nearest integer, ties away from 0; anything beyond ±2^31 becomes that.
func roundedAwayFromZero(_ value: Double) -> Int {
  guard abs(value) < 0x1p31 else { return value < 0 ? -(1 << 31) : 1 << 31 }
  return value < 0 ? -Int(0.5 - value) : Int(value + 0.5)
}
