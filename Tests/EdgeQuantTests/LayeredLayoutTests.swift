import Testing
import _EdgeTestSupport

@testable import EdgeQuant

@Suite struct LayeredLayoutTests {
  typealias Edge = LayeredLayout.Edge

  @Test func `a chain with a bypass is straight, and the bypass runs beside it`() {
    let box = LayeredLayout.Size(width: 100, height: 40)
    let layout = LayeredLayout(
      boxes: [box, box, box, box],
      edges: [Edge(from: 0, to: 1), Edge(from: 1, to: 2), Edge(from: 2, to: 3), Edge(from: 0, to: 3)])
    #expect(Set(layout.tops.map { $0.x }) == [50])
    #expect(layout.routes[3].dropFirst().dropLast().allSatisfy { $0.x > 100 })
  }

  @Test(arguments: 1...20) func `boxes never overlap and edges lead down`(seed: Int) {
    var random = SplitMix64(seed: UInt64(seed))
    let boxes = (0..<random.int(in: 1...60)).map { _ in
      LayeredLayout.Size(width: Double(random.int(in: 40...300)), height: Double(random.int(in: 20...90)))
    }
    var edges: [Edge] = []
    for to in boxes.indices.dropFirst() {
      for _ in 0..<random.int(in: 0...3) { edges.append(Edge(from: random.int(in: 0...to - 1), to: to)) }
    }
    let layout = LayeredLayout(boxes: boxes, edges: edges)
    for (edge, route) in zip(edges, layout.routes) {
      #expect(zip(route, route.dropFirst()).allSatisfy { $0.y <= $1.y }, "seed \(seed)")
      #expect(route.first?.y == layout.tops[edge.from].y + boxes[edge.from].height)
      #expect(route.last?.y == layout.tops[edge.to].y)
      #expect(abs((route.last?.x ?? 0) - layout.tops[edge.to].x) < boxes[edge.to].width / 2)
    }
    for a in boxes.indices {
      let (left, top) = (layout.tops[a].x - boxes[a].width / 2, layout.tops[a].y)
      #expect(left >= 0 && left + boxes[a].width <= layout.size.width && top + boxes[a].height <= layout.size.height)
      for b in boxes.indices where b > a {
        let overlapsX = abs(layout.tops[a].x - layout.tops[b].x) < (boxes[a].width + boxes[b].width) / 2
        let overlapsY = top < layout.tops[b].y + boxes[b].height && layout.tops[b].y < top + boxes[a].height
        #expect(!(overlapsX && overlapsY), "boxes \(a) and \(b), seed \(seed)")
      }
    }
  }

  @Test func `a graph of one box has its size`() {
    let layout = LayeredLayout(boxes: [LayeredLayout.Size(width: 80, height: 30)], edges: [])
    #expect(layout.size.width == 80 && layout.size.height == 30)
  }
}
