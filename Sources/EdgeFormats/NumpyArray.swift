import EdgeTensor

/// An array of a NumPy `.npy` file: element type, shape, and where the elements are.
///
/// Row-major, little-endian. Read from versions 1, 2 and 3 of the format, written as version 1.
/// - SeeAlso: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
public struct NumpyArray: Sendable {
  public let dataType: DataType
  public let shape: Shape
  /// Position in the file of `shape.elementCount · dataType.byteCount` bytes, which end the file.
  public let elements: Range<Int>

  /// No header is longer: NumPy's own limit and the bytes before the dictionary.
  public static let maximumHeaderByteCount = 10_000 + 12

  /// Checks a whole file.
  public init(_ file: UnsafeRawBufferPointer) throws(NumpyError) {
    try self.init(start: file)
    guard file.count == elements.upperBound else {
      throw .wrongByteCount(expected: elements.count, got: file.count - elements.lowerBound)
    }
  }

  /// Checks the header alone; that the file ends with the elements remains to be seen.
  /// - Parameter start: the whole file, or at least its first `maximumHeaderByteCount` bytes.
  public init(start: UnsafeRawBufferPointer) throws(NumpyError) {
    guard start.count >= 6, start.prefix(6).elementsEqual(NumpyArray.magic) else { throw .notNumpy }
    guard start.count >= 10 else { throw .truncatedHeader }
    let major = Int(start[6])
    guard (1...3).contains(major) else { throw .unsupportedVersion(major: major) }
    let lengthBytes = major == 1 ? 2 : 4
    let dictionary = 8 + lengthBytes
    guard start.count >= dictionary else { throw .truncatedHeader }
    var length = 0
    for index in (0..<lengthBytes).reversed() { length = length << 8 | Int(start[8 + index]) }
    guard dictionary + length <= NumpyArray.maximumHeaderByteCount else {
      throw .badHeader(reason: "longer than 10000 bytes")
    }
    guard dictionary + length <= start.count else { throw .truncatedHeader }

    var parser = NumpyHeaderParser(UnsafeRawBufferPointer(rebasing: start[dictionary..<(dictionary + length)]))
    let fields = try parser.parse()
    guard let dataType = DataType.allCases.first(where: { fields.descr.utf8.elementsEqual($0.numpyDescr.utf8) }) else {
      throw .unsupportedType(descr: fields.descr)
    }
    guard !fields.fortranOrder else { throw .fortranOrder }
    guard let shape = Shape(checking: fields.shape) else { throw .impossibleShape }
    self.dataType = dataType
    self.shape = shape
    let first = dictionary + length
    elements = first..<(first + shape.elementCount * dataType.byteCount)
  }

  /// What comes before the elements of a file.
  public static func header(_ dataType: DataType, _ shape: Shape) -> [UInt8] {
    var text: Text = "{'descr': '\(dataType.numpyDescr)', 'fortran_order': False, 'shape': ("
    for (axis, extent) in shape.dimensions.enumerated() {
      let next: Text = axis == 0 ? "\(extent)" : ", \(extent)"
      text.bytes += next.bytes
    }
    // A tuple has a trailing comma only if it has one element.
    let end: Text = shape.rank == 1 ? ",), }" : "), }"
    text.bytes += end.bytes
    // The elements start at a multiple of 64; a newline ends the padding. 8 axes of 10 digits fit 256 bytes.
    let length = (10 + text.bytes.count + 1 + 63) / 64 * 64 - 10
    var bytes = magic + [1, 0, UInt8(length & 0xff), UInt8(length >> 8)]
    bytes += text.bytes
    bytes += [UInt8](repeating: UInt8(ascii: " "), count: length - text.bytes.count - 1)
    bytes.append(UInt8(ascii: "\n"))
    return bytes
  }

  private static let magic: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]
}

extension DataType {
  /// NumPy's name of the little-endian type.
  fileprivate var numpyDescr: String {
    switch self {
    case .float32: "<f4"
    case .int8: "|i1"
    case .uint8: "|u1"
    case .int32: "<i4"
    case .int64: "<i8"
    case .bool: "|b1"
    }
  }
}
