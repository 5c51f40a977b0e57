import EdgeModel
import Foundation

extension Dataset {
  /// Finds out what `path` is and lists its samples:
  ///
  /// - a folder of JPEG or `.npy` files (one sample each), with those of all folders below it: no labels;
  /// - a folder of such folders: a class each, in the order of their names' bytes;
  /// - CIFAR-10's binary records; class names from `batches.meta.txt` beside it;
  /// - MNIST's IDX images; labels from the file beside it that has `labels` and `idx1` in its name for `images` and `idx3`;
  /// - CSV: a path, relative to the file or else to the current folder, and a label (number or name) a row; the label may be missing;
  /// - one `.npy` array, a sample for each index of its first axis; labels from `NAME_labels.npy` beside `NAME.npy`;
  /// - one JPEG file.
  ///
  /// - Throws: `unreadable`, or `bad` with what was found where there is no sample.
  public static func open(_ path: String, report: inout Report) throws(DataError) -> Dataset {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { throw .unreadable(path: path) }
    if isFolder.boolValue { return try folder(path, &report) }
    guard let file = ModelBytes(mapping: path) else { throw .unreadable(path: path) }
    let bytes = file.bytes
    guard !bytes.isEmpty else { throw .bad(path: path, reason: "the file is empty") }
    if bytes.starts(with: [0x1F, 0x8B]) || bytes.starts(with: Array("PK\u{3}\u{4}".utf8)) {
      throw .bad(path: path, reason: "a compressed file; unpack it first (gunzip, unzip)")
    }
    if bytes.starts(with: [0x93] + Array("NUMPY".utf8)) { return try numpy(path, file) }
    if bytes.starts(with: [0xFF, 0xD8]) { return Dataset(path: path, items: [Item(source: .jpeg(path: path))]) }
    if path.lowercased().hasSuffix(".csv") { return try csv(path, file) }
    if bytes.starts(with: [0, 0, 8]) { return try idx(path, file, &report) }
    if bytes.count % cifarRecordByteCount == 0 { return try cifar(path, file) }
    throw .bad(
      path: path,
      reason:
        "\(bytes.count) bytes of no known kind; data is a folder of JPEG or .npy files, a folder of such folders (a "
        + "class each), CIFAR-10 binary records (\(cifarRecordByteCount) bytes each), MNIST's IDX images, a .csv file of "
        + "path,label, or a .npy array")
  }

  /// A sample of its own, by the file's name.
  static func source(ofFile path: String) -> Source? {
    switch (path as NSString).pathExtension.lowercased() {
    case "jpg", "jpeg": .jpeg(path: path)
    case "npy": .numpy(path: path)
    default: nil
    }
  }
}
