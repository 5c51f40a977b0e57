import EdgeRuntime
import EdgeTensor

/// A page with a thumbnail of every picture, its label and its score: one file, without scripts, that needs nothing else.
///
/// It is written as the results come, so that its size costs no memory.
final class ContactSheet {
  private let output: Output
  private let classCount: Int
  private let asPercentage: Bool
  private let label: (Int) -> String?
  private var (pictureCount, errorCount) = (0, 0)

  /// - Parameters: as those of `PictureResults`.
  init(_ path: Path, classCount: Int, asPercentage: Bool, label: @escaping (Int) -> String?) throws(Failure) {
    output = try Output(creating: path)
    self.classCount = classCount
    self.asPercentage = asPercentage
    self.label = label
    // Colours are the system's, light or dark. What is not on the screen is not laid out.
    output.write(
      """
      <!doctype html>
      <html lang="en">
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width">
      <title>edgeinfer: contact sheet</title>
      <style>
      :root { color-scheme: light dark; font: 13px/1.3 system-ui, sans-serif; background: Canvas; color: CanvasText }
      body { display: grid; grid-template-columns: repeat(auto-fill, minmax(112px, 1fr)); gap: 8px; margin: 12px }
      p { grid-column: 1 / -1; margin: 4px 0 }
      figure { margin: 0; overflow: hidden; content-visibility: auto; contain-intrinsic-size: 112px 150px }
      img, i { display: block; width: 96px; height: 96px }
      i { border: 1px dashed GrayText; box-sizing: border-box; padding: 4px; overflow: hidden; font-size: 10px }
      figcaption { overflow-wrap: anywhere }
      small { display: block; color: GrayText; white-space: nowrap; overflow: hidden; text-overflow: ellipsis }
      </style>
      <body>

      """)
  }

  func add(_ result: PictureResult) {
    let path = HTML.escaped(result.item.path.text)
    let name = HTML.escaped(Text(result.item.path.lastComponent))
    pictureCount += 1
    if let error = result.error {
      errorCount += 1
      output.write(
        "<figure title=\"\(path)\"><i>\(HTML.escaped(error.text))</i><figcaption><small>\(name)</small></figcaption></figure>\n"
      )
      return
    }
    var list = path
    for entry in result.top.prefix(classCount) { list += "&#10;\(score(entry.score)) \(self.name(entry.index))" }
    output.write("<figure title=\"\(list)\">")
    if let thumbnail = result.thumbnail {
      output.write(
        "<img loading=\"lazy\" width=\"\(Thumbnails.side)\" height=\"\(Thumbnails.side)\" alt=\"\" src=\"data:image/jpeg;base64,"
      )
      output.write(HTML.base64(thumbnail))
      output.write("\">")
    }
    if let best = result.top.first {
      output.write(
        "<figcaption><b>\(self.name(best.index))</b> \(score(best.score))<small>\(name)</small></figcaption>")
    }
    output.write("</figure>\n")
  }

  func end() throws(Failure) {
    let errors: Text = errorCount > 0 ? ", \(errorCount) of them could not be read" : ""
    output.write("<p>\(pictureCount) pictures\(errors)</p>\n")
    try output.close()
  }

  private func score(_ score: Float) -> Text { PictureResults.score(score, asPercentage: asPercentage) }

  private func name(_ index: Int) -> Text { HTML.escaped(label(index).map { Text($0) } ?? "class \(index)") }
}
