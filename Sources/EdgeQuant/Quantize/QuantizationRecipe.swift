import EdgeTensor
import Foundation

/// Every decision of one quantization, by names of the network's tensors. Applying it is plain integer and IEEE arithmetic in fixed order, so
/// the same network and recipe give the same file on every CPU, whatever libraries took part in deciding.
public struct QuantizationRecipe: RecipeFile, Equatable, Sendable {
  /// Of the file's format.
  public static let currentVersion = 1
  public static let command = "edgequant quantize"

  /// How one activation, or a set that shares a scale, is quantized: `real = scale · (code − zeroPoint)`.
  public struct Activation: Codable, Equatable, Sendable {
    public var scale: Float
    public var zeroPoint: Int32
    /// The method that chose the range: `min-max`, `percentile`, `mse`, `kl`, `fixed` or `pixels`.
    public var method: String
  }

  /// How the weights of one layer are quantized, or that they are not.
  public struct Layer: Codable, Equatable, Sendable {
    /// Whether the node stays float32; the rest is then unused.
    public var isFloat = false
    /// By output channel, `w = scale · code`.
    public var weightScales: [Float] = []
    /// Base64 of what each code differs from the nearest one, in the order of the weights, one signed byte each; nil for 0 everywhere.
    public var rounding: String?
    /// Added to the int32 bias of each channel; nil for 0.
    public var biasCorrection: [Int32]?
  }

  public var version = QuantizationRecipe.currentVersion
  /// XXH64 of the source file in hexadecimal; empty means any.
  public var sourceHash = ""
  /// Types of the network's inputs and outputs.
  public var io = BoundaryType.source
  /// By name of the producing layer's output: what its channels are divided by; the layers that read it multiply.
  public var equalization: [String: [Float]] = [:]
  /// By tensor name.
  public var activations: [String: Activation] = [:]
  /// By name of the node's first output.
  public var layers: [String: Layer] = [:]

  public init() {}
}

/// Types of a quantized network's inputs and outputs.
public enum BoundaryType: String, Codable, CaseIterable, Sendable {
  /// As in the source: float32 for a float network.
  case source
  case int8, uint8, float
}

extension Quantizer.Decision {
  /// What a recipe says about a network in source form.
  public init(_ source: Graph, _ recipe: QuantizationRecipe) throws(QuantError) {
    var graph = source.preparedForQuantization()
    try graph.equalize(recipe.equalization)
    self.init(graph: graph, recipe: recipe)
  }
}

extension Preprocessing {
  /// What an element of the input can be, as pixels are 0…255; holds 0.
  public var range: ValueRange {
    var ends: [Float] = []
    for (mean, deviation) in zip(self.mean, standardDeviation) {
      ends.append(-mean / deviation)
      ends.append((255 - mean) / deviation)
    }
    return ValueRange(minimum: min(ends.min() ?? 0, 0), maximum: max(ends.max() ?? 0, 0))
  }
}
