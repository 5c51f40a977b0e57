/// A model drawn as a graph from top to bottom: a self-contained SVG in light or, where the viewer prefers that, dark colours.
public struct GraphDrawing {
  /// Larger graphs are not drawn.
  public static let maximumNodeCount = 4_000

  private let inspection: Inspection
  private let title: String
  private var boxes: [Box] = []
  private var edges: [LayeredLayout.Edge] = []
  /// For each edge, the tensor that it stands for.
  private var tensorOfEdge: [Int] = []

  private struct Box {
    var lines: [(text: String, style: String)]
    var kind: Kind
    /// Lines that appear when the box is pointed at.
    var tooltip: [String]
    var isRefused = false
    var size: LayeredLayout.Size
  }

  /// - Returns: nil if the model has more nodes than `maximumNodeCount`.
  /// - Parameter title: for people: the file's name.
  public init?(_ inspection: Inspection, title: String) {
    guard inspection.nodes.count <= GraphDrawing.maximumNodeCount else { return nil }
    self.inspection = inspection
    self.title = title
    addBoxes()
  }

  // MARK: Boxes and edges

  private mutating func addBoxes() {
    var boxOfTensor: [Int: Int] = [:]
    for input in inspection.inputs {
      boxOfTensor[input] = boxes.count
      boxes.append(boundary("input", input))
    }
    for node in inspection.nodes {
      let box = boxes.count
      boxes.append(self.box(node))
      connect(node.inputs.compactMap { $0 }, to: box, boxOfTensor)
      for output in node.outputs { boxOfTensor[output] = box }
    }
    for output in inspection.outputs {
      boxes.append(boundary("output", output))
      connect([output], to: boxes.count - 1, boxOfTensor)
    }
  }

  private mutating func connect(_ tensors: [Int], to box: Int, _ boxOfTensor: [Int: Int]) {
    var drawn = Set<Int>()
    for tensor in tensors where drawn.insert(tensor).inserted {
      guard let source = boxOfTensor[tensor], source < box else { continue }
      edges.append(LayeredLayout.Edge(from: source, to: box))
      tensorOfEdge.append(tensor)
    }
  }

  private func boundary(_ what: String, _ index: Int) -> Box {
    let tensor = inspection.tensors[index]
    var lines = [(text: shortened("\(what) \(tensor.name)", 34), style: "op"), (text: tensor.type, style: "small")]
    if let quantization = tensor.quantization { lines.append((text: "\(quantization)", style: "small")) }
    return Box(lines: lines, kind: .boundary, tooltip: ["\(what) \(tensor.name)"], size: GraphDrawing.size(lines))
  }

  private func box(_ node: Inspection.Node) -> Box {
    var lines = [(text: node.operatorName, style: "op")]
    let summary = inspection.summary(of: node)
    if !summary.isEmpty { lines.append((text: shortened(summary, 44), style: "small")) }
    var costs: [String] = []
    if node.parameterCount > 0 { costs.append("\(Figures.count(node.parameterCount)) parameters") }
    if let products = node.multiplyAccumulateCount, products > 0 {
      costs.append("\(Figures.count(products)) MACs")
    }
    if !costs.isEmpty { lines.append((text: costs.joined(separator: ", "), style: "small")) }
    if node.problem != nil { lines.append((text: "cannot be converted", style: "problem")) }
    var tooltip = ["\(node.operatorName) \(node.name)"] + node.attributes.map { "\($0.key): \($0.value)" }
    for output in node.outputs {
      let tensor = inspection.tensors[output]
      tooltip.append("\(tensor.type)\(tensor.quantization.map { ", \($0)" } ?? "")")
    }
    if let problem = node.problem { tooltip.append("cannot be converted: \(problem)") }
    return Box(
      lines: lines, kind: Kind(node.operatorName), tooltip: tooltip, isRefused: node.problem != nil,
      size: GraphDrawing.size(lines))
  }

  private static func size(_ lines: [(text: String, style: String)]) -> LayeredLayout.Size {
    let widths = lines.map { Double($0.text.count) * ($0.style == "op" ? 9.2 : 6.3) }
    return LayeredLayout.Size(width: max((widths.max() ?? 0) + 30, 110), height: 12 + 16 * Double(lines.count) + 4)
  }

  // MARK: SVG

  private static let margin = 24.0
  private static let headerHeight = 84.0

  /// The file.
  public var svg: String {
    let layout = LayeredLayout(boxes: boxes.map { $0.size }, edges: edges)
    let kinds = Kind.allCases.filter { kind in boxes.contains { $0.kind == kind } }
    let legendWidth = kinds.reduce(0.0) { $0 + Double($1.title.count) * 6.3 + 30 }
    let width = max(layout.size.width, legendWidth, Double(totals.count) * 6.4, 320) + 2 * GraphDrawing.margin
    let height = layout.size.height + GraphDrawing.headerHeight + 2 * GraphDrawing.margin
    let shift = (width - layout.size.width) / 2
    var parts = [
      """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(number(width))" height="\(number(height))" \
      viewBox="0 0 \(number(width)) \(number(height))" role="img">
      <title>\(Markup.escaped(title))</title>
      <style>\(GraphDrawing.style)</style>
      <defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">\
      <path class="tip" d="M0 0.5 8 4 0 7.5z"/></marker></defs>
      <rect class="page" width="100%" height="100%"/>
      """,
      text(title, "title", x: GraphDrawing.margin, y: 34), text(totals, "small", x: GraphDrawing.margin, y: 55),
      legend(kinds),
      "<g transform=\"translate(\(number(shift)) \(number(GraphDrawing.headerHeight + GraphDrawing.margin)))\">",
    ]
    for route in layout.routes {
      parts.append("<path class=\"edge\" d=\"\(path(route))\" marker-end=\"url(#arrow)\"/>")
    }
    for (index, box) in boxes.enumerated() { parts.append(drawn(box, at: layout.tops[index])) }
    parts += labels(layout)
    return parts.joined(separator: "\n") + "\n</g>\n</svg>\n"
  }

  /// The type of each tensor where it leaves its box, above boxes and lines, and on that side of the line where others do not leave.
  private func labels(_ layout: LayeredLayout) -> [String] {
    var edgesOfTensor: [Int: [Int]] = [:]
    for (edge, tensor) in tensorOfEdge.enumerated() { edgesOfTensor[tensor, default: []].append(edge) }
    var labelled = Set<Int>()
    return tensorOfEdge.compactMap { tensor in
      guard labelled.insert(tensor).inserted, let leaving = edgesOfTensor[tensor] else { return nil }
      let box = edges[leaving[0]].from
      let top = layout.tops[box]
      let (x, y) = (layout.routes[leaving[0]][0].x, top.y + boxes[box].size.height + 15)
      let starts = edges.indices.filter { edges[$0].from == box }.map { layout.routes[$0][0].x }
      let isCrowded = starts.contains { $0 > x } && !starts.contains { $0 < x }
      return text(
        inspection.tensors[tensor].type, isCrowded ? "shape left" : "shape", x: isCrowded ? x - 7 : x + 7, y: y)
    }
  }

  private var totals: String {
    let count = inspection.nodes.count
    var words = [
      inspection.format.rawValue, "\(Figures.count(count)) operator\(count == 1 ? "" : "s")",
      "\(Figures.count(inspection.parameterCount)) parameters",
      "\(Figures.count(inspection.multiplyAccumulateCount)) MACs",
      "\(Figures.count(inspection.weightByteCount)) bytes of weights",
    ]
    if inspection.problemCount > 0 { words.append("\(inspection.problemCount) cannot be converted") }
    return words.joined(separator: " · ")
  }

  private func legend(_ kinds: [Kind]) -> String {
    var x = GraphDrawing.margin
    return kinds.map { kind in
      defer { x += Double(kind.title.count) * 6.3 + 30 }
      return "<rect class=\"\(kind)\" x=\"\(number(x))\" y=\"67\" width=\"10\" height=\"10\" rx=\"2\"/>"
        + text(kind.title, "small", x: x + 15, y: 76)
    }.joined()
  }

  private func drawn(_ box: Box, at top: LayeredLayout.Point) -> String {
    let x = top.x - box.size.width / 2
    let frame =
      "x=\"\(number(x))\" y=\"\(number(top.y))\" width=\"\(number(box.size.width))\" "
      + "height=\"\(number(box.size.height))\" rx=\"\(box.kind == .boundary ? "14" : "6")\""
    var parts = [
      "<g><title>\(box.tooltip.map(Markup.escaped).joined(separator: "\n"))</title><rect class=\"box\(box.isRefused ? " refused" : "")\" \(frame)/>"
    ]
    parts.append(
      "<rect class=\"\(box.kind)\" x=\"\(number(x + 8))\" y=\"\(number(top.y + 9))\" width=\"4\" "
        + "height=\"\(number(box.size.height - 18))\" rx=\"2\"/>")
    for (index, line) in box.lines.enumerated() {
      parts.append(text(line.text, line.style, x: x + 20, y: top.y + 20 + 16 * Double(index)))
    }
    return parts.joined() + "</g>"
  }

  /// A curve that leaves and enters every point vertically.
  private func path(_ points: [LayeredLayout.Point]) -> String {
    var path = "M\(number(points[0].x)) \(number(points[0].y))"
    for (from, to) in zip(points, points.dropFirst()) where from != to {
      if from.x == to.x {
        path += "L\(number(to.x)) \(number(to.y))"
      } else {
        let middle = (from.y + to.y) / 2
        path += "C\(number(from.x)) \(number(middle)) \(number(to.x)) \(number(middle)) \(number(to.x)) \(number(to.y))"
      }
    }
    return path
  }

  private func text(_ text: String, _ style: String, x: Double, y: Double) -> String {
    "<text class=\"\(style)\" x=\"\(number(x))\" y=\"\(number(y))\">\(Markup.escaped(text))</text>"
  }

  private func shortened(_ text: String, _ count: Int) -> String {
    text.count <= count ? text : "\(text.prefix(count / 2))…\(text.suffix(count / 2 - 1))"
  }

  /// One decimal at most.
  private func number(_ value: Double) -> String {
    let tenths = (value * 10).rounded()
    return tenths.truncatingRemainder(dividingBy: 10) == 0 ? "\(Int(tenths / 10))" : "\(tenths / 10)"
  }
}
