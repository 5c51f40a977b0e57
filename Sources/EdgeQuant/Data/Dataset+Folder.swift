import Foundation

extension Dataset {
  static func folder(_ path: String, _ report: inout Report) throws(DataError) -> Dataset {
    let (folders, allFiles) = try entries(of: path)
    let files = allFiles.filter { !isLabels($0, among: allFiles) }
    if files.count == 1, folders.isEmpty, allFiles.count == 2 { return try open(files[0], report: &report) }
    var others = 0
    let direct = files.compactMap { source(ofFile: $0) }
    others += files.count - direct.count
    var classes: [(name: String, sources: [Source])] = []
    for folder in folders {
      let sources = try allSources(in: folder, &others)
      // A folder without samples is no class: it may hold the labels.
      if !sources.isEmpty { classes.append(((folder as NSString).lastPathComponent, sources)) }
    }
    guard !direct.isEmpty || !classes.isEmpty else {
      if let records = try recordFile(among: files, in: path) { return try open(records, report: &report) }
      throw .bad(
        path: path,
        reason: "no readable picture: "
          + (others == 0 ? "the folder is empty" : "of \(others) files none ends in .jpg, .jpeg or .npy"))
    }
    if others > 0 { report.note("\(path): \(others) files that are neither JPEG nor .npy are left out") }
    guard direct.isEmpty else {
      return Dataset(path: path, items: (direct + classes.flatMap { $0.sources }).map { Item(source: $0) })
    }
    var items: [Item] = []
    for (index, entry) in classes.enumerated() { items += entry.sources.map { Item(source: $0, label: index) } }
    return Dataset(path: path, items: items, classNames: classes.map { $0.name })
  }

  /// Whether a file holds the labels of an array beside it.
  private static func isLabels(_ file: String, among files: [String]) -> Bool {
    file.hasSuffix(labelSuffix) && files.contains(file.dropLast(labelSuffix.count) + ".npy")
  }

  /// The one file of a folder that holds labelled pictures in MNIST's or CIFAR-10's form, as those are handed out.
  /// - Throws: `bad` if there are several, since data for training and testing lie side by side.
  private static func recordFile(among files: [String], in path: String) throws(DataError) -> String? {
    let records = files.filter { file in
      let name = (file as NSString).lastPathComponent
      return (name.contains("images") && name.contains("ubyte")) || name.hasSuffix(".bin")
    }
    guard records.count > 1 else { return records.first }
    let names = records.map { ($0 as NSString).lastPathComponent }.joined(separator: ", ")
    throw .bad(path: path, reason: "the folder has several files of pictures; name one of them: \(names)")
  }

  /// Paths of a folder's visible entries, by the bytes of their names.
  private static func entries(of path: String) throws(DataError) -> (folders: [String], files: [String]) {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: path)
    } catch {
      throw .unreadable(path: path)
    }
    var (folders, files): ([String], [String]) = ([], [])
    for name in names.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) where !name.hasPrefix(".") {
      let entry = (path as NSString).appendingPathComponent(name)
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: entry, isDirectory: &isFolder) else { continue }
      if isFolder.boolValue { folders.append(entry) } else { files.append(entry) }
    }
    return (folders, files)
  }

  /// Samples of a folder and of all below it. Links to folders are not followed there, since they can make rings.
  private static func allSources(in path: String, _ others: inout Int) throws(DataError) -> [Source] {
    let (folders, files) = try entries(of: path)
    var sources = files.compactMap { source(ofFile: $0) }
    others += files.count - sources.count
    for folder in folders where (try? FileManager.default.destinationOfSymbolicLink(atPath: folder)) == nil {
      sources += try allSources(in: folder, &others)
    }
    return sources
  }
}
