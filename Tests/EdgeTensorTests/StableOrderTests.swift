import EdgeTensor
import Testing

@Suite struct StableOrderTests {
  @Test(
    "it is the order of a stable sort", arguments: [0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 64, 100, 1000], [1, 2, 5, 1 << 20])
  func order(count: Int, keyCount: UInt64) {
    var state = UInt64(count) &* 0x9E37_79B9_7F4A_7C15 | 1
    let keys = (0..<count).map { _ -> UInt64 in
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return state % keyCount
    }
    let expected = keys.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }
    #expect(stableOrder(of: count) { keys[$0] < keys[$1] } == expected)
  }
}
