import Foundation

/// Decisions that a command made about a network, as a JSON file that it can carry out again.
public protocol RecipeFile: Codable {
  /// Of the file's format.
  static var currentVersion: Int { get }
  /// Who writes and reads it.
  static var command: String { get }

  var version: Int { get }
  /// XXH64 of the source file in hexadecimal; empty means any.
  var sourceHash: String { get }
}

extension RecipeFile {
  /// Reads a recipe file.
  /// - Parameter sourceHash: of the model it will be applied to.
  /// - Throws: `badRecipe` if it is damaged, of another version, or was made for another model.
  public init(json: [UInt8], sourceHash: String) throws(QuantError) {
    do {
      self = try JSONDecoder().decode(Self.self, from: Data(json))
    } catch {
      throw .badRecipe("not a recipe of \(Self.command): \(error)")
    }
    guard version == Self.currentVersion else {
      throw .badRecipe("has version \(version); this edgequant reads \(Self.currentVersion)")
    }
    guard self.sourceHash.isEmpty || self.sourceHash == sourceHash else {
      throw .badRecipe("was made for a model with hash \(self.sourceHash); this one has \(sourceHash)")
    }
  }

  /// The recipe as a file; the same recipe always gives the same bytes.
  public var json: [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    guard let data = try? encoder.encode(self) else { preconditionFailure("a recipe holds finite numbers only") }
    return [UInt8](data) + [UInt8(ascii: "\n")]
  }
}
