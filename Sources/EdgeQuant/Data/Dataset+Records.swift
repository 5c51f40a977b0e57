import EdgeFormats
import EdgeModel
import EdgeTensor
import Foundation

/// CIFAR-10's and MNIST's own files.
extension Dataset {
  /// A label, then 32 x 32 red, green and blue samples.
  static let cifarRecordByteCount = 1 + 3 * 32 * 32
  private static let cifarClassCount = 10

  static func cifar(_ path: String, _ file: ModelBytes) throws(DataError) -> Dataset {
    let records = RecordFile(
      path: path, file: file, start: 1, step: cifarRecordByteCount, byteCount: cifarRecordByteCount - 1,
      layout: .planes(width: 32, height: 32))
    var items: [Item] = []
    for index in 0..<file.bytes.count / cifarRecordByteCount {
      let label = Int(file.bytes[index * cifarRecordByteCount])
      guard label < cifarClassCount else {
        throw .bad(path: path, reason: "record \(index) has label \(label); CIFAR-10 has \(cifarClassCount) classes")
      }
      items.append(Item(source: .record(records, index: index), label: label))
    }
    let folder = (path as NSString).deletingLastPathComponent
    let meta = ModelBytes(mapping: (folder as NSString).appendingPathComponent("batches.meta.txt"))
    let names = meta.flatMap { LabelFile.parse([UInt8]($0.bytes)) } ?? []
    let isWhole = names.count == cifarClassCount && names.allSatisfy { !$0.isEmpty }
    return Dataset(
      path: path, items: items, classNames: isWhole ? names : [], declaredClassCount: cifarClassCount)
  }

  /// Bytes `00 00 08`, the rank, the extents (big-endian), then unsigned bytes.
  static func idx(_ path: String, _ file: ModelBytes, _ report: inout Report) throws(DataError) -> Dataset {
    let (extents, start) = try idxExtents(path, file)
    guard extents.count == 3 || (extents.count == 4 && (extents[3] == 1 || extents[3] == 3)) else {
      throw .bad(
        path: path,
        reason:
          "an IDX file with \(extents.count) axes; images have 3 (count, height, width), or 4 with 1 or 3 channels")
    }
    let channelCount = extents.count == 4 ? extents[3] : 1
    let byteCount = extents[1] * extents[2] * channelCount
    guard extents[0] > 0, byteCount > 0 else { throw .bad(path: path, reason: "an IDX file without images") }
    let records = RecordFile(
      path: path, file: file, start: start, step: byteCount, byteCount: byteCount,
      layout: .pixels(width: extents[2], height: extents[1], channelCount: channelCount))
    var items = (0..<extents[0]).map { Item(source: .record(records, index: $0)) }
    guard let (labelPath, labels) = idxLabels(beside: path) else {
      report.note("\(path): no file of labels beside it, so its images have none")
      return Dataset(path: path, items: items)
    }
    let (labelExtents, labelStart) = try idxExtents(labelPath, labels)
    guard labelExtents == [extents[0]] else {
      throw .bad(
        path: labelPath,
        reason: "\(labelExtents.map(String.init).joined(separator: "x")) labels for \(extents[0]) images of \(path)")
    }
    for index in items.indices { items[index].label = Int(labels.bytes[labelStart + index]) }
    return Dataset(path: path, items: items)
  }

  private static func idxExtents(
    _ path: String, _ file: ModelBytes
  ) throws(DataError) -> (extents: [Int], start: Int) {
    let bytes = file.bytes
    guard bytes.count >= 4, bytes.starts(with: [0, 0, 8]) else {
      throw .bad(path: path, reason: "not an IDX file of unsigned bytes")
    }
    let rank = Int(bytes[3])
    let start = 4 + 4 * rank
    guard (1...Shape.maximumRank).contains(rank), bytes.count >= start else {
      throw .bad(path: path, reason: "the IDX header is damaged")
    }
    let extents = (0..<rank).map { axis in bytes[(4 + 4 * axis)..<(8 + 4 * axis)].reduce(0) { $0 << 8 | Int($1) } }
    guard let shape = Shape(checking: extents), bytes.count == start + shape.elementCount else {
      throw .bad(
        path: path,
        reason: "\(bytes.count - start) bytes, but the header says \(extents.map(String.init).joined(separator: " x "))"
      )
    }
    return (extents, start)
  }

  private static func idxLabels(beside path: String) -> (path: String, file: ModelBytes)? {
    let folder = (path as NSString).deletingLastPathComponent
    let name = (path as NSString).lastPathComponent
    let labelName = name.replacingOccurrences(of: "images", with: "labels")
      .replacingOccurrences(of: "idx3", with: "idx1").replacingOccurrences(of: "idx4", with: "idx1")
    let labelPath = (folder as NSString).appendingPathComponent(labelName)
    guard labelName != name, let file = ModelBytes(mapping: labelPath) else { return nil }
    return (labelPath, file)
  }
}
