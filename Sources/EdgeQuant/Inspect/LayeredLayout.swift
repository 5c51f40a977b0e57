/// Places boxes in layers from top to bottom, so that every edge leads down, chains are straight, and few edges cross.
///
/// Layers by longest path; an edge over several layers passes an invisible vertex in each; the order within layers by barycenters;
/// vertices that follow each other without crossing share a vertical line, and lines are packed to the left.
/// - SeeAlso: Sugiyama et al., 1981; Brandes and Köpf, "Fast and Simple Horizontal Coordinate Assignment", 2001.
struct LayeredLayout {
  struct Point: Equatable {
    var x: Double
    var y: Double
  }

  struct Size {
    var width: Double
    var height: Double
  }

  struct Edge {
    /// Boxes; `from < to`.
    let from: Int
    let to: Int
  }

  /// The middle of each box's upper side.
  private(set) var tops: [Point]
  /// For each edge, from the lower side of one box to the upper side of the other; straight down where there is no turn.
  private(set) var routes: [[Point]]
  private(set) var size = Size(width: 0, height: 0)

  private static let columnGap = 28.0
  private static let layerGap = 44.0
  private static let lineWidth = 30.0
  private static let sweepCount = 8
  /// With more invisible vertices, long edges go straight.
  private static let maximumVertexCount = 100_000

  private var layerOf: [Int]
  private var layers: [[Int]] = []
  /// By vertex: neighbours in the layers above and below.
  private var above: [[Int]]
  private var below: [[Int]]
  private let boxCount: Int

  /// - Parameter edges: each leads to a box with a greater index.
  init(boxes: [Size], edges: [Edge]) {
    boxCount = boxes.count
    layerOf = LayeredLayout.layers(boxes.count, edges)
    above = boxes.map { _ in [] }
    below = boxes.map { _ in [] }
    tops = []
    routes = []
    var paths: [[Int]] = []
    for edge in edges { paths.append(path(edge)) }
    layers = [[Int]](repeating: [], count: (layerOf.max() ?? -1) + 1)
    for vertex in layerOf.indices { layers[layerOf[vertex]].append(vertex) }
    for _ in 0..<LayeredLayout.sweepCount {
      for layer in layers.indices.dropFirst() { sort(layer, by: above) }
      for layer in layers.indices.dropLast().reversed() { sort(layer, by: below) }
    }
    for layer in layers.indices.dropFirst() { sort(layer, by: above) }

    let widths = layerOf.indices.map { $0 < boxCount ? boxes[$0].width : LayeredLayout.lineWidth }
    let columns = columns(widths)
    var y = 0.0
    var layerTops: [Double] = []
    var layerHeights: [Double] = []
    for layer in layers {
      layerTops.append(y)
      layerHeights.append(layer.map { $0 < boxCount ? boxes[$0].height : 0 }.max() ?? 0)
      y += layerHeights[layerHeights.count - 1] + LayeredLayout.layerGap
    }
    tops = boxes.indices.map { Point(x: columns[$0], y: layerTops[layerOf[$0]]) }
    /// Where on a box's side an edge is fastened that comes from, or goes to, another column.
    func fastened(_ box: Int, towards column: Double) -> Double {
      let reach = max(boxes[box].width / 2 - 14, 0)
      return columns[box] + min(max(column - columns[box], -reach), reach)
    }
    routes = zip(edges, paths).map { edge, path in
      let start = Point(
        x: fastened(edge.from, towards: columns[path.first ?? edge.to]), y: tops[edge.from].y + boxes[edge.from].height)
      let end = Point(x: fastened(edge.to, towards: columns[path.last ?? edge.from]), y: tops[edge.to].y)
      let between = path.flatMap { vertex in
        let top = layerTops[layerOf[vertex]]
        return [Point(x: columns[vertex], y: top), Point(x: columns[vertex], y: top + layerHeights[layerOf[vertex]])]
      }
      return [start] + between + [end]
    }
    size.width = layerOf.indices.map { columns[$0] + widths[$0] / 2 }.max() ?? 0
    size.height = max(y - LayeredLayout.layerGap, 0)
  }

  /// Longest path from above; boxes that nothing leads to stand right above the first box they lead to.
  private static func layers(_ count: Int, _ edges: [Edge]) -> [Int] {
    var layers = [Int](repeating: 0, count: count)
    let sorted = edges.sorted { $0.from < $1.from }
    for edge in sorted { layers[edge.to] = max(layers[edge.to], layers[edge.from] + 1) }
    var hasSource = [Bool](repeating: false, count: count)
    for edge in edges { hasSource[edge.to] = true }
    var first = [Int: Int]()
    for edge in edges where !hasSource[edge.from] { first[edge.from] = min(first[edge.from] ?? .max, layers[edge.to]) }
    for (box, layer) in first { layers[box] = layer - 1 }
    return layers
  }

  /// Adds the invisible vertices of an edge.
  private mutating func path(_ edge: Edge) -> [Int] {
    var path: [Int] = []
    var last = edge.from
    let between = (layerOf[edge.from] + 1)..<max(layerOf[edge.to], layerOf[edge.from] + 1)
    guard layerOf.count + between.count <= LayeredLayout.maximumVertexCount else { return [] }
    for layer in between {
      let vertex = layerOf.count
      layerOf.append(layer)
      above.append([last])
      below.append([])
      below[last].append(vertex)
      path.append(vertex)
      last = vertex
    }
    below[last].append(edge.to)
    above[edge.to].append(last)
    return path
  }

  /// Orders a layer by the mean place of each vertex's neighbours; vertices without any keep theirs.
  private mutating func sort(_ layer: Int, by neighbors: [[Int]]) {
    var place = [Int: Int]()
    for vertex in layers[layer] {
      for neighbor in neighbors[vertex] where place[neighbor] == nil {
        for (index, other) in layers[layerOf[neighbor]].enumerated() { place[other] = index }
      }
    }
    let keyed = layers[layer].enumerated().map { index, vertex in
      let places = neighbors[vertex].map { Double(place[$0] ?? 0) }
      let key = places.isEmpty ? Double(index) : places.reduce(0, +) / Double(places.count)
      return (vertex: vertex, key: key, index: index)
    }
    layers[layer] = keyed.sorted { ($0.key, $0.index) < ($1.key, $1.index) }.map { $0.vertex }
  }

  /// The middle of each vertex.
  private func columns(_ widths: [Double]) -> [Double] {
    // By vertex: the first vertex of its vertical line.
    var line = Array(layerOf.indices)
    for layer in layers.indices.dropFirst() { align(layer, &line) }

    // What stands left of each vertex, line by line.
    var leftOf = [[(line: Int, gap: Double)]](repeating: [], count: layerOf.count)
    var readers = [[Int]](repeating: [], count: layerOf.count)
    var waiting = [Int](repeating: 0, count: layerOf.count)
    for layer in layers {
      for (left, right) in zip(layer, layer.dropFirst()) {
        let gap = (widths[left] + widths[right]) / 2 + LayeredLayout.columnGap
        leftOf[line[right]].append((line[left], gap))
        readers[line[left]].append(line[right])
        waiting[line[right]] += 1
      }
    }
    var columns = [Double](repeating: 0, count: layerOf.count)
    for vertex in layerOf.indices { columns[line[vertex]] = max(columns[line[vertex]], widths[vertex] / 2) }
    var ready = layerOf.indices.filter { line[$0] == $0 && waiting[$0] == 0 }
    while let next = ready.popLast() {
      for left in leftOf[next] { columns[next] = max(columns[next], columns[left.line] + left.gap) }
      for reader in readers[next] {
        waiting[reader] -= 1
        if waiting[reader] == 0 { ready.append(reader) }
      }
    }
    return layerOf.indices.map { columns[line[$0]] }
  }

  /// Joins vertices of a layer to the lines of the layer above: first those of long edges, then boxes.
  private func align(_ layer: Int, _ line: inout [Int]) {
    var place = [Int: Int]()
    for (index, vertex) in layers[layer - 1].enumerated() { place[vertex] = index }
    var segments: [(rank: Int, from: Int, to: Int, vertices: (Int, Int))] = []
    for (index, vertex) in layers[layer].enumerated() {
      for neighbor in above[vertex] {
        guard let from = place[neighbor] else { continue }
        let invisible = (vertex >= boxCount ? 1 : 0) + (neighbor >= boxCount ? 1 : 0)
        segments.append((rank: [1, 2, 0][invisible], from: from, to: index, vertices: (neighbor, vertex)))
      }
    }
    var taken: [(from: Int, to: Int)] = []
    for segment in segments.sorted(by: { ($0.rank, $0.from, $0.to) < ($1.rank, $1.from, $1.to) }) {
      guard
        taken.allSatisfy({
          ($0.from < segment.from) == ($0.to < segment.to) && $0.from != segment.from && $0.to != segment.to
        })
      else { continue }
      taken.append((segment.from, segment.to))
      line[segment.vertices.1] = line[segment.vertices.0]
    }
  }
}
