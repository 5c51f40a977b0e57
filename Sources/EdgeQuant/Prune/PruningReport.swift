import EdgeTensor

/// What a pruning did, layer by layer; `--report FILE.json` writes it as it is here, `FILE.html` as a page.
public struct PruningReport: Codable, Sendable {
  public static let currentVersion = 1

  /// Of a finished model.
  public struct Cost: Codable, Sendable {
    public var fileBytes: Int
    /// Without those of blocks of zeros that are neither stored nor computed.
    public var macs: Int
    /// Of the arena, with one thread.
    public var peakBytes: Int
    /// Median of one inference with one thread, measured while the other model took turns.
    public var milliseconds: Double

    public init(_ cost: RunnableModel.Cost, fileBytes: Int, milliseconds: Double) {
      (self.fileBytes, macs, peakBytes) = (fileBytes, cost.multiplyAccumulateCount, cost.peakByteCount)
      self.milliseconds = milliseconds
    }
  }

  public struct Layer: Codable, Sendable {
    /// Of the tensor it computes.
    public var name: String
    public var operatorName: String
    public var channelsBefore: Int
    public var channelsAfter: Int
    public var inputsBefore: Int
    public var inputsAfter: Int
    /// Of its remaining weights, those of 16 output channels by 4 inputs; 0 where kernels cannot skip any.
    public var blocks: Int
    public var zeroBlocks: Int
    /// Of the mathematical definition.
    public var macsBefore: Int
    public var macsAfter: Int
  }

  public var version = PruningReport.currentVersion
  public var tool = ""
  public var model = ""
  public var calibration = ""
  public var sampleCount = 0
  /// Whether the pruned network is int8.
  public var isQuantized = true
  /// Signal-to-noise ratio of the pruned float32 network's answer in decibels; nil for infinite, or for a recipe that was replayed.
  public var sqnr: Double?
  public var floatAccuracy: QuantizationReport.Accuracy?
  public var accuracy: QuantizationReport.Accuracy?
  /// What is lost, in points, paired by sample, with its 95 % interval.
  public var drop: Double?
  public var dropLower: Double?
  public var dropUpper: Double?
  public var before: Cost?
  public var after: Cost?
  /// In order of execution.
  public var layers: [Layer] = []

  public init() {}

  /// Takes down the layers with weights of a float network in source form and of what became of it.
  public mutating func setLayers(original: Graph, pruned: Graph) {
    var original = original
    original.makeNamesUnique()
    var byName: [String: Graph.Node] = [:]
    for node in pruned.nodes { byName[pruned.recipeName(of: node)] = node }
    layers = []
    for (index, node) in original.nodes.enumerated() {
      let name = original.recipeName(of: node)
      guard let before = original.weights(of: index), let after = byName[name],
        let place = pruned.nodes.firstIndex(where: { pruned.recipeName(of: $0) == name }),
        let left = pruned.weights(of: place)
      else { continue }
      let blocks = pruned.hasBlocks(place) ? WeightBlocks(pruned, place) : nil
      layers.append(
        Layer(
          name: name, operatorName: node.operatorName, channelsBefore: before.channelCount,
          channelsAfter: left.channelCount, inputsBefore: original.inputChannels(node),
          inputsAfter: pruned.inputChannels(after), blocks: blocks?.count ?? 0,
          zeroBlocks: blocks?.zeroCount(left) ?? 0, macsBefore: original.macs(node) ?? 0,
          macsAfter: pruned.macs(after) ?? 0))
    }
  }

  public mutating func setAccuracy(_ before: Evaluation, _ after: Evaluation) {
    (floatAccuracy, accuracy) = (.init(before.top1), .init(after.top1))
    let paired = before.paired(with: after)
    drop = 100 * paired.drop
    (dropLower, dropUpper) = (100 * paired.dropInterval.lowerBound, 100 * paired.dropInterval.upperBound)
  }

  /// The report as a JSON file.
  public var json: [UInt8] { ReportFile.json(self) }
}

extension Graph {
  fileprivate func inputChannels(_ node: Node) -> Int {
    guard let form = WeightForm.byOperator[node.operatorName], let x = input(form.xOperand, of: node) else { return 0 }
    return x.shape?.dimensions.last ?? 0
  }

  /// Whether the node has weights of which the sparse kernels can skip blocks.
  func hasBlocks(_ node: Int) -> Bool {
    guard let x = input(0, of: nodes[node])?.shape, let weights = input(1, of: nodes[node])?.shape,
      self.weights(of: node) != nil
    else { return false }
    switch nodes[node].operatorName {
    case "conv_2d": return x.dimensions.last == weights.dimensions.last
    case "fully_connected": return true
    default: return false
    }
  }
}
