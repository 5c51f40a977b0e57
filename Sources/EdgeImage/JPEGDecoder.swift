import CEdgeJPEG

/// Decodes JPEG files row by row, one after the other.
///
/// The pixels of a file depend on its bytes, the scale and the colours asked for, and on nothing else: not on the CPU, nor on
/// what was decoded before. A picture that is damaged anywhere is refused, even where libjpeg would guess on.
public struct JPEGDecoder: ~Copyable {
  /// What a decoded pixel consists of.
  public enum Samples: Sendable {
    case gray
    case rgb

    /// Bytes of a pixel.
    public var count: Int { self == .gray ? 1 : 3 }
  }

  /// Decoded picture, before orientation.
  public private(set) var width = 0
  /// As `width`, in pixels at the scale asked for.
  public private(set) var height = 0
  /// What `readRow` gives.
  public private(set) var samples = Samples.rgb

  private let limits: ImageLimits
  private let handle: OpaquePointer
  private var stored = EJ_GRAY

  /// - Parameter limits: pictures beyond them are refused by `open`, `start` or `readRow`.
  public init(limits: ImageLimits = ImageLimits()) {
    guard let handle = ej_create() else { fatalError("out of memory") }
    self.handle = handle
    self.limits = limits
  }

  deinit { ej_destroy(handle) }

  /// Things wrong with the file that leave its pixels alone, such as stray bytes between segments.
  public var warningCount: Int { Int(ej_warning_count(handle)) }

  /// Bytes that a caller of `readRow` has to provide: a CMYK row before it becomes RGB is the longest.
  public var rowByteCount: Int { width * (stored == EJ_CMYK || stored == EJ_CMYK_INVERTED ? 4 : samples.count) }

  /// Reads the header. Nothing of the picture's size is allocated.
  /// - Parameter bytes: must stay valid and unchanged until the next `open` or `close`.
  public mutating func open(_ bytes: UnsafeRawBufferPointer) throws(ImageError) -> JPEGHeader {
    close()
    let header = try JPEGHeader(bytes)
    let (side, pixels) = (ImageLimits.maximumSide, limits.maximumPixels)
    guard header.width <= side, header.height <= side, header.width * header.height <= pixels else {
      throw .tooLarge(width: header.width, height: header.height, maximumPixels: pixels)
    }
    var found = ej_header()
    try check(
      ej_open(
        handle, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count, limits.maximumDecoderBytes,
        UInt32(clamping: limits.maximumScans), &found))
    guard found.width == header.width, found.height == header.height, found.components == header.componentCount else {
      throw .damaged(detail: "two frame headers")
    }
    guard found.coefficient_bytes <= limits.maximumDecoderBytes else {
      throw .outOfMemory(maximum: limits.maximumDecoderBytes)
    }
    return header
  }

  /// Begins decoding at `eighths`/8 of the stored size, rounded up.
  /// - Parameters:
  ///   - eighths: 1...8.
  ///   - luminanceOnly: take the Y channel where the file has one. Others then still come as `.rgb`.
  public mutating func start(eighths: Int, luminanceOnly: Bool) throws(ImageError) {
    precondition((1...8).contains(eighths), "scale outside 1/8...8/8")
    var output = ej_output()
    try check(ej_start(handle, UInt32(eighths), luminanceOnly ? 1 : 0, &output))
    (width, height, stored) = (Int(output.width), Int(output.height), output.samples)
    samples = stored == EJ_GRAY ? .gray : .rgb
  }

  /// Decodes the next row.
  /// - Parameter row: `rowByteCount` bytes; `width · samples.count` of them are the pixels afterwards.
  public mutating func readRow(into row: UnsafeMutablePointer<UInt8>) throws(ImageError) {
    try check(ej_read_row(handle, row))
    if stored == EJ_CMYK || stored == EJ_CMYK_INVERTED {
      convertCMYK(row, width: width, isInverted: stored == EJ_CMYK_INVERTED)
    }
  }

  /// Frees what the picture took. The next `open` does so, too.
  public mutating func close() {
    ej_close(handle)
    (width, height) = (0, 0)
  }

  private func check(_ status: ej_status) throws(ImageError) {
    switch status {
    case EJ_OK: return
    case EJ_TRUNCATED: throw .truncated(decodedRows: Int(ej_row_count(handle)), rows: height)
    case EJ_UNSUPPORTED: throw .unsupported(.other(message))
    case EJ_MEMORY: throw .outOfMemory(maximum: limits.maximumDecoderBytes)
    case EJ_SCANS: throw .tooManyScans(maximum: limits.maximumScans)
    default: throw .damaged(detail: message)
    }
  }

  private var message: String { String(cString: ej_message(handle)) }
}

/// CMYK to RGB in place, without colour management: with c and k the light that ink lets through (255 − ink),
/// `R = c · k / 255` rounded to nearest, and likewise G from m and B from y.
///
/// Adobe's programs store c, m, y and k themselves, and an Adobe marker says so; other files store the amounts of ink.
func convertCMYK(_ row: UnsafeMutablePointer<UInt8>, width: Int, isInverted: Bool) {
  let flip: UInt8 = isInverted ? 0 : 255
  for pixel in 0..<width {
    let ink = row + 4 * pixel
    let black = UInt32(ink[3] ^ flip)
    func light(_ channel: Int) -> UInt8 { UInt8((UInt32(ink[channel] ^ flip) * black + 127) / 255) }
    let (red, green, blue) = (light(0), light(1), light(2))
    row[3 * pixel] = red
    row[3 * pixel + 1] = green
    row[3 * pixel + 2] = blue
  }
}

/// RGB to gray in place: `(19595 R + 38470 G + 7471 B + 2^15) >> 16`, the Y of ITU-R BT.601 as JPEG files use it.
func convertToGray(_ row: UnsafeMutablePointer<UInt8>, width: Int) {
  for pixel in 0..<width {
    let color = row + 3 * pixel
    let luminance = 19595 * UInt32(color[0]) + 38470 * UInt32(color[1]) + 7471 * UInt32(color[2]) + (1 << 15)
    row[pixel] = UInt8(luminance >> 16)
  }
}
