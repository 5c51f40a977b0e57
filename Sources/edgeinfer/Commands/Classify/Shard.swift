import EdgeModel
import EdgeTensor

/// One of several parts of the work.
///
/// A picture belongs to part `1 + XXH64(name) mod count`, its name being the bytes of its path relative to its argument: the same on
/// every machine, wherever the folder lies there.
struct Shard {
  /// From 1 to `count`.
  let number: Int
  let count: Int

  /// All of the work.
  static let whole = Shard(number: 1, count: 1)

  private init(number: Int, count: Int) { (self.number, self.count) = (number, count) }

  /// `2/8`. For schedulers that count from 0, `0/8` is another name of `8/8`.
  /// - Returns: nil if it is not of this form, or not from 0/count to count/count.
  init?(_ text: [UInt8]) {
    guard let slash = text.firstIndex(of: UInt8(ascii: "/")),
      let number = Int(ascii: text[..<slash]),
      let count = Int(ascii: text[(slash + 1)...]), number >= 0, number <= count, count > 0
    else { return nil }
    self.init(number: number == 0 ? count : number, count: count)
  }

  func contains(_ name: [UInt8]) -> Bool {
    count == 1 || name.withUnsafeBytes { xxh64($0) } % UInt64(count) == UInt64(number - 1)
  }
}
