import EdgeTensor

/// Decides how a float network becomes int8: post-training quantization from calibration data.
///
/// Weights are symmetric per channel in −127…127, activations asymmetric per tensor, biases int32, scales as TensorFlow Lite's
/// specification wants them. All decisions end in a recipe; `Graph.quantized(by:)` carries them out.
public struct Quantizer {
  /// An improvement beyond choosing scales; each is measured, and dropped where it does not help.
  public enum Repair: String, CaseIterable, Codable, Sendable {
    /// Cross-layer equalization.
    case equalize
    /// Rounding against the calibration data.
    case round
    /// Bias correction.
    case bias
  }

  /// What a repair changed in the signal-to-noise ratio of the network's answer.
  public struct RepairOutcome: Sendable {
    public let repair: Repair
    /// In decibels.
    public let before: Double
    public let after: Double
    /// Less is what another choice of samples would change.
    public var isKept: Bool { after > before + 0.05 }
  }

  /// nil chooses for each tensor by measured error.
  public var method: RangeMethod?
  public var repairs = Set(Repair.allCases)
  /// Names of nodes (their first outputs) that stay float32.
  public var floatLayers: Set<String> = []
  public var io = BoundaryType.source
  public var workers = Workers.all
  /// What the elements of the first input can be, if that is known better than from samples: of pictures.
  public var inputRange: ValueRange?
  /// Called as work goes on, with its name and the done part in 0...1.
  public var progress: @Sendable (String, Double) -> Void = { _, _ in }

  public init() {}

  /// The source with its equalization, the recipe, and what led to it.
  public struct Decision {
    /// What the recipe quantizes: unique names, equalization carried out.
    public var graph: Graph
    public var recipe: QuantizationRecipe
    public var repairs: [RepairOutcome] = []
    /// What is wrong with the calibration data, a sentence each without a full stop.
    public var warnings: [String] = []
    /// Signal to noise of the network's answer on the checking samples in decibels, by mean lengths: one odd sample does not decide.
    public var sqnr = Double.infinity
  }

  /// - Parameters:
  ///   - source: in source form.
  ///   - set: at least one sample.
  public func decide(_ source: Graph, _ set: CalibrationSet) throws(QuantError) -> Decision {
    let graph = source.preparedForQuantization()
    guard graph.nodes.contains(where: { graph.quantizationRule(of: $0) != nil }) else {
      throw .calibration("the network has no float layer to quantize; edgequant convert writes it as it is")
    }
    let (learning, checking) = set.split
    progress("ranges", 0)
    var stage = try Stage(self, graph, learning, checking)
    var best = try stage.plain()
    let check = CalibrationCheck(graph, stage.ranges, sampleCount: learning.count)
    best.warnings = check.warnings
    // Repairs would fit the network to samples that hold nothing.
    let repairs = check.isBlank ? [] : repairs
    if repairs.contains(.equalize), let equalization = graph.equalization(stage.ranges, floatLayers) {
      progress("equalization", 0.2)
      var equalized = graph
      try equalized.equalize(equalization)
      var other = try Stage(self, equalized, learning, checking)
      var decision = try other.plain()
      decision.recipe.equalization = equalization
      decision.warnings = best.warnings
      let outcome = RepairOutcome(repair: .equalize, before: best.sqnr, after: decision.sqnr)
      if outcome.isKept { (stage, best) = (other, decision) }
      best.repairs.append(outcome)
    }
    progress("ranges by measured error", 0.3)
    if !check.isBlank { try stage.chooseRanges(&best) }
    if repairs.contains(.round) || repairs.contains(.bias) {
      progress("rounding", 0.5)
      try stage.round(&best, repairs)
    }
    best.recipe.io = io
    progress("done", 1)
    return best
  }
}

extension CalibrationSet {
  /// Samples to decide on, and others to check decisions with; the same where there are few.
  var split: (learning: CalibrationSet, checking: CalibrationSet) {
    guard count >= 40 else { return (self, self) }
    let (makeFill, checkCount) = (makeFill, count / 5)
    func part(_ size: Int, _ place: @escaping @Sendable (Int) -> Int) -> CalibrationSet {
      CalibrationSet(count: size) { () throws(QuantError) -> Fill in
        let fill = try makeFill()
        return { index, executor throws(QuantError) in try fill(place(index), executor) }
      }
    }
    return (
      part(count - checkCount) { $0 < checkCount * 4 ? $0 / 4 * 5 + $0 % 4 : $0 + checkCount },
      part(checkCount) { 5 * $0 + 4 }.spaced(64)
    )
  }
}
