import EdgeModel
import EdgeTensor
import Testing
import _EdgeTestSupport

@Suite struct PoolTests {
  struct Case: Sendable {
    var batch = 2
    var height: Int
    var width: Int
    var channels = 3
    var filter: (Int, Int)
    var stride: (Int, Int)
    var padding: String
    /// Top, left, bottom and right, of padding "explicit".
    var pads: [Int] = [0, 0, 0, 0]

    static let all = [
      Case(height: 6, width: 7, filter: (2, 2), stride: (2, 2), padding: "valid"),
      Case(height: 6, width: 7, filter: (3, 3), stride: (1, 2), padding: "same"),
      Case(height: 5, width: 5, channels: 1, filter: (5, 4), stride: (3, 2), padding: "same"),
      Case(height: 7, width: 7, channels: 20, filter: (7, 7), stride: (1, 1), padding: "valid"),
      Case(height: 3, width: 4, filter: (1, 1), stride: (2, 3), padding: "valid"),
      Case(batch: 1, height: 2, width: 2, filter: (9, 9), stride: (1, 1), padding: "same"),
      Case(height: 8, width: 8, filter: (3, 3), stride: (2, 2), padding: "explicit", pads: [1, 1, 1, 1]),
      Case(height: 5, width: 1, filter: (3, 4), stride: (1, 2), padding: "explicit", pads: [0, 3, 2, 1]),
    ]

    func outputExtent(_ input: Int, _ filter: Int, _ stride: Int) -> Int {
      padding == "same" ? (input + stride - 1) / stride : (input - filter) / stride + 1
    }

    var output: [Int] {
      [
        batch, outputExtent(height + pads[0] + pads[2], filter.0, stride.0),
        outputExtent(width + pads[1] + pads[3], filter.1, stride.1), channels,
      ]
    }

    var attributes: [Attribute] {
      [
        Attribute("filter_h", filter.0), Attribute("filter_w", filter.1), Attribute("stride_h", stride.0),
        Attribute("stride_w", stride.1), Attribute("padding", text: padding),
        Attribute("pads", ints: pads.map { Int64($0) }),
      ]
    }

    /// For each output element the positions of the input elements under its window.
    var windows: [[Int]] {
      func before(_ axis: Int, _ output: Int, _ input: Int, _ filter: Int, _ stride: Int) -> Int {
        padding == "same" ? max(0, (output - 1) * stride + filter - input) / 2 : pads[axis]
      }
      let shape = output
      let (top, left) = (
        before(0, shape[1], height, filter.0, stride.0), before(1, shape[2], width, filter.1, stride.1)
      )
      return Positions.indices(shape).map { index in
        Positions.indices([filter.0, filter.1]).compactMap { tap in
          let (y, x) = (index[1] * stride.0 - top + tap[0], index[2] * stride.1 - left + tap[1])
          guard (0..<height).contains(y), (0..<width).contains(x) else { return nil }
          return Positions.position([index[0], y, x, index[3]], in: [batch, height, width, channels])
        }
      }
    }
  }

  private let q = QuantParams(scale: 0.1, zeroPoint: -5)

  @Test(arguments: Case.all.indices) func `int8 pools equal exact fractions`(index: Int) throws {
    let test = Case.all[index]
    var random = SplitMix64(seed: 51)
    let shape = [test.batch, test.height, test.width, test.channels]
    let codes = random.codes(shape.reduce(1, *))
    func run(_ name: String, _ more: [Attribute] = [], threads: Int = 1) throws -> [Int8] {
      try TinyModel(
        name, [.init(codes, shape, q)], outputs: [.codes(test.output, q)], attributes: test.attributes + more
      ).values(threads: threads)
    }
    let windows = test.windows
    #expect(try run("max_pool_2d", threads: 3) == windows.map { $0.map { codes[$0] }.max()! })
    let averages = try run("average_pool_2d", threads: 3)
    let unsigned = try run("average_pool_2d", [Attribute("uint8_rule", 1)], threads: 2)
    for (i, window) in windows.enumerated() {
      let sum = window.reduce(0) { $0 + Int(codes[$1]) }
      let exact = Double(sum) / Double(window.count)
      #expect(Double(averages[i]) == exact.rounded(.toNearestOrAwayFromZero), "seed 51")
      #expect(Double(unsigned[i]) == (exact + 0.5).rounded(.down), "seed 51")
    }
    let clamped = try run("max_pool_2d", [Attribute("activation", text: "relu_n1_to_1")])
    #expect(clamped == windows.map { min(5, max(-15, $0.map { codes[$0] }.max()!)) })
  }

  @Test(arguments: Case.all.indices) func `float32 pools are close to the real ones`(index: Int) throws {
    let test = Case.all[index]
    var random = SplitMix64(seed: 52)
    let shape = [test.batch, test.height, test.width, test.channels]
    let values = (0..<shape.reduce(1, *)).map { _ in Float(random.int(in: -9000...9000)) / 1000 }
    func run(_ name: String) throws -> [Float] {
      try TinyModel(
        name, [.init(values, shape)], outputs: [TensorType(.float32, Shape(test.output))],
        attributes: test.attributes + [Attribute("activation", text: "relu6")]
      ).values(threads: 2)
    }
    let largest = test.windows.map { min(6, max(0, $0.map { values[$0] }.max()!)) }
    #expect(try run("max_pool_2d") == largest)
    for (got, window) in zip(try run("average_pool_2d"), test.windows) {
      let mean = window.reduce(0) { $0 + Double(values[$1]) } / Double(window.count)
      #expect(abs(Double(got) - min(6, max(0, mean))) < 1e-6)
    }
  }

  @Test func `windows that cannot be are refused`() {
    let x = TinyModel.Operand([Int8](repeating: 0, count: 16), [1, 4, 4, 1], q)
    let y = [TensorType.codes([1, 4, 4, 1], q)]
    func attributes(_ filter: Int, _ stride: Int, _ padding: String = "same") -> [Attribute] {
      [
        Attribute("filter_h", filter), Attribute("filter_w", 1), Attribute("stride_h", stride),
        Attribute("stride_w", 1), Attribute("padding", text: padding),
      ]
    }
    for name in ["average_pool_2d", "max_pool_2d"] {
      for (filter, stride) in [(0, 1), (-1, 1), (1, 0), (1, -1), (1, Int.max), (Int.max, 1), (1, Int.min)] {
        expectRefused(name, [x], outputs: y, attributes(filter, stride))
      }
      expectRefused(name, [x], outputs: y, attributes(5, 1, "valid"))
      expectRefused(name, [x], outputs: y, attributes(1, 1, "full"))
      expectRefused(name, [x], outputs: y, attributes(1, 1, "explicit"))
      for pads in [
        [0, 0, 0], [0, 0, 0, 0, 0], [3, 0, 0, 0], [0, 0, 3, 0], [0, 1, 0, 0], [-1, 0, 3, 0], [.min, 0, 0, 0],
      ] {
        expectRefused(
          name, [x], outputs: y, attributes(3, 1, "explicit") + [Attribute("pads", ints: pads.map { Int64($0) })])
      }
      expectRefused(name, [x], outputs: y, attributes(1, 1) + [Attribute("dilation_w", 2)])
      expectRefused(name, [.init([Int8](repeating: 0, count: 16), [4, 4], q)], outputs: y, attributes(1, 1))
      expectRefused(name, [x], outputs: y)
      expectRefused(
        name, [x], outputs: [TensorType(.int8, 1, 4, 4, 1)], attributes(1, 1) + [Attribute("activation", text: "relu")])
    }
  }
}
