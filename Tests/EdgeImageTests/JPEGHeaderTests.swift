import Testing

@testable import EdgeImage

/// SOI, the given segments (marker, payload), and the start of a scan.
private func file(_ segments: [(UInt8, [UInt8])]) -> [UInt8] {
  var bytes: [UInt8] = [0xFF, 0xD8]
  for (marker, payload) in segments + [(0xDA, [0])] {
    bytes += [0xFF, marker, UInt8((payload.count + 2) >> 8), UInt8((payload.count + 2) & 255)] + payload
  }
  return bytes
}

private func frame(_ marker: UInt8 = 0xC0, bits: UInt8 = 8, width: Int = 300, height: Int = 7, components: UInt8 = 3)
  -> (UInt8, [UInt8])
{
  let extents = [UInt8(height >> 8), UInt8(height & 255), UInt8(width >> 8), UInt8(width & 255)]
  return (marker, [bits] + extents + [components] + [UInt8](repeating: 0x11, count: 3 * Int(components)))
}

private func app1(_ tiff: [UInt8]) -> (UInt8, [UInt8]) { (0xE1, Array("Exif\0\0".utf8) + tiff) }

@Suite("JPEG header")
struct JPEGHeaderTests {
  @Test("All 8 orientations are read in both byte orders", arguments: 1...8)
  func orientations(value: Int) throws {
    let found = try header(Fixture.bytes("orientation\(value).jpg"))
    #expect(found.orientation == Orientation(rawValue: UInt8(value)))
    #expect(found.width == 44 && found.height == 28 && found.componentCount == 3)

    let little: [UInt8] = Array("II*\0".utf8) + [8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, UInt8(value), 0, 0, 0]
    let big: [UInt8] = Array("MM\0*".utf8) + [0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, UInt8(value), 0, 0]
    let long: [UInt8] = Array("MM\0*".utf8) + [0, 0, 0, 8, 0, 1, 1, 0x12, 0, 4, 0, 0, 0, 1, 0, 0, 0, UInt8(value)]
    for tiff in [little, big, long] {
      #expect(try header(file([app1(tiff), frame()])).orientation.rawValue == UInt8(value))
    }
  }

  @Test("Every cut of an EXIF segment, and every wrong byte in it, leaves the picture readable")
  func damagedEXIF() throws {
    let tiff: [UInt8] = Array("MM\0*".utf8) + [0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0]
    for count in 0..<tiff.count - 2 {
      #expect(try header(file([app1(Array(tiff[0..<count])), frame()])).orientation == .up)
    }
    for index in tiff.indices {
      for value: UInt8 in [0, 9, 0x7F, 0x80, 0xFF] {
        var wrong = tiff
        wrong[index] = value
        #expect(try header(file([app1(wrong), frame()])).width == 300)
      }
    }
  }

  @Test("The kind of frame is told")
  func frames() throws {
    let baseline = try header(file([frame(), (0xFE, [1, 2, 3])]))
    #expect(!baseline.isProgressive && !baseline.isArithmeticCoded && baseline.height == 7)
    #expect(try header(file([frame(0xC2)])).isProgressive)
    let both = try header(file([frame(0xCA)]))
    #expect(both.isProgressive && both.isArithmeticCoded)
  }

  @Test("Frames that are not decoded are refused by name")
  func unsupportedFrames() {
    for marker: UInt8 in [0xC3, 0xCB, 0xF7] {
      guard
        case .unsupported(.lossless) = imageError({ () throws(ImageError) in _ = try header(file([frame(marker)])) })
      else { return #expect(Bool(false), "SOF \(marker)") }
    }
    for marker: UInt8 in [0xC5, 0xC6, 0xC7, 0xCD, 0xCE, 0xCF] {
      guard
        case .unsupported(.hierarchical) = imageError({ () throws(ImageError) in _ = try header(file([frame(marker)])) }
        )
      else { return #expect(Bool(false), "SOF \(marker)") }
    }
    guard
      case .unsupported(.bitsPerSample(12)) = imageError({ () throws(ImageError) in
        _ = try header(file([frame(bits: 12)]))
      })
    else { return #expect(Bool(false), "12 bits") }
    guard
      case .unsupported(.components(2)) = imageError({ () throws(ImageError) in
        _ = try header(file([frame(components: 2)]))
      })
    else { return #expect(Bool(false), "2 components") }
  }

  @Test("Pictures without pixels, frames twice or not at all are refused")
  func impossibleFrames() {
    for (width, height) in [(0, 7), (300, 0), (0, 0)] {
      guard
        case .noPixels(width, height) = imageError({ () throws(ImageError) in
          _ = try header(file([frame(width: width, height: height)]))
        })
      else { return #expect(Bool(false), "\(width)x\(height)") }
    }
    for segments in [[], [frame(), frame()], [(0xC0, [8, 0, 1])]] {
      guard case .damaged = imageError({ () throws(ImageError) in _ = try header(file(segments)) }) else {
        return #expect(Bool(false), "\(segments)")
      }
    }
  }

  @Test(
    "Files of other kinds are named",
    arguments: [
      (Array("\u{89}PNG\r\n".unicodeScalars.map { UInt8($0.value) }), FileKind.png), (Array("GIF89a".utf8), .gif),
      (Array("RIFF\0\0\0\0WEBPVP8 ".utf8), .webp), (Array("BM6".utf8), .bmp), (Array("II*\0".utf8), .tiff),
      (Array("\0\0\0 ftypheic".utf8), .heif), ([0xFF, 0x0A], .jpegXL), (Array("%PDF-1.4".utf8), .pdf),
      (Array("hello".utf8), .unknown), ([0], .unknown),
    ])
  func otherFiles(bytes: [UInt8], kind: FileKind) {
    guard case .notJPEG(kind) = imageError({ () throws(ImageError) in _ = try header(bytes) }) else {
      return #expect(Bool(false), "\(kind)")
    }
  }

  @Test("Every cut of a header is empty or truncated")
  func truncations() throws {
    let bytes = file([frame(), (0xDB, [1, 2, 3])])
    guard case .empty = imageError({ () throws(ImageError) in _ = try header([]) }) else {
      return #expect(Bool(false), "empty")
    }
    for count in 1..<bytes.count {
      guard
        case .truncated(decodedRows: 0, rows: 0) = imageError({ () throws(ImageError) in
          _ = try header(Array(bytes[0..<count]))
        })
      else { return #expect(Bool(false), "\(count) bytes") }
    }
    #expect(try header(bytes).width == 300)
  }
}
