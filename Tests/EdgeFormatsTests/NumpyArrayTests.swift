import EdgeFormats
import EdgeTensor
import Testing

@Suite struct NumpyArrayTests {
  /// A file with this dictionary, as version 1, 2 or 3 of the format.
  private func file(_ dictionary: String, elements: [UInt8] = [], version: UInt8 = 1) -> [UInt8] {
    let length = dictionary.utf8.count
    var bytes: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, version, 0, UInt8(length & 0xff), UInt8(length >> 8)]
    if version > 1 { bytes += [0, 0] }
    return bytes + dictionary.utf8 + elements
  }

  private func read(_ bytes: [UInt8]) throws -> NumpyArray {
    try bytes.withUnsafeBytes { try NumpyArray($0) }
  }

  private func message(_ bytes: [UInt8]) -> String {
    do {
      _ = try read(bytes)
      return "accepted"
    } catch {
      return (error as? NumpyError)?.description ?? "another error: \(error)"
    }
  }

  @Test(arguments: DataType.allCases, [[], [3], [2, 3], [1, 2, 3, 4], [0], [1, 1, 1, 1, 1, 1, 1, 2_000_000_000]])
  func `what is written can be read`(type: DataType, extents: [Int]) throws {
    let header = NumpyArray.header(type, Shape(extents))
    #expect(header.count % 64 == 0)
    guard Shape(extents).elementCount < 1000 else { return }
    let elements = [UInt8](repeating: 1, count: Shape(extents).elementCount * type.byteCount)
    let array = try read(header + elements)
    #expect(array.dataType == type && array.shape.dimensions == extents)
    #expect(array.elements == header.count..<(header.count + elements.count))
  }

  @Test(arguments: [1, 2, 3])
  func `all versions, any order of keys, any white space`(version: UInt8) throws {
    let array = try read(
      file(
        "{\"shape\":( 2 ,3, ) , 'fortran_order':False,'descr':'|u1'}\n", elements: [1, 2, 3, 4, 5, 6], version: version)
    )
    #expect(array.dataType == .uint8 && array.shape.dimensions == [2, 3])
  }

  @Test func `a header as numpy.save writes it`() throws {
    // numpy.save of numpy.arange(3, dtype=numpy.int32), version 2.0 of NumPy.
    let dictionary = "{'descr': '<i4', 'fortran_order': False, 'shape': (3,), }"
    let padded = dictionary + String(repeating: " ", count: 117 - dictionary.utf8.count) + "\n"
    #expect(try read(file(padded, elements: [0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0])).shape.dimensions == [3])
    #expect(NumpyArray.header(.int32, Shape([3])).starts(with: file(dictionary).prefix(8)))
  }

  @Test(arguments: [
    ("{'descr': '<f4', 'fortran_order': True, 'shape': (1,)}", "Fortran order"),
    ("{'descr': '>f4', 'fortran_order': False, 'shape': (1,)}", "type >f4"),
    ("{'descr': '<f8', 'fortran_order': False, 'shape': (1,)}", "astype"),
    ("{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (1,)}", "several fields"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (1)}", "not a tuple"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", "whole number"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)", "comma"),
    ("{'descr': '<f4', 'fortran_order': False}", "missing"),
    ("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", "twice"),
    ("{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}", "neither True nor False"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x", "follows"),
    ("{'descr: <f4}", "not closed"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", "too many axes or elements"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (65536, 65536)}", "too many axes or elements"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1)}", "too many axes or elements"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", "4 bytes of elements, but the shape needs 8"),
    ("", "not a dictionary"),
  ])
  func `every other header is refused with its reason`(dictionary: String, reason: String) {
    let message = message(file(dictionary, elements: [0, 0, 0, 0]))
    #expect(message.contains(reason), "\(message)")
  }

  @Test func `a header longer than NumPy allows is refused`() {
    let dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}"
    func padded(_ length: Int) -> [UInt8] {
      file(
        dictionary + String(repeating: " ", count: length - dictionary.utf8.count), elements: [0, 0, 0, 0], version: 3)
    }
    #expect(message(padded(10_000)) == "accepted")
    #expect(message(padded(10_001)).contains("longer than 10000"))
  }

  @Test func `no cut of a file is accepted`() {
    let whole = file("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}\n", elements: [1, 2, 3, 4])
    #expect(message(whole) == "accepted")
    for count in 0..<whole.count { #expect(message(Array(whole[..<count])) != "accepted", "\(count) bytes") }
    #expect(message(whole + [0]) != "accepted")
  }

  @Test func `changed bytes are read or refused, never a trap`() {
    let whole = file("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}\n", elements: [1, 2, 3, 4])
    for position in whole.indices {
      for bit in 0..<8 {
        var bytes = whole
        bytes[position] ^= 1 << bit
        if let array = try? read(bytes) { #expect(array.elements.upperBound == bytes.count) }
      }
    }
  }
}
