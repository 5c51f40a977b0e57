import EdgeModel
import Testing

@Suite("FlatBuffers that nobody vouches for")
struct FlatBufferTests {
  /// A file whose root has two fields: the string "ab", and a vector of eight bytes, the last of the file.
  private static let file: [UInt8] = {
    var builder = FlatBufferBuilder()
    let vector = builder.bytes([1, 2, 3, 4, 5, 6, 7, 8])
    let string = builder.string("ab")
    let root = builder.table([.reference(string), .reference(vector)])
    return builder.finish(root: root, identifier: "TEST")
  }()

  /// The last vector, read as elements of `stride` bytes with its count replaced.
  private func read(count: UInt32, stride: Int, dropping dropped: Int = 0) -> Result<Int, FlatBufferError> {
    var file = FlatBufferTests.file
    withUnsafeBytes(of: count.littleEndian) { file.replaceSubrange((file.count - 12)..<(file.count - 8), with: $0) }
    return file.dropLast(dropped).withUnsafeBytes { bytes in
      do throws(FlatBufferError) {
        return .success(try FlatBuffer(bytes).root(identifier: "TEST").vector(1, stride: stride)?.count ?? -1)
      } catch {
        return .failure(error)
      }
    }
  }

  @Test("A vector may end with the file, and not one byte later")
  func vectorsEndWithTheFile() {
    let refused = FlatBufferError.badVector(offset: FlatBufferTests.file.count - 12)
    for (stride, fitting) in [(1, 8), (2, 4), (4, 2), (8, 1)] as [(Int, UInt32)] {
      #expect(read(count: fitting, stride: stride) == .success(Int(fitting)))
      #expect(read(count: fitting + 1, stride: stride) == .failure(refused))
      #expect(read(count: .max, stride: stride) == .failure(refused))
      for dropped in 1...7 {
        #expect(
          read(count: fitting, stride: stride, dropping: dropped) == .failure(refused), "\(dropped) bytes cut off")
      }
    }
    #expect(read(count: 8, stride: .max) == .failure(refused))
  }
}
