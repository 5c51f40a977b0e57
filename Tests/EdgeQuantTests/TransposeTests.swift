import EdgeModel
import EdgeTensor
import Testing
import _EdgeTestSupport

@testable import EdgeQuant

@Suite struct TransposeTests {
  /// Operators on an NCHW picture `[2, 6, 4, 5]`, with what comes out NCHW again.
  private static let operators: [(name: String, add: @Sendable (inout GraphBuilder, Int) -> Int)] = [
    ("relu", { $0.add("relu", $1) }),
    ("leaky_relu", { $0.add("leaky_relu", $1, with: [Attribute("alpha", floats: [0.1])]) }),
    ("add of one number", { $0.add("add", $1, $0.numbers([])) }),
    ("add for each channel", { $0.add("add", $0.numbers([6, 1, 1]), $1) }),
    ("mul for each row", { $0.add("mul", $1, $0.numbers([1, 1, 4, 1])) }),
    ("sub of columns", { $0.add("sub", $1, $0.numbers([5])) }),
    ("div of all elements", { b, x in b.add("div", b.add("add", b.add("relu", x), b.numbers([6, 4, 5])), x) }),
    ("prelu", { $0.add("prelu", $1, $0.numbers([6, 1, 1])) }),
    ("maximum of itself, flipped in order", { b, x in b.add("maximum", b.add("tanh", x), x) }),
    ("concatenation", { b, x in b.add("concatenation", x, b.add("relu", x), with: [Attribute("axis", ints: [-3])]) }),
    (
      "concatenation with a constant",
      { b, x in b.add("concatenation", b.numbers([2, 3, 4, 5]), x, with: [Attribute("axis", ints: [1])]) }
    ),
    (
      "split",
      { b, x in
        let parts = b.node("split", [b.constant([1] as [Int32], []), x], outputs: 3)
        return b.add("add", parts[0], b.add("mul", parts[1], parts[2]))
      }
    ),
    (
      "split_v",
      { b, x in
        let parts = b.node("split_v", [x, b.ints(1, -1), b.constant([-1] as [Int32], [])], outputs: 2)
        return b.add("add", parts[0], parts[1])
      }
    ),
    ("slice", { b, x in b.add("slice", x, b.ints(0, 2, 1, 0), b.ints(-1, 3, 2, 4)) }),
    (
      "strided_slice",
      { b, x in
        b.add(
          "strided_slice", x, b.ints(0, 5, 1, 1), b.ints(9, 0, 2, 3), b.ints(1, -2, 1, 1),
          with: [Attribute("begin_mask", ints: [0b0001]), Attribute("end_mask", ints: [0b1100])])
      }
    ),
    ("pad", { b, x in b.add("pad", x, b.constant([0, 0, 1, 2, 0, 1, 3, 0] as [Int32], [4, 2])) }),
    ("padv2", { b, x in b.add("padv2", x, b.constant([0, 0, 1, 2, 0, 1, 3, 0] as [Int32], [4, 2]), b.numbers([])) }),
    (
      "mirror_pad",
      { b, x in
        b.add(
          "mirror_pad", x, b.constant([0, 0, 2, 0, 1, 3, 4, 0] as [Int32], [4, 2]),
          with: [Attribute("mode", text: "reflect")])
      }
    ),
    ("reduce_max", { b, x in b.add("reduce_max", x, b.ints(2, -1), with: [Attribute("keep_dims", ints: [1])]) }),
    ("reduce_min", { b, x in b.add("reduce_min", x, b.ints(1), with: [Attribute("keep_dims", ints: [1])]) }),
    (
      "a gate for each channel",
      { b, x in
        let largest = b.add("reduce_max", x, b.ints(2, 3), with: [Attribute("keep_dims", ints: [1])])
        return b.add("mul", x, b.add("logistic", largest))
      }
    ),
    (
      "softmax over channels, turned twice",
      { b, x in b.toNCHW(b.add("softmax", b.toNHWC(x), with: [Attribute("beta", floats: [1])])) }
    ),
    (
      "quantize and dequantize",
      { b, x in b.add("dequantize", b.add("quantize", x, as: .int8, Graph.Quantization(scale: 0.05, zeroPoint: 3))) }
    ),
    (
      "split of an axis and back",
      { b, x in
        let grouped = b.add("reshape", x, b.ints(2, 2, 3, 4, 5))
        return b.add("reshape", b.add("add", grouped, b.numbers([3, 1, 1])), b.ints(2, 6, 4, 5))
      }
    ),
  ]

  @Test(arguments: operators.indices) func `transposes around it cancel and no bit changes`(index: Int) throws {
    var b = GraphBuilder(seed: UInt64(index))
    let x = b.toNCHW(b.input([2, 4, 5, 6]))
    let y = b.toNHWC(Self.operators[index].add(&b, x))
    let graph = b.finish(b.add("relu6", y))
    let result = graph.after(.cancelTransposes)
    #expect(result.count("transpose") == 0, "\(Self.operators[index].name): \(result)")
    #expect(try result.outputBytes() == graph.outputBytes(), "\(Self.operators[index].name)")
  }

  @Test(arguments: operators.indices) func `a result that is an output keeps its order, name and bits`(index: Int)
    throws
  {
    var b = GraphBuilder(seed: UInt64(index))
    let x = b.toNCHW(b.toNHWC(b.toNCHW(b.input([2, 4, 5, 6]))))
    let graph = b.finish(Self.operators[index].add(&b, x), x)
    let result = graph.after(.cancelTransposes)
    #expect(result.tensors[result.outputs[0]].name == graph.tensors[graph.outputs[0]].name)
    #expect(result.tensors[result.outputs[0]].shape == graph.tensors[graph.outputs[0]].shape)
    #expect(try result.outputBytes() == graph.outputBytes(), "\(Self.operators[index].name)")
    #expect(result.count("transpose") <= 3)
  }

  @Test func `dropped axes renumber what remains`() throws {
    for axes in [[2, 3], [1], [0, 2], [3]] {
      var b = GraphBuilder()
      let x = b.toNCHW(b.input([2, 4, 5, 6]))
      let largest = b.node("reduce_max", [x, b.constant(axes.map { Int32($0) })], [])[0]
      let graph = b.finish(b.add("relu", largest), b.add("arg_max", x, b.ints(1), as: .int32))
      let result = graph.after(.cancelTransposes)
      #expect(try result.outputBytes() == graph.outputBytes(), "\(axes)")
      if axes == [2, 3] { #expect(result.count("transpose") == 0) }
    }
  }

  @Test(arguments: [1, 3]) func `a dense layer after flattening permutes its columns`(batch: Int) throws {
    var b = GraphBuilder()
    let x = b.toNCHW(b.input([batch, 3, 4, 5]))
    let flat = b.add("relu", b.add("reshape", b.add("relu6", x), b.ints(batch, 60)))
    let codes = b.constant(
      b.random.codes(7 * 60), [7, 60],
      Graph.Quantization(scales: (1...7).map { Float($0) / 300 }, zeroPoints: .zeros(7)))
    let weights = b.add("dequantize", codes)
    let first = b.add("fully_connected", flat, weights, b.numbers([7]))
    let second = b.add("fully_connected", flat, b.numbers([2, 60]), b.numbers([2]))
    let graph = b.finish(first, second)
    let result = graph.after(.cancelTransposes, .dequantizeConstants)
    #expect(result.count("transpose") == 0)
    let plain = graph.after(.dequantizeConstants)
    // Sums are taken in another order.
    #expect(relativeDifference(try result.outputNumbers(), try plain.outputNumbers()) < 1e-5)
  }

  @Test func `where one pixel is left flattening is a reshape alone`() throws {
    var b = GraphBuilder()
    let x = b.toNCHW(b.input([1, 4, 5, 6]))
    let mean = b.add("mean", x, b.ints(2, 3), with: [Attribute("keep_dims", ints: [1])])
    let graph = b.finish(b.add("fully_connected", b.add("reshape", mean, b.ints(1, 6)), b.numbers([3, 6]), nil))
    let result = graph.after(.cancelTransposes)
    #expect(result.operatorNames == ["mean", "reshape", "fully_connected"])
    #expect(try result.outputBytes() == graph.outputBytes())
  }

  @Test func `a channel shuffle is one transpose`() throws {
    var b = GraphBuilder()
    let x = b.toNCHW(b.input([2, 4, 5, 6]))
    let groups = b.add("reshape", x, b.ints(2, 2, 3, 4, 5))
    let shuffled = b.add("reshape", b.transpose(groups, 0, 2, 1, 3, 4), b.ints(2, 6, 4, 5))
    let graph = b.finish(b.add("relu", b.toNHWC(shuffled)))
    let result = graph.after(.cancelTransposes)
    #expect(result.operatorNames == ["reshape", "transpose", "reshape", "relu"])
    #expect(try result.outputBytes() == graph.outputBytes())
  }

  @Test func `transposes of constants, however large, are done now`() throws {
    var b = GraphBuilder()
    let constant = b.transpose(b.numbers([3, 700, 200]), 2, 0, 1)
    let graph = b.finish(b.add("add", b.input([200, 3, 1]), constant))
    let result = graph.after(.cancelTransposes)
    #expect(result.operatorNames == ["add"])
    #expect(try result.outputBytes() == graph.outputBytes())
  }

  @Test func `a graph that gains nothing stays as it is`() throws {
    var b = GraphBuilder()
    let graph = b.finish(b.add("relu", b.toNHWC(b.input([1, 3, 4, 5]))))
    #expect(graph.after(.cancelTransposes).operatorNames == ["transpose", "relu"])
  }

  @Test(arguments: 0..<150) func `random chains keep every bit and never move more`(seed: Int) throws {
    var b = GraphBuilder(seed: UInt64(seed))
    var live = [b.input([2, 3, 4, 6])]
    for _ in 0..<14 {
      let x = live[b.random.int(in: 0...live.count - 1)]
      let dimensions = b.graph.tensors[x].shape!.dimensions
      let rank = dimensions.count
      switch b.random.int(in: 0...9) {
      case 0...3 where rank > 1:
        var axes = Array(0..<rank)
        for i in axes.indices { axes.swapAt(i, b.random.int(in: i...rank - 1)) }
        live.append(b.add("transpose", x, b.constant(axes.map { Int32($0) })))
      case 4:
        // Joins or splits axes at random places.
        var extents = dimensions
        let axis = b.random.int(in: 0...rank - 1)
        if b.random.int(in: 0...1) == 0, rank > 1 {
          extents.replaceSubrange(
            max(axis - 1, 0)...max(axis, 1), with: [extents[max(axis - 1, 0)] * extents[max(axis, 1)]])
        } else if extents[axis] % 2 == 0, rank < 6 {
          extents.replaceSubrange(axis...axis, with: [2, extents[axis] / 2])
        } else if rank < 6 {
          extents.insert(1, at: axis)
        }
        live.append(b.add("reshape", x, b.constant(extents.map { Int32($0) })))
      case 5:
        let extents = dimensions.map { b.random.int(in: 0...1) == 0 ? 1 : $0 }
        live.append(b.add("add", x, b.numbers(Array(extents.drop { $0 == 1 }))))
      case 6:
        live.append(
          b.add(
            "reduce_max", x, b.ints(b.random.int(in: 0...rank - 1)),
            with: rank > 1 ? [] : [Attribute("keep_dims", ints: [1])]))
      case 7:
        let same = live.filter { b.graph.tensors[$0].shape == b.graph.tensors[x].shape }
        live.append(b.add("maximum", x, same[b.random.int(in: 0...same.count - 1)]))
      case 8:
        live.append(
          b.add("concatenation", x, x, with: [Attribute("axis", ints: [Int64(b.random.int(in: 0...rank - 1))])]))
      default: live.append(b.add("relu_n1_to_1", x))
      }
      if b.graph.tensors[live.last!].shape!.rank == 0 { live.removeLast() }
    }
    let graph = b.finish(live.last == live.first ? b.add("relu", live[0]) : live.last!)
    let plain = graph.after()
    let result = graph.after(.cancelTransposes)
    #expect(try result.outputBytes() == plain.outputBytes())
    #expect(result.count("transpose") <= plain.count("transpose") + 2)
  }
}

extension [Int32] {
  static func zeros(_ count: Int) -> [Int32] { [Int32](repeating: 0, count: count) }
}
