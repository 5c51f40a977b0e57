import EdgeTensor

extension Option {
  static let stageProfile = Option("profile", nil, nil, "say at the end where the time went, stage by stage")
}

/// Where the time of many pictures went, stage by stage, in constant memory.
struct StageProfile {
  /// Of `Stage`'s cases, as far as they are used.
  private var times: [DurationHistogram]

  enum Stage: Int, CaseIterable {
    /// Reading, decoding, cropping and resizing, which happen row by row in one pass.
    case decode
    /// Writing the model's input.
    case preprocess
    case infer
    /// For a thread that decodes or infers, or for results before it to be written.
    case wait
    /// Of a frame, from its capture to its result.
    case age

    var name: StaticString {
      switch self {
      case .decode: "decode"
      case .preprocess: "preprocess"
      case .infer: "infer"
      case .wait: "wait"
      case .age: "age"
      }
    }
  }

  init() { times = Array(repeating: DurationHistogram(), count: Stage.allCases.count) }

  subscript(stage: Stage) -> DurationHistogram { times[stage.rawValue] }

  /// - Parameter nanoseconds: nil if it is not known.
  mutating func add(_ stage: Stage, _ nanoseconds: Int64?) {
    if let nanoseconds { times[stage.rawValue].add(nanoseconds) }
  }

  mutating func add(_ stages: StageTimes) {
    add(.decode, stages.decode)
    add(.preprocess, stages.preprocess)
    add(.infer, stages.infer)
  }

  /// A table, a line for each stage that has samples.
  var text: Text {
    var text: Text = "stage, ms       mean       p50       p90       p99       max\n"
    for stage in Stage.allCases where self[stage].count > 0 {
      let times = self[stage]
      text += Text(stringLiteral: stage.name).padded(to: 10)
      for value in [
        times.mean, times.percentile(thousandths: 500), times.percentile(thousandths: 900),
        times.percentile(thousandths: 990), times.percentile(thousandths: 1000),
      ] { text += decimals(Int(value / 1000), 3).paddedLeft(to: 10) }
      text += "\n"
    }
    return text
  }
}
