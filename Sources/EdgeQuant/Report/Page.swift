/// A page that a person reads: one HTML file that needs nothing else, in the light or dark of the reader's system, on phones, desktops and
/// paper. Without its script only the sorting of tables is missing.
struct Page {
  let title: String
  private let lead: Markup
  private var sections: [(heading: String, content: Markup)] = []

  /// - Parameter lead: what stands under the title.
  init(title: String, lead: Markup) {
    self.title = title
    self.lead = lead
  }

  mutating func add(_ heading: String, _ content: Markup) { sections.append((heading, content)) }

  /// UTF-8.
  var html: [UInt8] {
    let body = sections.enumerated().map { index, section -> Markup in
      """
      <section aria-labelledby="section-\(index)">
      <h2 id="section-\(index)">\(section.heading)</h2>
      \(section.content)
      </section>

      """
    }.joined()
    // The policy forbids the page every request, should any text ever get past the escaping.
    let page: Markup = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8"/>
      <meta name="viewport" content="width=device-width, initial-scale=1"/>
      <meta name="color-scheme" content="light dark"/>
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"/>
      <title>\(title)</title>
      <style>
      \(Page.style)
      </style>
      </head>
      <body>
      <main>
      <header>
      <h1>\(title)</h1>
      \(lead)
      </header>
      \(body)</main>
      <script>
      \(Page.script)
      </script>
      </body>
      </html>

      """
    return Array(page.text.utf8)
  }
}

/// A number in large print, what it says, and what belongs to it.
struct Tile {
  let label: String
  let value: String
  let detail: String
  /// Of the value: `good` or `bad`.
  var style = ""

  var markup: Markup {
    """
    <div class="tile"><dt>\(label)</dt><dd><span class="value\(style.isEmpty ? "" : " \(style)")">\(value)</span> <span class="detail">\(detail)</span></dd></div>

    """
  }
}

extension Sequence where Element == Tile {
  var markup: Markup { "<dl class=\"tiles\">\n\(map { $0.markup }.joined())</dl>\n" }
}
