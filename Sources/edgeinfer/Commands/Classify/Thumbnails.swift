import EdgeImage
import EdgeTensor

/// Makes small JPEG files of large ones: the middle square of the picture, upright.
final class Thumbnails {
  /// Pixels.
  static let side = 96

  private let image: ImageInput
  private var encoder = JPEGEncoder(quality: 75)

  init(limits: ImageLimits) throws(Failure) {
    let pixels = TensorType(
      .uint8, Shape([1, Thumbnails.side, Thumbnails.side, 3]), quantization: QuantParams(scale: 1, zeroPoint: 0))
    let square = Preprocessing(color: .rgb, crop: .center, mean: [0, 0, 0], standardDeviation: [1, 1, 1])
    do throws(ImageError) {
      image = try ImageInput(square, tensor: pixels, limits: limits)
    } catch {
      throw Failure(.internalError, Text(error.description))
    }
  }

  /// - Returns: nil if the picture cannot be decoded.
  func make(_ jpeg: [UInt8]) -> [UInt8]? {
    do throws(ImageError) { try image.load(jpeg) } catch { return nil }
    return encoder.encode(image.pixels, width: Thumbnails.side, height: Thumbnails.side)
  }
}
