import ArgumentParser
import EdgeQuant
import EdgeTensor

extension Preprocessing.Color: ExpressibleByArgument {
  public static var allValueStrings: [String] { allCases.map { $0.name.description } }

  public init?(argument: String) {
    guard let value = Self.allCases.first(where: { $0.name.description == argument }) else { return nil }
    self = value
  }
}

extension Preprocessing.Crop: ExpressibleByArgument {
  public static var allValueStrings: [String] { allCases.map { $0.name.description } }

  public init?(argument: String) {
    guard let value = Self.allCases.first(where: { $0.name.description == argument }) else { return nil }
    self = value
  }
}

/// Numbers with commas between: `123.675,116.28,103.53`.
struct NumberList: ExpressibleByArgument, CustomStringConvertible {
  let values: [Float]
  let description: String

  init?(argument: String) {
    let numbers = argument.split(separator: ",", omittingEmptySubsequences: false).map { Float($0) }
    guard !numbers.contains(nil) else { return nil }
    values = numbers.compactMap { $0 }
    description = argument
  }
}

extension SparseStorage: ExpressibleByArgument {}
