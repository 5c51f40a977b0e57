/// The one tag of EXIF that changes how a picture is seen.
enum EXIF {
  private static let orientationTag = 0x0112
  private static let shortType = 3
  private static let longType = 4

  /// Finds the orientation in the payload of an APP1 segment (JEITA CP-3451, 4.5 and 4.6): `Exif\0\0`, then a TIFF
  /// header whose byte order the rest follows, then the entries of the first directory.
  /// - Returns: nil if there is none, or it is none of the 8.
  static func orientation(inAPP1 payload: ByteReader) -> Orientation? {
    guard payload.has("Exif\0\0", at: 0) else { return nil }
    let tiff = payload.slice(6..<payload.count)
    let littleEndian = tiff.has("II", at: 0)
    guard littleEndian || tiff.has("MM", at: 0), tiff.uint16(2, littleEndian: littleEndian) == 42,
      let directory = tiff.uint32(4, littleEndian: littleEndian),
      let entryCount = tiff.uint16(directory, littleEndian: littleEndian)
    else { return nil }
    for entry in 0..<entryCount {
      let position = directory + 2 + 12 * entry
      guard let tag = tiff.uint16(position, littleEndian: littleEndian) else { return nil }
      guard tag == orientationTag else { continue }
      let value: Int? =
        switch tiff.uint16(position + 2, littleEndian: littleEndian) {
        case shortType: tiff.uint16(position + 8, littleEndian: littleEndian)
        case longType: tiff.uint32(position + 8, littleEndian: littleEndian)
        default: nil
        }
      guard let value, value <= 8 else { return nil }
      return Orientation(rawValue: UInt8(value))
    }
    return nil
  }
}
