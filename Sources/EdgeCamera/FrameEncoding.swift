/// How the bytes of a frame make a picture.
public enum FrameEncoding: Sendable {
  /// A JPEG file, perhaps without Huffman tables: then they are those of ITU-T T.81, K.3.
  case jpeg
  /// Uncompressed; see `YUYV`.
  case yuyv(YUYV)
}

/// Uncompressed pictures of cameras: two pixels in four bytes, brightness, blueness, brightness, redness, with the coefficients of
/// ITU-R BT.601.
public struct YUYV: Sendable {
  public let width: Int
  public let height: Int
  /// From row to row; at least `2 · width`, which is even.
  public let bytesPerRow: Int
  /// Whether brightness goes from 0 to 255, or from 16 to 235.
  public let isFullRange: Bool

  /// - Returns: nil for a size that has no such pictures.
  public init?(width: Int, height: Int, bytesPerRow: Int, isFullRange: Bool) {
    guard width > 0, height > 0, width % 2 == 0, width <= 1 << 16, height <= 1 << 16 else { return nil }
    (self.width, self.height, self.isFullRange) = (width, height, isFullRange)
    // Some drivers say nothing.
    self.bytesPerRow = max(bytesPerRow, 2 * width)
  }

  /// Bytes of a picture.
  public var byteCount: Int { bytesPerRow * (height - 1) + 2 * width }

  /// Brightness alone, from 0 to 255.
  /// - Parameters:
  ///   - bytes: at least `byteCount`.
  ///   - gray: `width · height` samples.
  public func writeGray(_ bytes: UnsafeBufferPointer<UInt8>, into gray: UnsafeMutableBufferPointer<UInt8>) {
    precondition(bytes.count >= byteCount && gray.count == width * height)
    let (scale, offset) = (isFullRange ? 65_536 : 76_309, isFullRange ? 0 : 16)
    for y in 0..<height {
      for x in 0..<width {
        gray[y * width + x] = YUYV.rounded(scale * (Int(bytes[y * bytesPerRow + 2 * x]) - offset))
      }
    }
  }

  /// Red, green and blue, from 0 to 255, rounded to nearest.
  /// - Parameters:
  ///   - bytes: at least `byteCount`.
  ///   - rgb: `width · height · 3` samples.
  public func writeRGB(_ bytes: UnsafeBufferPointer<UInt8>, into rgb: UnsafeMutableBufferPointer<UInt8>) {
    precondition(bytes.count >= byteCount && rgb.count == 3 * width * height)
    // 2^16 · (1, 1.402, 0.344136, 0.714136, 1.772), those of the narrow range times 255/219 and 255/224.
    let factors =
      isFullRange
      ? (y: 65_536, redOfRed: 91_881, greenOfBlue: 22_554, greenOfRed: 46_802, blueOfBlue: 116_130)
      : (y: 76_309, redOfRed: 104_597, greenOfBlue: 25_675, greenOfRed: 53_279, blueOfBlue: 132_201)
    let offset = isFullRange ? 0 : 16
    for y in 0..<height {
      var pixel = 3 * y * width
      for pair in stride(from: y * bytesPerRow, to: y * bytesPerRow + 2 * width, by: 4) {
        let (blueness, redness) = (Int(bytes[pair + 1]) - 128, Int(bytes[pair + 3]) - 128)
        for place in stride(from: pair, through: pair + 2, by: 2) {
          let brightness = factors.y * (Int(bytes[place]) - offset)
          rgb[pixel] = YUYV.rounded(brightness + factors.redOfRed * redness)
          rgb[pixel + 1] = YUYV.rounded(
            brightness - factors.greenOfBlue * blueness - factors.greenOfRed * redness)
          rgb[pixel + 2] = YUYV.rounded(brightness + factors.blueOfBlue * blueness)
          pixel += 3
        }
      }
    }
  }

  private static func rounded(_ value: Int) -> UInt8 { UInt8(clamping: (value + 32_768) >> 16) }
}
