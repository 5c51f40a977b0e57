/// What a JPEG file says about itself before its first scan, read without libjpeg and without allocating.
public struct JPEGHeader: Sendable {
  /// As stored, before the orientation is applied; 1...65,535.
  public let width: Int
  /// As stored; 1...65,535.
  public let height: Int
  /// 1, 3 or 4.
  public let componentCount: Int
  /// In several scans: takes more memory to decode.
  public let isProgressive: Bool
  /// Not every libjpeg decodes it.
  public let isArithmeticCoded: Bool
  /// `.up` where no EXIF segment says otherwise.
  public let orientation: Orientation

  /// Walks the segments from the start of the file to the first scan.
  /// - Throws: `.empty`, `.notJPEG`, `.truncated`, `.damaged`, `.unsupported` or `.noPixels`.
  public init(_ bytes: UnsafeRawBufferPointer) throws(ImageError) {
    let file = ByteReader(bytes: bytes)
    guard file.count > 0 else { throw .empty }
    guard file.byte(0) == 0xFF, file.count == 1 || file.byte(1) == Marker.startOfImage else {
      throw .notJPEG(found: FileKind(file))
    }
    var frame: Frame?
    var orientation: Orientation?
    var walk = SegmentWalk(file: file)
    while true {
      let segment = try walk.next()
      switch segment.marker {
      case Marker.startOfScan:
        guard let frame else { throw .damaged(detail: "a scan without a frame header") }
        (width, height, componentCount) = (frame.width, frame.height, frame.componentCount)
        (isProgressive, isArithmeticCoded) = (frame.isProgressive, frame.isArithmeticCoded)
        self.orientation = orientation ?? .up
        return
      case Marker.endOfImage: throw .damaged(detail: "no picture between start and end marker")
      case Marker.app1 where orientation == nil: orientation = EXIF.orientation(inAPP1: segment.payload)
      case let marker where Marker.isFrame(marker):
        guard frame == nil else { throw .damaged(detail: "two frame headers") }
        frame = try Frame(segment)
      default: break
      }
    }
  }
}

/// Marker codes of ITU-T T.81, table B.1: the byte that follows FF.
enum Marker {
  static let startOfImage: UInt8 = 0xD8
  static let endOfImage: UInt8 = 0xD9
  static let startOfScan: UInt8 = 0xDA
  static let app1: UInt8 = 0xE1
  /// Frame header of JPEG-LS (ITU-T T.87).
  static let losslessFrame: UInt8 = 0xF7

  /// C0...CF start a frame, save for DHT, JPG and DAC.
  static func isFrame(_ marker: UInt8) -> Bool {
    marker == losslessFrame || (0xC0...0xCF).contains(marker) && marker != 0xC4 && marker != 0xC8 && marker != 0xCC
  }

  /// Markers that no length follows: TEM, RST0...7, SOI and EOI.
  static func standsAlone(_ marker: UInt8) -> Bool { marker == 0x01 || (0xD0...0xD9).contains(marker) }
}

private struct Segment {
  let marker: UInt8
  /// What follows the two bytes of length.
  let payload: ByteReader
}

/// Goes from marker to marker, over stray bytes between segments as libjpeg does.
private struct SegmentWalk {
  let file: ByteReader
  private var position = 2

  init(file: ByteReader) { self.file = file }

  mutating func next() throws(ImageError) -> Segment {
    while let byte = file.byte(position), let marker = file.byte(position + 1) {
      guard byte == 0xFF, marker != 0xFF, marker != 0 else {
        position += 1
        continue
      }
      position += 2
      if marker == Marker.endOfImage { return Segment(marker: marker, payload: file.slice(position..<position)) }
      if Marker.standsAlone(marker) { continue }
      guard let length = file.uint16(position) else { break }
      guard length >= 2 else { throw .damaged(detail: "a segment shorter than its length field") }
      guard length <= file.count - position else { break }
      let payload = file.slice(position + 2..<position + length)
      position += length
      return Segment(marker: marker, payload: payload)
    }
    throw .truncated(decodedRows: 0, rows: 0)
  }
}

/// A frame header (ITU-T T.81, B.2.2) of a kind that is decoded.
private struct Frame {
  let width: Int
  let height: Int
  let componentCount: Int
  let isProgressive: Bool
  let isArithmeticCoded: Bool

  init(_ segment: Segment) throws(ImageError) {
    switch segment.marker {
    case 0xC3, 0xCB, Marker.losslessFrame: throw .unsupported(.lossless)
    case 0xC5...0xC7, 0xCD...0xCF: throw .unsupported(.hierarchical)
    default: break
    }
    let payload = segment.payload
    guard let precision = payload.byte(0), let height = payload.uint16(1), let width = payload.uint16(3),
      let componentCount = payload.byte(5).map({ Int($0) }), payload.count == 6 + 3 * componentCount
    else { throw .damaged(detail: "a frame header of the wrong length") }
    guard precision == 8 else { throw .unsupported(.bitsPerSample(Int(precision))) }
    guard width > 0, height > 0 else { throw .noPixels(width: width, height: height) }
    guard componentCount == 1 || componentCount == 3 || componentCount == 4 else {
      throw .unsupported(.components(componentCount))
    }
    self.width = width
    self.height = height
    self.componentCount = componentCount
    isProgressive = segment.marker == 0xC2 || segment.marker == 0xCA
    isArithmeticCoded = segment.marker >= 0xC9
  }
}

extension FileKind {
  /// Judged by the first bytes.
  init(_ file: ByteReader) {
    self =
      if file.has("PNG", at: 1) {
        .png
      } else if file.has("GIF8", at: 0) {
        .gif
      } else if file.has("RIFF", at: 0), file.has("WEBP", at: 8) {
        .webp
      } else if file.has("BM", at: 0) {
        .bmp
      } else if file.has("II*\0", at: 0) || file.has("MM\0*", at: 0) {
        .tiff
      } else if file.has("ftyp", at: 4) {
        .heif
      } else if file.has("JXL ", at: 4) || file.byte(0) == 0xFF && file.byte(1) == 0x0A {
        .jpegXL
      } else if file.has("jP  ", at: 4) {
        .jpeg2000
      } else if file.has("%PDF", at: 0) {
        .pdf
      } else {
        .unknown
      }
  }
}
