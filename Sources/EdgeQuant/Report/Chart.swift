/// A drawing for a page: inline SVG whose colours come from the page's style.
struct Chart {
  /// Unique on the page: letters, digits and hyphens.
  let identifier: String
  /// What it is, for those who do not see it.
  let title: String
  let description: String
  let width: Int
  let height: Int
  private var parts: Markup = ""

  init(_ identifier: String, title: String, description: String, width: Int, height: Int) {
    (self.identifier, self.title, self.description) = (identifier, title, description)
    (self.width, self.height) = (width, height)
  }

  enum Anchor: String { case start, middle, end }

  /// - Parameter hint: what it says when pointed at.
  mutating func rectangle(
    _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ style: String, hint: String? = nil
  ) {
    parts += """
      <rect class="\(style)" x="\(Chart.number(x))" y="\(Chart.number(y))" width="\(Chart.number(width))" \
      height="\(Chart.number(height))"\(Chart.end("rect", hint))

      """
  }

  mutating func line(_ x0: Double, _ y0: Double, _ x1: Double, _ y1: Double, _ style: String) {
    path("M\(Chart.number(x0)) \(Chart.number(y0))L\(Chart.number(x1)) \(Chart.number(y1))", style)
  }

  mutating func path(_ path: String, _ style: String) { parts += "<path class=\"\(style)\" d=\"\(path)\"/>\n" }

  mutating func circle(_ x: Double, _ y: Double, radius: Double, _ style: String, hint: String? = nil) {
    parts += """
      <circle class="\(style)" cx="\(Chart.number(x))" cy="\(Chart.number(y))" \
      r="\(Chart.number(radius))"\(Chart.end("circle", hint))

      """
  }

  private static func end(_ element: Markup, _ hint: String?) -> Markup {
    hint.map { "><title>\($0)</title></\(element)>" } ?? "/>"
  }

  mutating func text(_ text: String, _ x: Double, _ y: Double, _ anchor: Anchor = .start, style: String = "") {
    parts += """
      <text class="\(style)" x="\(Chart.number(x))" y="\(Chart.number(y))" text-anchor="\(anchor.rawValue)">\(text)</text>

      """
  }

  var markup: Markup {
    """
    <svg class="chart" viewBox="0 0 \(width) \(height)" role="img" aria-labelledby="\(identifier)-title \(identifier)-desc">
    <title id="\(identifier)-title">\(title)</title>
    <desc id="\(identifier)-desc">\(description)</desc>
    \(parts)</svg>

    """
  }

  /// A coordinate: a tenth of a pixel is enough.
  static func number(_ value: Double) -> String { Figures.decimal(value, 1) }
}
