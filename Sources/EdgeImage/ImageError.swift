import EdgeTensor

/// Why bytes did not become a picture, or a picture not a tensor.
public enum ImageError: Error {
  /// No bytes at all.
  case empty
  /// The bytes do not start as a JPEG does.
  case notJPEG(found: FileKind)
  /// The bytes end too early: after `decodedRows` of `rows`; both are 0 if not even the header is complete.
  case truncated(decodedRows: Int, rows: Int)
  /// The bytes contradict the format. `detail` is what the walk over the header or libjpeg found.
  case damaged(detail: String)
  /// A JPEG of a kind that is not decoded.
  case unsupported(JPEGFeature)
  /// Width or height is 0.
  case noPixels(width: Int, height: Int)
  /// More pixels than `ImageLimits.maximumPixels`, or a side above `ImageLimits.maximumSide`.
  case tooLarge(width: Int, height: Int, maximumPixels: Int)
  /// libjpeg would need more than `ImageLimits.maximumDecoderBytes`, or the system has no more.
  case outOfMemory(maximum: Int)
  /// More scans than `ImageLimits.maximumScans`.
  case tooManyScans(maximum: Int)
  /// The model's input cannot take a picture.
  case unsuitableInput(TensorType, reason: StaticString)
}

/// What a file that is not a JPEG starts like.
public enum FileKind: UInt8, Sendable {
  case unknown, png, gif, webp, bmp, tiff, heif, jpegXL, jpeg2000, pdf

  /// For messages; "unknown" included.
  public var name: StaticString {
    switch self {
    case .unknown: "unknown"
    case .png: "PNG"
    case .gif: "GIF"
    case .webp: "WebP"
    case .bmp: "BMP"
    case .tiff: "TIFF"
    case .heif: "HEIF or AVIF"
    case .jpegXL: "JPEG XL"
    case .jpeg2000: "JPEG 2000"
    case .pdf: "PDF"
    }
  }
}

/// Kinds of JPEG that are refused.
public enum JPEGFeature: Sendable {
  /// SOF3, 7, 11, 15 and JPEG-LS.
  case lossless
  /// SOF5, 6, 7, 13, 14, 15: a picture coded as differences from a smaller one.
  case hierarchical
  case bitsPerSample(Int)
  case components(Int)
  /// What libjpeg refused, in its words: arithmetic coding if it was built without.
  case other(String)
}

extension ImageError: CustomStringConvertible {
  /// One line: what was found, and what to do about it.
  public var description: String { text.string }

  private var text: Text {
    switch self {
    case .empty: "the file is empty"
    case .notJPEG(.unknown): "not a JPEG file: it does not start with FF D8"
    case .notJPEG(let kind): "a \(kind.name) file, not a JPEG; convert it to JPEG first"
    case .truncated(_, rows: 0): "the file ends inside the JPEG header; copy it again"
    case .truncated(let decodedRows, let rows):
      "the file ends early: \(decodedRows) of \(rows) rows could be decoded; copy it again"
    case .damaged(let detail): "the picture is damaged (\(detail)); copy it again"
    case .unsupported(let feature):
      "\(feature.description); save it as baseline or progressive JPEG with 8 bits per sample"
    case .noPixels(let width, let height): "the picture is \(width)x\(height): it has no pixels"
    case .tooLarge(let width, let height, let maximum):
      "the picture is \(width)x\(height); at most \(maximum) pixels and \(ImageLimits.maximumSide) a side are allowed"
    case .outOfMemory(let maximum):
      "decoding needs more than the \(maximum) bytes allowed; save it as a baseline JPEG, or smaller"
    case .tooManyScans(let maximum): "the picture has more than \(maximum) scans; save it again as a baseline JPEG"
    case .unsuitableInput(let type, let reason): "the model's input \(type) takes no pictures: \(reason)"
    }
  }
}

extension JPEGFeature: CustomStringConvertible {
  public var description: String { text.string }

  private var text: Text {
    switch self {
    case .lossless: "lossless JPEG is not supported"
    case .hierarchical: "hierarchical JPEG is not supported"
    case .bitsPerSample(let count): "JPEG with \(count) bits per sample is not supported"
    case .components(let count): "JPEG with \(count) components is not supported (1, 3 and 4 are)"
    case .other(let detail): "JPEG not supported: \(detail)"
    }
  }
}
