import EdgeImage
import EdgeKernels
import EdgeTensor

/// Writes samples as a model's input, pictures through exactly the device's preprocessing. One for each thread.
public final class InputEncoder {
  /// What is written.
  public let type: TensorType
  private let image: ImageInput?

  /// - Parameter preprocessing: how a picture becomes the input; nil if it cannot, and then only tensors are taken.
  /// - Throws: `model` if the two do not fit each other.
  public init(_ type: TensorType, preprocessing: Preprocessing?) throws(DataError) {
    self.type = type
    do throws(ImageError) {
      image = try preprocessing.map { preprocessing throws(ImageError) in try ImageInput(preprocessing, tensor: type) }
    } catch {
      throw .model(reason: error.description)
    }
  }

  /// Writes one sample.
  /// - Parameter tensor: `type.byteCount` bytes, aligned to the elements.
  /// - Throws: `sample` if it is damaged or does not fit the input; the next may follow.
  public func write(_ sample: Sample, into tensor: UnsafeMutableRawBufferPointer) throws(DataError) {
    precondition(tensor.count == type.byteCount, "the destination is not the input's size")
    switch sample.content {
    case .jpeg(let bytes):
      let image = try picture(sample)
      do { try image.load(bytes) } catch { throw .sample(name: sample.name, reason: error.description) }
      image.writeTensor(into: tensor)
    case .pixels(let bytes, let width, let height, let channelCount):
      try write(bytes, width, height, channelCount, of: sample, into: tensor)
    case .tensor(let bytes, let dataType, let shape):
      if image != nil, dataType == .uint8, let (arrangement, height, width, channelCount) = Arrangement.picture(shape) {
        let pixels = arrangement.channelsLast(bytes, elementByteCount: 1, channelCount: channelCount)
        try write(pixels, width, height, channelCount, of: sample, into: tensor)
      } else {
        try copy(bytes, dataType, shape, of: sample, into: tensor)
      }
    }
  }

  private func picture(_ sample: Sample) throws(DataError) -> ImageInput {
    guard let image else {
      throw .sample(
        name: sample.name,
        reason: "a picture, but nothing says how one becomes the model's input \(type); give --mean and --std")
    }
    return image
  }

  private func write(
    _ pixels: [UInt8], _ width: Int, _ height: Int, _ channelCount: Int, of sample: Sample,
    into tensor: UnsafeMutableRawBufferPointer
  ) throws(DataError) {
    let image = try picture(sample)
    do throws(ImageError) {
      try InputEncoder.load(pixels, width, height, channelCount, into: image)
    } catch {
      throw .sample(name: sample.name, reason: error.description)
    }
    image.writeTensor(into: tensor)
  }

  private static func load(
    _ pixels: [UInt8], _ width: Int, _ height: Int, _ channelCount: Int, into image: ImageInput
  ) throws(ImageError) {
    let result: Result<Void, ImageError> = pixels.withUnsafeBufferPointer { pixels in
      do throws(ImageError) {
        return .success(try image.load(pixels: pixels, width: width, height: height, channelCount: channelCount))
      } catch {
        return .failure(error)
      }
    }
    try result.get()
  }

  private func copy(
    _ bytes: [UInt8], _ dataType: DataType, _ shape: Shape, of sample: Sample,
    into tensor: UnsafeMutableRawBufferPointer
  ) throws(DataError) {
    guard let arrangement = Arrangement(of: shape, for: type.shape) else {
      throw .sample(name: sample.name, reason: "its shape is \(shape), the model's input is \(type)")
    }
    let bytes = arrangement.channelsLast(
      bytes, elementByteCount: dataType.byteCount, channelCount: type.shape.dimensions.last ?? 1)
    if dataType == type.dataType {
      tensor.copyBytes(from: bytes)
    } else if dataType == .float32, let quantization = type.quantization,
      type.dataType == .int8 || type.dataType == .uint8
    {
      let (center, flip): (Int32, UInt8) = type.dataType == .uint8 ? (128, 0x80) : (0, 0)
      let rule = QuantizeS8(QuantParams(scale: quantization.scale, zeroPoint: quantization.zeroPoint - center))
      bytes.withUnsafeBytes { bytes in
        for index in 0..<tensor.count {
          tensor[index] = UInt8(bitPattern: rule(bytes.loadUnaligned(fromByteOffset: 4 * index, as: Float.self))) ^ flip
        }
      }
    } else {
      throw .sample(name: sample.name, reason: "its elements are \(dataType), the model's input is \(type)")
    }
  }
}

/// How the axes of a sample are those of an input.
private enum Arrangement {
  case same
  /// Channels come first in the sample, as PyTorch has them, and last in the model.
  case channelsFirst

  /// - Returns: nil if the shapes do not fit each other. Leading axes of 1 do not matter; where both arrangements fit, it is `same`.
  init?(of sample: Shape, for input: Shape) {
    func extents(_ dimensions: some Sequence<Int>) -> [Int] { Array(dimensions.drop { $0 == 1 }) }
    if extents(sample.dimensions) == extents(input.dimensions) {
      self = .same
    } else if input.rank == 4, let channelCount = input.dimensions.last,
      extents(sample.dimensions) == extents([channelCount] + input.dimensions.dropLast().dropFirst())
    {
      self = .channelsFirst
    } else {
      return nil
    }
  }

  /// A shape that can be a picture's: gray, or three colours.
  static func picture(_ shape: Shape) -> (Arrangement, height: Int, width: Int, channelCount: Int)? {
    let extents = shape.rank == 4 && shape[0] == 1 ? Array(shape.dimensions.dropFirst()) : shape.dimensions
    if extents.count == 2 { return (.same, extents[0], extents[1], 1) }
    guard extents.count == 3 else { return nil }
    if extents[2] == 1 || extents[2] == 3 { return (.same, extents[0], extents[1], extents[2]) }
    return extents[0] == 1 || extents[0] == 3 ? (.channelsFirst, extents[1], extents[2], extents[0]) : nil
  }

  /// The elements with the channels of a position side by side.
  func channelsLast(_ bytes: [UInt8], elementByteCount: Int, channelCount: Int) -> [UInt8] {
    guard self == .channelsFirst, channelCount > 1 else { return bytes }
    var result = [UInt8](repeating: 0, count: bytes.count)
    let positionCount = bytes.count / elementByteCount / channelCount
    for channel in 0..<channelCount {
      for position in 0..<positionCount {
        let source = (channel * positionCount + position) * elementByteCount
        let target = (position * channelCount + channel) * elementByteCount
        for byte in 0..<elementByteCount { result[target + byte] = bytes[source + byte] }
      }
    }
    return result
  }
}
