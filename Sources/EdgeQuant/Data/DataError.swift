/// Why data cannot be used.
public enum DataError: Error {
  /// There is no such file or folder, or it cannot be read.
  case unreadable(path: String)
  /// The file or folder is none that is known, or contradicts itself.
  case bad(path: String, reason: String)
  /// One sample cannot be used; others may.
  case sample(name: String, reason: String)
  /// Not one of `count` samples can be used; `example` is the first of them.
  case nothingReadable(path: String, count: Int, example: String)
  /// The data has another number of classes than the model has outputs.
  case classes(path: String, inData: Int, inModel: Int, hint: String)
  /// The model takes no data of this kind.
  case model(reason: String)
}

extension DataError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unreadable(let path): "\(path): no such file or folder, or it cannot be read"
    case .bad(let path, let reason), .sample(let path, let reason): "\(path): \(reason)"
    case .nothingReadable(let path, let count, let example):
      "\(path): none of \(count) samples can be used; the first is \(example)"
    case .classes(let path, let inData, let inModel, let hint):
      "\(path): the data has \(inData) classes, the model has \(inModel) outputs\(hint)"
    case .model(let reason): reason
    }
  }
}
