extension Evaluation {
  /// Larger matrices are not drawn.
  public static let maximumDrawnSide = 256

  /// The confusion matrix as a picture: the darker a field, the larger the share of its row. Fields of up to 20 classes show their counts;
  /// others tell class, answer and count when pointed at. nil above `maximumDrawnSide` classes.
  public var confusionSVG: String? { confusionPicture?.text }

  var confusionPicture: Markup? {
    guard classCount <= Evaluation.maximumDrawnSide, let matrix = confusion else { return nil }
    let hasText = classCount <= 20
    let (cell, margin) = (hasText ? 34 : max(3, 680 / classCount), hasText ? 110 : 24)
    let side = margin + cell * classCount + 8
    var svg: Markup = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(side) \(side)" width="\(side)" height="\(side)" \
      font-family="sans-serif" font-size="11">
      <rect width="\(side)" height="\(side)" fill="#fff"/>
      <text x="\(margin + cell * classCount / 2)" y="12" text-anchor="middle">what the model says</text>
      <text transform="translate(12 \(margin + cell * classCount / 2)) rotate(-90)" text-anchor="middle">what it is</text>

      """
    if hasText {
      for index in 0..<classCount {
        let (short, middle) = (String(name(index).prefix(12)), margin + cell * index + cell / 2)
        svg += "<text x=\"\(margin - 6)\" y=\"\(middle + 4)\" text-anchor=\"end\">\(short)</text>\n"
        svg += "<text transform=\"translate(\(middle + 4) \(margin - 6)) rotate(-90)\">\(short)</text>\n"
      }
    }
    for row in 0..<classCount {
      let counts = matrix[(row * classCount)..<((row + 1) * classCount)]
      let total = max(counts.reduce(0, +), 1)
      for (column, count) in counts.enumerated() where count > 0 || hasText {
        let (x, y, share) = (margin + cell * column, margin + cell * row, 100 * count / total)
        // Right answers in blue, wrong ones in red.
        let color = "hsl(\(row == column ? 215 : 8) 75% \(97 - share * 55 / 100)%)"
        svg += "<rect x=\"\(x)\" y=\"\(y)\" width=\"\(cell - 1)\" height=\"\(cell - 1)\" fill=\"\(color)\">"
        svg += "<title>\(name(row)) taken for \(name(column)): \(count)</title></rect>\n"
        guard hasText, count > 0 else { continue }
        let ink = share > 60 ? "#fff" : "#000"
        svg += "<text x=\"\(x + cell / 2)\" y=\"\(y + cell / 2 + 4)\" text-anchor=\"middle\" fill=\"\(ink)\">"
        svg += "\(count)</text>\n"
      }
    }
    svg += "</svg>\n"
    return svg
  }
}
