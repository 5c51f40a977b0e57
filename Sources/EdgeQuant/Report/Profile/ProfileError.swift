/// Why a file is not a profile that can be drawn.
public enum ProfileError: Error, Equatable, CustomStringConvertible {
  case notJSON(String)
  /// JSON, but nothing says that `edgeinfer profile` wrote it.
  case notAProfile
  /// - Parameter found: what the member `schema` holds.
  case unsupportedSchema(found: String)
  /// - Parameter path: of the member, `operators[3].macs`.
  case badMember(path: String, reason: String)
  case tooLarge(byteCount: Int)

  public var description: String {
    switch self {
    case .notJSON(let reason): "not JSON: \(Figures.printable(reason))"
    case .notAProfile:
      "not a profile: no member \"schema\"; write one with edgeinfer profile --format json"
    case .unsupportedSchema(let found):
      "has schema \(Figures.printable(found)); this edgequant reads schema \(ProfileDocument.schema): "
        + "use edgeinfer and edgequant of the same version"
    case .badMember(let path, let reason): "\(Figures.printable(path)): \(Figures.printable(reason))"
    case .tooLarge(let byteCount):
      "has \(byteCount) bytes; a profile has at most \(ProfileDocument.maximumByteCount)"
    }
  }
}
