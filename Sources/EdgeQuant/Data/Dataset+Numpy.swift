import EdgeFormats
import EdgeModel
import EdgeTensor
import Foundation

extension Dataset {
  /// Of the file beside `NAME.npy` that holds its labels.
  static let labelSuffix = "_labels.npy"

  /// One array, a sample for each index of its first axis.
  static func numpy(_ path: String, _ file: ModelBytes) throws(DataError) -> Dataset {
    let array = try numpyArray(path, file)
    guard array.shape.rank > 1, array.shape.elementCount > 0 else {
      throw .bad(path: path, reason: "its shape is \(array.shape); the first axis must count samples")
    }
    let shape = Shape(Array(array.shape.dimensions.dropFirst()))
    let byteCount = shape.elementCount * array.dataType.byteCount
    let records = RecordFile(
      path: path, file: file, start: array.elements.lowerBound, step: byteCount, byteCount: byteCount,
      layout: .tensor(array.dataType, shape))
    var items = (0..<array.shape[0]).map { Item(source: .record(records, index: $0)) }
    let labelPath = (path as NSString).deletingPathExtension + labelSuffix
    if let labelFile = ModelBytes(mapping: labelPath) {
      let labels = try integers(labelPath, labelFile)
      guard labels.count == items.count else {
        throw .bad(path: labelPath, reason: "\(labels.count) labels for \(items.count) samples of \(path)")
      }
      for index in items.indices { items[index].label = labels[index] }
    }
    return Dataset(path: path, items: items)
  }

  /// A file that is one sample.
  static func tensor(inNumpy path: String) throws(DataError) -> Sample.Content {
    guard let file = ModelBytes(mapping: path) else { throw .sample(name: path, reason: "cannot be read") }
    do {
      let array = try NumpyArray(file.bytes)
      return .tensor([UInt8](file.bytes[array.elements]), array.dataType, array.shape)
    } catch {
      throw .sample(name: path, reason: error.description)
    }
  }

  private static func numpyArray(_ path: String, _ file: ModelBytes) throws(DataError) -> NumpyArray {
    do { return try NumpyArray(file.bytes) } catch { throw .bad(path: path, reason: error.description) }
  }

  /// Labels: integers of any type.
  private static func integers(_ path: String, _ file: ModelBytes) throws(DataError) -> [Int] {
    let array = try numpyArray(path, file)
    let bytes = UnsafeRawBufferPointer(rebasing: file.bytes[array.elements])
    let values: [Int] = try (0..<array.shape.elementCount).map { index throws(DataError) in
      switch array.dataType {
      case .uint8: Int(bytes[index])
      case .int8: Int(Int8(bitPattern: bytes[index]))
      case .int32: Int(bytes.loadUnaligned(fromByteOffset: 4 * index, as: Int32.self))
      case .int64: Int(bytes.loadUnaligned(fromByteOffset: 8 * index, as: Int64.self))
      case .float32, .bool: throw .bad(path: path, reason: "labels of type \(array.dataType); they must be integers")
      }
    }
    try check(labels: values, path: path)
    return values
  }
}
