extension ProfileDocument {
  /// The profile as a page: one HTML file, in UTF-8, that needs nothing else. What was not measured is left out.
  public var html: [UInt8] {
    var page = Page(title: title, lead: "<p>\(introduction)</p>\n\(warning)\(tiles.markup)")
    page.add("Latency", latencySection)
    if !operators.isEmpty { page.add("Operators", operatorSection) }
    if let rooflineSection { page.add("Roofline", rooflineSection) }
    if let memory { page.add("Memory", memorySection(memory)) }
    if !sweep.isEmpty { page.add("Threads", sweepSection) }
    if !soak.isEmpty { page.add("Soak", soakSection) }
    if let counters, let section = counterSection(counters) { page.add("Hardware counters", section) }
    page.add("Board and files", boardSection)
    return page.html
  }

  private var title: String {
    let fileName = file.map { $0.split(separator: "/").last.map(String.init) ?? $0 } ?? ""
    guard let name, !name.isEmpty else { return fileName.isEmpty ? "Profile" : fileName }
    return fileName.isEmpty ? name : "\(fileName) (\(name))"
  }

  private var introduction: String {
    var text = "Measured"
    if let tool, !tool.isEmpty { text += " by \(tool)" }
    if let model = board?.model, !model.isEmpty { text += " on \(model)" }
    if let threads { text += ", \(threads) thread\(threads == 1 ? "" : "s")" }
    if let isFused { text += isFused ? ", fused" : ", not fused" }
    if let runCount { text += "; \(Figures.count(runCount)) run\(runCount == 1 ? "" : "s")" }
    if let warmUpCount { text += " after \(Figures.count(warmUpCount)) to warm up" }
    return text + "."
  }

  /// What makes the numbers doubtful, and what the board says to explain it.
  private var warning: Markup {
    guard isStable == false else { return "" }
    let difference = halvesDifference.map { "; the medians of both halves differ by \(Figures.share($0))" } ?? ""
    var advice = "Measure again on an idle machine"
    if let governor = board?.governor, !governor.isEmpty, governor != "performance" {
      advice += ", with the governor performance instead of \(governor)"
    }
    if let end = board?.end?.throttled, end.flags != 0 { advice += "; firmware reports: \(end.text)" }
    if let start = board?.start?.megahertz, let end = board?.end?.megahertz, start > 0, abs(end / start - 1) > 0.05 {
      advice += "; the clock went from \(Figures.rounded(start)) to \(Figures.rounded(end)) MHz"
    }
    return "<p><strong class=\"bad\">The machine was unstable</strong>\(difference). \(advice).</p>\n"
  }

  /// Of the medians of both halves, against the smaller.
  private var halvesDifference: Double? {
    guard halves.count == 2, let least = halves.min(), least > 0 else { return nil }
    return abs(halves[1] - halves[0]) / least
  }

  /// What a reader wants to know first.
  private var tiles: [Tile] {
    var tiles = [
      Tile(
        label: "Median latency", value: Figures.time(median),
        detail: median > 0 ? "\(ProfileDocument.rate(1000 / median)) inferences a second" : "")
    ]
    if let p99 {
      let ratio = median > 0 ? "\(Figures.rounded(p99 / median))\u{A0}×\u{A0}the median" : ""
      let slowest = maximum.map { "slowest \(Figures.time($0))" }
      tiles.append(
        Tile(
          label: "p99 latency", value: Figures.time(p99),
          detail: [ratio, slowest ?? ""].filter { !$0.isEmpty }.joined(separator: "; ")))
    }
    if let isStable {
      let parts = [
        halvesDifference.map { "halves differ by \(Figures.share($0))" },
        spread.map { "parts by \(Figures.share($0))" },
      ]
      tiles.append(
        Tile(
          label: "Stability", value: isStable ? "\u{2713} stable" : "\u{2717} unstable",
          detail: parts.compactMap { $0 }.joined(separator: ", "), style: isStable ? "good" : "bad"))
    }
    if let peak = peakBytes ?? memory?.arenaBytes {
      let setter = peakSetter.map { "planned; set by \($0)" } ?? "planned, for activations"
      tiles.append(Tile(label: "Peak memory", value: Figures.bytes(peak), detail: setter))
    }
    let macs = operators.reduce(0) { $0 + $1.macs }
    if macs > 0, median > 0 {
      tiles.append(
        Tile(
          label: "Multiply-accumulates", value: Figures.macs(macs),
          detail: "\(Figures.rounded(Double(macs) / median / 1e6))\u{A0}GMAC/s"))
    }
    if let firstInference {
      tiles.append(
        Tile(
          label: "First inference", value: Figures.time(firstInference),
          detail: initialization.map { "after \(Figures.time($0)) to load and plan" } ?? ""))
    }
    return tiles
  }

  /// `29,222`, `12.3`.
  private static func rate(_ value: Double) -> String {
    (1000..<1e15).contains(value) ? Figures.count(Int(value.rounded())) : Figures.rounded(value)
  }

  /// `operator 3, conv_2d`.
  private var peakSetter: String? {
    guard let index = memory?.peakOperator else { return nil }
    guard index >= 0 else { return "the inputs" }
    guard index < memory?.operatorCount ?? 0 else { return "the outputs" }
    let kind = operators.first { $0.index <= index && index - $0.index < $0.count }?.kind
    return "operator \(index)" + (kind.map { ", \($0)" } ?? "")
  }
}
