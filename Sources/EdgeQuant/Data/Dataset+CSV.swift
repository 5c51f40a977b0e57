import EdgeFormats
import EdgeModel
import Foundation

extension Dataset {
  /// Rows of `path,label`, with or without a row of titles. Labels are all numbers, or all names: those count in the order of their bytes.
  static func csv(_ path: String, _ file: ModelBytes) throws(DataError) -> Dataset {
    guard var rows = CSV.rows([UInt8](file.bytes)) else {
      throw .bad(path: path, reason: "not CSV: a quoted field does not end as it should")
    }
    let hasTitles = rows.first.map(isTitle) ?? false
    if hasTitles { rows.removeFirst() }
    guard !rows.isEmpty else { throw .bad(path: path, reason: "no rows of path,label") }
    let folder = (path as NSString).deletingLastPathComponent
    var sources: [Source] = []
    for (index, row) in rows.enumerated() {
      let name = text(row[0])
      var full = name.hasPrefix("/") ? name : (folder as NSString).appendingPathComponent(name)
      // Lists are often written in another folder than that in which they are used.
      if !FileManager.default.fileExists(atPath: full), FileManager.default.fileExists(atPath: name) { full = name }
      guard row.count <= 2, let source = source(ofFile: full) else {
        throw .bad(
          path: path,
          reason:
            "row \(index + (hasTitles ? 2 : 1)) (\"\(name)\") is not the path of a .jpg, .jpeg or .npy file and a label"
        )
      }
      sources.append(source)
    }
    let labels = rows.map { $0.count == 2 ? text($0[1]) : "" }
    let indices = labels.map { $0.isEmpty ? nil : Int($0) }
    if zip(labels, indices).allSatisfy({ $0.isEmpty || $1 != nil }) {
      try check(labels: indices.compactMap { $0 }, path: path)
      return Dataset(path: path, items: zip(sources, indices).map { Item(source: $0, label: $1) })
    }
    let names = Set(labels).filter { !$0.isEmpty }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    return Dataset(
      path: path, items: zip(sources, labels).map { Item(source: $0, label: places[$1]) }, classNames: names)
  }

  private static func text(_ field: [UInt8]) -> String {
    String(decoding: field, as: UTF8.self).trimmingCharacters(in: .whitespaces)
  }

  /// Whether a row names columns instead of a file.
  private static func isTitle(_ row: [[UInt8]]) -> Bool { source(ofFile: text(row[0])) == nil && row.count <= 2 }
}
