import EdgeModel
import EdgeTensor

/// Which class a folder's name means.
///
/// Among the labels ASCII capitals do not matter, nor whether words are parted by spaces, `_` or `-`; of several equal labels the first
/// counts. A name that is none of them may be a class number.
struct FolderLabels {
  private let labels: [[UInt8]]
  private let classCount: Int
  /// Pictures of a class come together.
  private var last: (name: [UInt8], index: Int?)?

  init(_ classCount: Int, label: (Int) -> String?) {
    self.classCount = classCount
    labels = (0..<classCount).map { FolderLabels.plain(Array((label($0) ?? "").utf8)) }
  }

  mutating func index(_ name: [UInt8]) -> Int? {
    if let last, last.name == name { return last.index }
    let wanted = FolderLabels.plain(name)
    var index = wanted.isEmpty ? nil : labels.firstIndex { $0 == wanted }
    if index == nil, !name.isEmpty, name.allSatisfy({ (0x30...0x39).contains($0) }),
      let number = Int(ascii: name), number < classCount
    {
      index = number
    }
    last = (name, index)
    return index
  }

  private static func plain(_ name: [UInt8]) -> [UInt8] {
    name.map { byte in
      switch byte {
      case 0x41...0x5A: byte | 0x20
      case UInt8(ascii: "_"), UInt8(ascii: "-"): UInt8(ascii: " ")
      default: byte
      }
    }
  }
}
