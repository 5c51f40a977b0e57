import EdgeTensor

/// Which part of a picture goes where in the tensor, in whole numbers.
///
/// Crop and orientation are expressed along the *stored* axes. Rows can then be cropped, resized and turned as they leave
/// the decoder, and no picture is ever held whole.
struct Geometry {
  /// One stored axis.
  struct Axis {
    /// Stored extent, and the part of it that is used, in full-resolution pixels: `start ≥ 0`, `length ≥ 1`,
    /// `start + length ≤ extent`.
    var extent: Int
    var start: Int
    var length: Int
    /// Pixels that part becomes, at least 1.
    var outputCount: Int
    /// From one of them to the next, in pixels of the tensor's plane (`[height, width]`, row-major); negative where the
    /// orientation reverses the axis.
    var outputStep: Int
  }

  /// Along a stored row.
  let columns: Axis
  /// From stored row to stored row.
  let rows: Axis
  /// Index in the tensor's plane of the pixel that comes from the first output column and row.
  let origin: Int
  /// The picture is decoded at `eighths`/8 of its size: the smallest of `scales` that has `pixelsWanted` for each output
  /// pixel.
  var eighths: Int
  /// Some pixels of the tensor show nothing of the picture.
  let hasBars: Bool

  /// - Parameters:
  ///   - width, height: of the stored picture, at least 1.
  ///   - outputWidth, outputHeight: of the tensor, at least 1.
  init(
    width: Int, height: Int, orientation: Orientation, crop: Preprocessing.Crop, cropFraction: Float,
    outputWidth: Int, outputHeight: Int
  ) {
    let (uprightWidth, uprightHeight) = orientation.swapsAxes ? (height, width) : (width, height)
    var across = Axis(extent: uprightWidth, start: 0, length: uprightWidth, outputCount: outputWidth, outputStep: 1)
    var down = Axis(
      extent: uprightHeight, start: 0, length: uprightHeight, outputCount: outputHeight, outputStep: outputWidth)
    var origin = 0

    switch crop {
    case .stretch: break
    case .center:
      if uprightWidth * outputHeight >= uprightHeight * outputWidth {
        across.length = roundedQuotient(uprightHeight * outputWidth, outputHeight)
      } else {
        down.length = roundedQuotient(uprightWidth * outputHeight, outputWidth)
      }
      across.cropCentre(to: cropFraction)
      down.cropCentre(to: cropFraction)
    case .letterbox:
      if uprightWidth * outputHeight >= uprightHeight * outputWidth {
        down.outputCount = max(1, roundedQuotient(uprightHeight * outputWidth, uprightWidth))
      } else {
        across.outputCount = max(1, roundedQuotient(uprightWidth * outputHeight, uprightHeight))
      }
      origin = (outputHeight - down.outputCount) / 2 * outputWidth + (outputWidth - across.outputCount) / 2
    }
    hasBars = across.outputCount < outputWidth || down.outputCount < outputHeight

    var (columns, rows) = orientation.swapsAxes ? (down, across) : (across, down)
    if orientation.reversesColumns { origin += columns.reverse() }
    if orientation.reversesRows { origin += rows.reverse() }
    self.columns = columns
    self.rows = rows
    self.origin = origin
    let needed = max(columns.eighthsNeeded, rows.eighthsNeeded)
    eighths = Geometry.scales.first { $0 >= needed } ?? 8
  }

  /// libjpeg-turbo has vector code for these. The others cost more than the next of these, which also leaves more of the
  /// reducing to the resize rule: a 1920 x 1080 4:2:0 picture decodes in 1.9, 2.2, 3.1, 2.5, 5.1, 6.1, 7.7 and 3.4 ms at
  /// 1/8 to 8/8 (libjpeg-turbo 2.1.5, AVX2).
  static let scales = [1, 2, 4, 8]

  /// Decoded pixels for each output pixel, in each direction. With one, the DCT does most of the reducing, and does it otherwise than the
  /// resize rule: of 104 photographs and enlargements 2 to 12 got another best class than after full decoding, by up to 56 counts. With two
  /// it is none of MobileNetV2's (`make check-dct-scale`).
  static let pixelsWanted = 2
}

extension Geometry.Axis {
  /// Keeps `fraction` of the part in use, in the middle of the axis; an odd pixel is left over at the end.
  fileprivate mutating func cropCentre(to fraction: Float) {
    let wanted = Int(Double(length) * Double(fraction) + 0.5)
    length = min(max(wanted, 1), extent)
    start = (extent - length) / 2
  }

  /// Lets the axis run the other way.
  /// - Returns: what moves the origin to the pixel that was last.
  fileprivate mutating func reverse() -> Int {
    start = extent - start - length
    let shift = (outputCount - 1) * outputStep
    outputStep = -outputStep
    return shift
  }

  /// The least n with `length · n / 8 ≥ pixelsWanted · outputCount`; above 8 where the picture is too small.
  fileprivate var eighthsNeeded: Int { (8 * Geometry.pixelsWanted * outputCount + length - 1) / length }

  /// Pixels of the axis after decoding at `eighths`/8.
  func decodedExtent(eighths: Int) -> Int { (extent * eighths + 7) / 8 }
}

/// `numerator / denominator`, rounded to nearest, ties up. Both are at least 0 and below 2^40, the denominator above 0.
private func roundedQuotient(_ numerator: Int, _ denominator: Int) -> Int {
  (2 * numerator + denominator) / (2 * denominator)
}
