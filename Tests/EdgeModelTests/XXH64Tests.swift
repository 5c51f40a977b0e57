import EdgeModel
import Testing

@Suite("XXH64")
struct XXH64Tests {
  /// From `xxhsum -H1` 0.8.1, on files whose byte i is (31·i + 7) mod 256.
  static let vectors: [(byteCount: Int, hash: UInt64)] = [
    (0, 0xEF46_DB37_51D8_E999), (1, 0xA96C_7F0C_E858_BBB7), (3, 0x56E6_9576_32A4_87F9), (4, 0xC60D_15B1_E3FF_8F04),
    (7, 0xAFBE_FC3D_6C6F_9A8E), (8, 0x3DA5_C7AA_2696_83E0), (31, 0x4A74_F3A1_A39A_D4A1), (32, 0x8D57_D6A4_671C_C43D),
    (33, 0x62C9_FD21_ED85_7664), (63, 0x5C32_0A0D_2707_057F), (1000, 0x9959_4F48_2804_3D35),
  ]

  @Test("Hashes are those of xxhsum", arguments: vectors)
  func knownVectors(_ vector: (byteCount: Int, hash: UInt64)) {
    let bytes = (0..<vector.byteCount).map { UInt8(truncatingIfNeeded: 31 * $0 + 7) }
    #expect(bytes.withUnsafeBytes(xxh64) == vector.hash)
  }

  @Test("Hashes do not depend on alignment")
  func unaligned() {
    let bytes = (0..<1001).map { UInt8(truncatingIfNeeded: 31 * ($0 - 1) + 7) }
    let hash = bytes.withUnsafeBytes { xxh64(UnsafeRawBufferPointer(rebasing: $0[1...])) }
    #expect(hash == 0x9959_4F48_2804_3D35)
  }

  @Test("A model knows its file's hash and size")
  func fileHash() throws {
    let bytes = try fullContents().encoded()
    let model = try load(bytes)
    #expect(model.fileHash == bytes.withUnsafeBytes(xxh64))
    #expect(model.byteCount == bytes.count)
  }
}
