/// Writes small baseline JPEG files: RGB, chroma at half size, the tables that the standard gives as examples.
///
/// libjpeg could, but its encoder would make the static program 85 KB larger. This one is for thumbnails: simple rather than fast.
/// - SeeAlso: ITU-T T.81, annexes A (transform), F (Huffman coding) and K (tables); JFIF 1.02 for the colours.
public struct JPEGEncoder {
  private var bytes: [UInt8] = []
  /// Bits that fill no byte yet, the first in the highest place, and how many.
  private var (bits, bitCount): (UInt32, Int) = (0, 0)
  private let luminanceSteps: [Int32]
  private let chrominanceSteps: [Int32]
  private let codes: [HuffmanCodes]

  /// - Parameter quality: 1...100, which scales the steps as libjpeg does.
  public init(quality: Int = 75) {
    precondition((1...100).contains(quality), "quality outside 1...100")
    let percent = quality < 50 ? 5000 / quality : 200 - 2 * quality
    func scaled(_ steps: [UInt8]) -> [Int32] { steps.map { Int32(min(max((Int($0) * percent + 50) / 100, 1), 255)) } }
    luminanceSteps = scaled(StandardTables.luminanceSteps)
    chrominanceSteps = scaled(StandardTables.chrominanceSteps)
    codes = [
      HuffmanCodes(StandardTables.luminanceDC), HuffmanCodes(StandardTables.luminanceAC),
      HuffmanCodes(StandardTables.chrominanceDC), HuffmanCodes(StandardTables.chrominanceAC),
    ]
  }

  /// - Parameters:
  ///   - pixels: `height · width · 3` samples, interleaved RGB, sRGB's primaries.
  ///   - width, height: 1...65,535.
  /// - Returns: a file, for any number of which an encoder can be used.
  public mutating func encode(_ pixels: UnsafeBufferPointer<UInt8>, width: Int, height: Int) -> [UInt8] {
    precondition((1...65_535).contains(width) && (1...65_535).contains(height), "no size of a JPEG file")
    precondition(pixels.count == 3 * width * height, "the pixels are not those of the picture's size")
    bytes = []
    (bits, bitCount) = (0, 0)
    writeHeader(width: width, height: height)
    var previous: (y: Int32, cb: Int32, cr: Int32) = (0, 0, 0)
    var block = [Int32](repeating: 0, count: 64)
    // Units of 16 x 16 pixels: four blocks of luminance, one of each chrominance. Pixels beyond an edge repeat it.
    for top in stride(from: 0, to: height, by: 16) {
      for left in stride(from: 0, to: width, by: 16) {
        for (x, y) in [(0, 0), (8, 0), (0, 8), (8, 8)] {
          for index in 0..<64 {
            block[index] = JPEGEncoder.luminance(
              pixels, min(left + x + index % 8, width - 1), min(top + y + index / 8, height - 1), width)
          }
          code(&block, luminanceSteps, previous: &previous.y, table: 0)
        }
        for isRed in [false, true] {
          for index in 0..<64 {
            var sum: Int32 = 0
            for corner in 0..<4 {
              let x = min(left + index % 8 * 2 + corner % 2, width - 1)
              let y = min(top + index / 8 * 2 + corner / 2, height - 1)
              sum += JPEGEncoder.chrominance(pixels, x, y, width, isRed: isRed)
            }
            block[index] = (sum + 2) >> 2
          }
          if isRed {
            code(&block, chrominanceSteps, previous: &previous.cr, table: 2)
          } else {
            code(&block, chrominanceSteps, previous: &previous.cb, table: 2)
          }
        }
      }
    }
    // The rest of the last byte is ones.
    put(0x7F, count: 7)
    bytes += [0xFF, Marker.endOfImage]
    defer { bytes = [] }
    return bytes
  }

  private mutating func writeHeader(width: Int, height: Int) {
    func segment(_ marker: UInt8, _ payload: [UInt8]) -> [UInt8] {
      [0xFF, marker, UInt8((payload.count + 2) >> 8), UInt8((payload.count + 2) & 255)] + payload
    }
    func steps(_ steps: [Int32]) -> [UInt8] { StandardTables.zigzag.map { UInt8(steps[Int($0)]) } }
    func size(_ extent: Int) -> [UInt8] { [UInt8(extent >> 8), UInt8(extent & 255)] }
    bytes = [0xFF, Marker.startOfImage]
    bytes += segment(0xE0, Array("JFIF\0".utf8) + [1, 1, 0, 0, 1, 0, 1, 0, 0])
    bytes += segment(0xDB, [0] + steps(luminanceSteps) + [1] + steps(chrominanceSteps))
    bytes += segment(0xC0, [8] + size(height) + size(width) + [3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1])
    for (index, id) in [UInt8(0x00), 0x10, 0x01, 0x11].enumerated() {
      bytes += segment(0xC4, [id] + codes[index].specification)
    }
    bytes += segment(Marker.startOfScan, [3, 1, 0x00, 2, 0x11, 3, 0x11, 0, 63, 0])
  }

  /// Y of JFIF, less 128.
  private static func luminance(_ pixels: UnsafeBufferPointer<UInt8>, _ x: Int, _ y: Int, _ width: Int) -> Int32 {
    let pixel = 3 * (y * width + x)
    let (red, green, blue) = (Int32(pixels[pixel]), Int32(pixels[pixel + 1]), Int32(pixels[pixel + 2]))
    return (19_595 * red + 38_470 * green + 7_471 * blue + 1 << 15) >> 16 - 128
  }

  /// Cb or Cr of JFIF, less 128.
  private static func chrominance(
    _ pixels: UnsafeBufferPointer<UInt8>, _ x: Int, _ y: Int, _ width: Int, isRed: Bool
  ) -> Int32 {
    let pixel = 3 * (y * width + x)
    let (red, green, blue) = (Int32(pixels[pixel]), Int32(pixels[pixel + 1]), Int32(pixels[pixel + 2]))
    let sum =
      isRed ? 32_768 * red - 27_439 * green - 5_329 * blue : 32_768 * blue - 11_059 * red - 21_709 * green
    // One less than half, so that the largest is 127.
    return (sum + (1 << 15) - 1) >> 16
  }

  /// Transforms, quantizes and writes a block.
  private mutating func code(_ block: inout [Int32], _ steps: [Int32], previous: inout Int32, table: Int) {
    JPEGEncoder.transform(&block)
    // 2^3 times the standard's coefficients.
    func quantized(_ index: Int) -> Int32 {
      let (value, step) = (block[index], 8 * steps[index])
      return (abs(value) + step / 2) / step * (value < 0 ? -1 : 1)
    }
    let first = quantized(0)
    put(difference: first - previous, codes[table], zeros: 0)
    previous = first
    var zeros = 0
    for index in StandardTables.zigzag.dropFirst() {
      let value = quantized(Int(index))
      guard value != 0 else {
        zeros += 1
        continue
      }
      while zeros > 15 {
        put(codes[table + 1], symbol: 0xF0)
        zeros -= 16
      }
      put(difference: value, codes[table + 1], zeros: zeros)
      zeros = 0
    }
    if zeros > 0 { put(codes[table + 1], symbol: 0) }
  }

  /// A number as the count of its bits, with the zeros before it, and those bits (T.81, F.1.2).
  private mutating func put(difference value: Int32, _ codes: HuffmanCodes, zeros: Int) {
    let count = 32 - abs(value).leadingZeroBitCount
    put(codes, symbol: zeros << 4 | count)
    put(UInt32(truncatingIfNeeded: value < 0 ? value - 1 : value), count: count)
  }

  private mutating func put(_ codes: HuffmanCodes, symbol: Int) {
    put(UInt32(codes.codes[symbol]), count: Int(codes.lengths[symbol]))
  }

  /// The lowest `count` bits, at most 16.
  private mutating func put(_ value: UInt32, count: Int) {
    bits = bits << UInt32(count) | value & ((1 << UInt32(count)) - 1)
    bitCount += count
    while bitCount >= 8 {
      bitCount -= 8
      let byte = UInt8(truncatingIfNeeded: bits >> UInt32(bitCount))
      bytes.append(byte)
      if byte == 0xFF { bytes.append(0) }
    }
  }

  /// The DCT of an 8 x 8 block, in place: `8 · F(u, v)` of T.81, A.3.3, within 1.
  private static func transform(_ block: inout [Int32]) {
    var rows = [Int32](repeating: 0, count: 64)
    for y in 0..<8 {
      for u in 0..<8 {
        var sum: Int32 = 1 << 9
        for x in 0..<8 { sum += block[8 * y + x] * StandardTables.cosines[8 * u + x] }
        rows[8 * y + u] = sum >> 10
      }
    }
    for u in 0..<8 {
      for v in 0..<8 {
        var sum: Int32 = 1 << 12
        for y in 0..<8 { sum += rows[8 * y + u] * StandardTables.cosines[8 * v + y] }
        block[8 * v + u] = sum >> 13
      }
    }
  }
}
