import EdgeTensor

/// What is told at the end of a stream.
struct CameraSummary {
  var labelled = 0
  var damaged = 0
  private(set) var stages = StageProfile()

  /// Results so far.
  var resultCount: Int { labelled + damaged }

  mutating func add(_ result: FrameResult) {
    guard result.error == nil else {
      damaged += 1
      return
    }
    labelled += 1
    stages.add(result.times)
    stages.add(.age, result.age)
    stages.add(.wait, result.age.map { $0 - result.times.total })
  }

  /// - Parameters:
  ///   - received: frames that the source had.
  ///   - duration: nanoseconds from the start.
  func text(received: Int, duration: Int64) -> Text {
    let seconds = max(duration, 1)
    var text: Text = """
      \(received) frames in \(decimals(Int(duration / 100_000_000), 1)) s (\(rate(received, seconds)) a second): \(labelled) \
      labelled (\(rate(labelled, seconds)) a second), \(damaged) damaged, \(received - resultCount) dropped
      """
    for stage in [StageProfile.Stage.age, .decode, .infer] where stages[stage].count > 0 {
      let times = stages[stage]
      text += "; \(stage.name)"
      for (percent, thousandths) in [("p50" as StaticString, 500), ("p90", 900), ("p99", 990)] {
        text += " \(percent) \(decimals(Int(times.percentile(thousandths: thousandths) / 100_000), 1))"
      }
      text += " ms"
    }
    return text
  }

  private func rate(_ count: Int, _ nanoseconds: Int64) -> Text {
    decimals(Int(Double(count) * 1e10 / Double(nanoseconds) + 0.5), 1)
  }
}
