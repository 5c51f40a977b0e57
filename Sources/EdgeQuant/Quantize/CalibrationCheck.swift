import EdgeTensor

/// What makes calibration data useless for a network, found before decisions are taken from them.
struct CalibrationCheck {
  /// Whether every sample is the same in every place, as black pictures are: nothing can be learned from them.
  let isBlank: Bool
  /// A sentence each, without a full stop; the gravest first.
  let warnings: [String]

  /// More names are counted only.
  private static let maximumNameCount = 5

  /// - Parameter ranges: by tensor, over all samples.
  init(_ graph: Graph, _ ranges: [Int: ChannelRanges], sampleCount: Int) {
    let inputs = graph.inputs.filter { ranges[$0] != nil }
    isBlank = !inputs.isEmpty && inputs.allSatisfy { CalibrationCheck.isBlank($0, graph, ranges, sampleCount) }
    guard !isBlank else {
      let names = inputs.map { "\"\(graph.tensors[$0].name)\" is always \(CalibrationCheck.values(ranges[$0]!))" }
      warnings = [
        "the calibration samples are blank: \(names.joined(separator: ", ")). Ranges taken from them say nothing about other "
          + "samples, and the int8 network will be wrong on those; calibrate on samples like the ones it will meet"
      ]
      return
    }
    // A single sample gives vectors that cannot vary.
    let constant = graph.nodes.filter { node in
      sampleCount > 1 && graph.quantizationRule(of: node) != nil
        && node.outputs.contains { ranges[$0]?.isConstant == true }
    }
    guard !constant.isEmpty else {
      warnings = []
      return
    }
    let names = constant.prefix(CalibrationCheck.maximumNameCount).map { node in
      "\"\(graph.recipeName(of: node))\" (\(CalibrationCheck.values(ranges[node.outputs[0]]!)))"
    }
    let rest = constant.count - names.count
    warnings = [
      "\(constant.count) layer\(constant.count == 1 ? " gives" : "s give") the same output for all \(sampleCount) calibration "
        + "samples: \(names.joined(separator: ", "))\(rest > 0 ? " and \(rest) more" : ""). Either the samples are too much alike, "
        + "prepared otherwise than in training (--mean, --std), or that part of the network is dead"
    ]
  }

  /// A vector of one sample is blank only if all its elements are alike, as it has no second place to compare with.
  private static func isBlank(
    _ input: Int, _ graph: Graph, _ ranges: [Int: ChannelRanges], _ sampleCount: Int
  ) -> Bool {
    guard let range = ranges[input], range.isConstant else { return false }
    let isVector = graph.tensors[input].shape?.elementCount == range.minimum.count
    return !isVector || sampleCount > 1 || Set(range.minimum).count == 1
  }

  private static func values(_ range: ChannelRanges) -> String {
    let distinct = Set(range.minimum).sorted()
    return distinct.count > 3 ? "the same" : distinct.map { "\($0)" }.joined(separator: " or ")
  }
}
