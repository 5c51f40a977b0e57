import EdgeTensor

/// Makes a model's input from JPEG files, or from pixels: decode, crop, resize, turn upright, quantize.
///
///     let input = try ImageInput(preprocessing, tensor: model.inputs[0])
///     try input.load(jpegBytes)
///     input.writeTensor(into: interpreterInput)
///
/// One picture at a time; use one `ImageInput` for each thread. Its memory depends on the largest *width* met and on the
/// tensor, is reused, and never holds a picture whole. libjpeg's own, within `ImageLimits`, is freed after each.
///
/// A picture is decoded at the smallest DCT scale of 1/8, 1/4, 1/2 and 1 that still has two for each pixel of the tensor,
/// in each direction.
/// The rest is written down where it happens: crop and orientation in `Geometry`, resizing in `ResizeWeights` and `RowResizer`,
/// quantization in `PixelEncoder`, CMYK and gray in `JPEGDecoder`. All of it is integer arithmetic up to the tensor.
public final class ImageInput {
  /// What the last loaded file was; nil if it was refused, or no file.
  public private(set) var header: JPEGHeader?
  /// The scale it was decoded at, in eighths.
  public private(set) var eighths = 8
  /// Things wrong with it that leave its pixels alone.
  public private(set) var warningCount = 0

  /// Decode every picture at full size, which takes longer and gives nearly the same pixels: to find out how nearly.
  public var decodesFullSize = false

  private let preprocessing: Preprocessing
  private let encoder: PixelEncoder
  private let pixelCount: Int
  private let bars: [UInt8]
  private let limits: ImageLimits
  private var decoder: JPEGDecoder
  private var resizer = RowResizer()
  private var row = Scratch<UInt8>()
  private var plane = Scratch<UInt8>()

  /// - Parameter tensor: the model's input; see `PixelEncoder`.
  /// - Throws: `.unsuitableInput`.
  public init(
    _ preprocessing: Preprocessing, tensor: TensorType, limits: ImageLimits = ImageLimits()
  ) throws(ImageError) {
    encoder = try PixelEncoder(preprocessing, tensor: tensor)
    guard preprocessing.cropFraction > 0, preprocessing.cropFraction <= 1 else {
      throw .unsuitableInput(tensor, reason: "the crop fraction must be above 0 and at most 1")
    }
    self.preprocessing = preprocessing
    pixelCount = encoder.width * encoder.height
    bars = preprocessing.mean.map { UInt8(clamping: roundedAwayFromZero(Double($0))) }
    self.limits = limits
    decoder = JPEGDecoder(limits: limits)
    plane.reserve(pixelCount * encoder.channelCount)
    plane.elements.update(repeating: 0, count: pixelCount * encoder.channelCount)
  }

  /// Of the tensor, in pixels.
  public var width: Int { encoder.width }
  /// Likewise.
  public var height: Int { encoder.height }

  /// Bytes held between pictures.
  public var poolByteCount: Int { row.byteCount + plane.byteCount + resizer.byteCount }

  /// Decodes one JPEG file into `pixels`.
  /// - Throws: any `ImageError` but `.unsuitableInput`; `pixels` are then undefined, and the next picture may be loaded.
  public func load(_ jpeg: UnsafeRawBufferPointer) throws(ImageError) {
    header = nil
    defer { decoder.close() }
    let header = try decoder.open(jpeg)
    var geometry = Geometry(
      width: header.width, height: header.height, orientation: header.orientation, crop: preprocessing.crop,
      cropFraction: preprocessing.cropFraction, outputWidth: encoder.width, outputHeight: encoder.height)
    if decodesFullSize { geometry.eighths = 8 }
    let wantsGray = preprocessing.color == .gray
    try decoder.start(eighths: geometry.eighths, luminanceOnly: wantsGray)
    let expectedWidth = geometry.columns.decodedExtent(eighths: geometry.eighths)
    let expectedHeight = geometry.rows.decodedExtent(eighths: geometry.eighths)
    guard decoder.width == expectedWidth, decoder.height == expectedHeight else {
      throw .unsupported(.other("this libjpeg does not scale it"))
    }

    let channels = wantsGray ? 1 : decoder.samples.count
    row.reserve(decoder.rowByteCount)
    begin(geometry, channels: channels)
    // Rows below the crop are decoded too, so that damage is found wherever it is.
    for _ in 0..<decoder.height {
      try decoder.readRow(into: row.elements)
      if wantsGray, decoder.samples == .rgb { convertToGray(row.elements, width: decoder.width) }
      resizer.push(row.elements) { y, sums in store(sums, y: y, channels: channels, geometry: geometry) }
    }
    self.header = header
    eighths = geometry.eighths
    warningCount = decoder.warningCount
  }

  /// Decodes one JPEG file into `pixels`; see the first `load`.
  public func load(_ jpeg: RawSpan) throws(ImageError) {
    let result: Result<Void, ImageError> = jpeg.withUnsafeBytes { bytes in
      do throws(ImageError) { return .success(try load(bytes)) } catch { return .failure(error) }
    }
    try result.get()
  }

  /// Decodes one JPEG file into `pixels`; see the first `load`.
  public func load(_ jpeg: [UInt8]) throws(ImageError) { try load(jpeg.span.bytes) }

  /// Takes a picture that is already decoded, upright: everything is as for a JPEG file but its scale, which is 1.
  /// - Parameters:
  ///   - pixels: `height · width · channelCount` samples, interleaved.
  ///   - channelCount: 1 for gray, 3 for RGB.
  /// - Throws: `.noPixels`, `.tooLarge`.
  public func load(
    pixels: UnsafeBufferPointer<UInt8>, width: Int, height: Int, channelCount: Int
  ) throws(ImageError) {
    header = nil
    guard width > 0, height > 0 else { throw .noPixels(width: width, height: height) }
    let (side, maximum) = (ImageLimits.maximumSide, limits.maximumPixels)
    guard width <= side, height <= side, width * height <= maximum else {
      throw .tooLarge(width: width, height: height, maximumPixels: maximum)
    }
    precondition(channelCount == 1 || channelCount == 3, "a pixel has 1 sample or 3")
    precondition(pixels.count == width * height * channelCount, "the pixels are not those of the picture's size")
    var geometry = Geometry(
      width: width, height: height, orientation: .up, crop: preprocessing.crop,
      cropFraction: preprocessing.cropFraction, outputWidth: encoder.width, outputHeight: encoder.height)
    geometry.eighths = 8
    let channels = preprocessing.color == .gray ? 1 : channelCount
    row.reserve(width * channelCount)
    begin(geometry, channels: channels)
    for y in 0..<height {
      row.elements.update(from: pixels.baseAddress! + y * width * channelCount, count: width * channelCount)
      if channels < channelCount { convertToGray(row.elements, width: width) }
      resizer.push(row.elements) { y, sums in store(sums, y: y, channels: channels, geometry: geometry) }
    }
    eighths = 8
    warningCount = 0
  }

  /// The loaded picture, upright: `[height, width, channels]` of the tensor, interleaved, in its channel order.
  /// Valid until the next `load`.
  public var pixels: UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: plane.elements, count: pixelCount * encoder.channelCount)
  }

  /// Writes the loaded picture as the model's input.
  /// - Parameter tensor: `TensorType.byteCount` bytes, aligned to the elements.
  public func writeTensor(into tensor: UnsafeMutableRawBufferPointer) {
    encoder.encode(pixels, into: tensor)
  }

  private func begin(_ geometry: Geometry, channels: Int) {
    resizer.begin(geometry, channels: channels)
    if geometry.hasBars { fillBars() }
  }

  /// Rounds one output row and puts its pixels where orientation and bars want them.
  private func store(_ sums: UnsafePointer<Int32>, y: Int, channels: Int, geometry: Geometry) {
    let outputChannels = encoder.channelCount
    let step = geometry.columns.outputStep * outputChannels
    var pixel = plane.elements + (geometry.origin + y * geometry.rows.outputStep) * outputChannels
    var sum = sums
    let (first, second, third) = channels == 1 ? (0, 0, 0) : preprocessing.color == .bgr ? (2, 1, 0) : (0, 1, 2)
    for _ in 0..<geometry.columns.outputCount {
      pixel[0] = UInt8(truncatingIfNeeded: sum[first] >> 21)
      if outputChannels == 3 {
        pixel[1] = UInt8(truncatingIfNeeded: sum[second] >> 21)
        pixel[2] = UInt8(truncatingIfNeeded: sum[third] >> 21)
      }
      sum += channels
      pixel += step
    }
  }

  /// Mean colour everywhere.
  private func fillBars() {
    for pixel in 0..<pixelCount {
      for channel in 0..<encoder.channelCount { plane[pixel * encoder.channelCount + channel] = bars[channel] }
    }
  }
}
