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
      if image != nil, dataType == .uint8, let (height, width, channelCount) = InputEncoder.picture(shape) {
        try write(bytes, width, height, channelCount, of: sample, into: tensor)
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
    guard InputEncoder.extents(shape) == InputEncoder.extents(type.shape) else {
      throw .sample(name: sample.name, reason: "its shape is \(shape), the model's input is \(type)")
    }
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

  /// Without leading axes of 1: a sample may have the batch axis or not.
  private static func extents(_ shape: Shape) -> [Int] { Array(shape.dimensions.drop { $0 == 1 }) }

  /// Height, width and channels of a shape that can be a picture's.
  private static func picture(_ shape: Shape) -> (height: Int, width: Int, channelCount: Int)? {
    let extents = shape.rank == 4 && shape[0] == 1 ? Array(shape.dimensions.dropFirst()) : shape.dimensions
    guard extents.count == 3, extents[2] == 1 || extents[2] == 3 else { return nil }
    return (extents[0], extents[1], extents[2])
  }
}
