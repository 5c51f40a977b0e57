extension Evaluation {
  /// The evaluation as a page: one HTML file, in UTF-8, that needs nothing else.
  /// - Parameter model: its name.
  public func html(model: String) -> [UInt8] {
    var text = "\(Figures.count(labelledCount)) labelled samples of \(path), \(Figures.count(classCount)) classes"
    let unused = predictions.count - labelledCount
    if unused > 0 { text += "; \(Figures.count(unused)) left out" }
    var page = Page(title: model, lead: "<p>\(text).</p>\n\(tiles.markup)")
    if let picture = confusionPicture, labelledCount > 0 {
      page.add(
        "Confusion matrix",
        """
        <figure class="matrix">
        <figcaption>Rows: what it is; columns: what the model says. The darker a field, the larger the share of its row; right answers \
        are blue.</figcaption>
        <div class="picture" role="img" aria-label="Confusion matrix; the table of classes has its sums">
        \(picture)</div>
        </figure>

        """)
    }
    page.add("Classes", classTable)
    return page.html
  }

  private var tiles: [Tile] {
    func tile(_ label: String, _ share: Proportion) -> Tile {
      let (low, high) = (share.interval.lowerBound, share.interval.upperBound)
      return Tile(
        label: label, value: share.total > 0 ? "\(Figures.decimal(100 * share.value, 2))\u{A0}%" : "–",
        detail: "\(Figures.count(share.count)) of \(Figures.count(share.total)); 95\u{A0}% interval "
          + "\(Figures.decimal(100 * low, 2)) to \(Figures.decimal(100 * high, 2))")
    }
    return [tile("Top-1 accuracy", top1)] + (classCount > Evaluation.bestCount ? [tile("Top-5 accuracy", top5)] : [])
  }

  /// Classes that occur neither in the data nor in the answers are left out.
  private var classTable: Markup {
    var table = Table(
      "Labelled samples by class",
      [
        .text("Class"), .number("Samples"), .number("Right"), .number("Recall"), .bar("Recall, drawn"),
        .number("Precision"),
      ],
      isSortable: true)
    func share(_ share: Proportion) -> Table.Cell {
      share.total > 0 ? Table.Cell(Figures.share(share.value), share.value) : Table.Cell("–")
    }
    for (index, counts) in classes.enumerated() where counts.samples + counts.predicted > 0 {
      table.add([
        Table.Cell(markup: "<bdi>\(name(index))</bdi>"),
        Table.Cell(Figures.count(counts.samples), Double(counts.samples)),
        Table.Cell(Figures.count(counts.right), Double(counts.right)), share(counts.recall),
        counts.samples > 0 ? Table.Cell(bar: counts.recall.value) : Table.Cell("–"), share(counts.precision),
      ])
    }
    return """
      <p class="note">Recall: the share of a class that the model finds. Precision: how often the model is right when it says so.</p>
      \(table.markup)
      """
  }
}
