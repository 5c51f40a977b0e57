extension ProfileDocument.Roofline {
  /// What an operator reaches of the roof above it: of the bandwidth, if it multiplies nothing. Nil where its work is not known.
  func part(_ item: ProfileDocument.Operator) -> Double? {
    guard item.macs > 0 else { return bandwidth > 0 ? item.gbps.map { $0 / bandwidth } : nil }
    guard let intensity = item.intensity, let rate = item.gmacs else { return nil }
    let roof = min(peak, intensity * bandwidth)
    return roof > 0 ? rate / roof : nil
  }
}

extension ProfileDocument {
  /// Nil without roofs or operators to set under them.
  var rooflineSection: Markup? {
    guard let roofline else { return nil }
    let dots = operators.compactMap { item -> RooflineChart.Dot? in
      guard let intensity = item.intensity, let rate = item.gmacs, rate > 0 else { return nil }
      return RooflineChart.Dot(
        name: "\(item.index) \(item.title): \(Figures.rounded(rate)) GMAC/s at \(Figures.rounded(intensity)) MAC/byte, "
          + "\(Figures.share(item.share)) of the time",
        label: "\(item.index)", intensity: intensity, rate: rate, share: item.share, style: item.style)
    }
    let chart = RooflineChart(peak: roofline.peak, bandwidth: roofline.bandwidth, dots: dots)
    guard let drawing = chart.markup else { return nil }
    let size = roofline.bandwidthBytes.map { " of \(Figures.bytes($0))" } ?? ""
    let others = operators.count - dots.count
    let rest =
      others == 0 ? "" : " Without multiply-accumulates, and so not drawn: \(others) operator\(others == 1 ? "" : "s")."
    return """
      <div class="pair">
      <figure class="roomy">
      <figcaption>One dot for each operator, the larger the longer it takes. <span class="key mark"></span>bound by arithmetic, \
      <span class="key warm"></span>by memory, <span class="key faint"></span>by neither.</figcaption>
      \(drawing)</figure>
      <div>
      <p>Both roofs were measured on this machine: \(Figures.rounded(roofline.peak)) · 10⁹ int8 multiply-accumulates a second, and \
      \(Figures.rounded(roofline.bandwidth)) · 10⁹ bytes a second read and written in copies\(size). They meet at \
      \(chart.ridgeText) multiply-accumulates a byte: left of that, memory sets the limit, right of it, arithmetic.</p>
      <p class="note">How far a dot lies below the roof is what a better kernel, a better shape or more threads could gain. Bytes are those of \
      weights and activations, each counted once; data that stay in caches come faster than from memory, so dots may lie above the slope.\
      \(rest)</p>
      \(gainTable(roofline))
      </div>
      </div>

      """
  }

  /// Operators that `gainTable` names.
  private static let gainCount = 5

  /// Where time could be saved: at the roof an operator would take its time's part that it reaches now.
  private func gainTable(_ roofline: Roofline) -> Markup {
    let gains = operators.compactMap { item in
      roofline.part(item).flatMap { $0 > 0 && $0 < 1 ? (item: item, gain: item.median * (1 - $0)) : nil }
    }.sorted { ($1.gain, $0.item.index) < ($0.gain, $1.item.index) }
    guard let largest = gains.first?.gain, largest > 0 else { return "" }
    var table = Table(
      "Most time above what the roof allows",
      [.text("Operator"), .number("Time"), .number("At the roof"), .number("Gain"), .bar("")])
    for (item, gain) in gains.prefix(Self.gainCount) {
      table.add([
        Table.Cell(markup: item.link), Table.Cell(Figures.time(item.median)),
        Table.Cell(Figures.time(item.median - gain)), Table.Cell(Figures.time(gain)),
        Table.Cell(bar: gain / largest, style: item.style),
      ])
    }
    return table.markup
  }
}
