import EdgeModel
import EdgeQuant
import Foundation
import Testing
import _EdgeTestSupport

/// Truncated and corrupted ONNX files end in a model or a typed error, never in a crash, and ask for little memory.
@Suite struct ONNXDamageTests {
  /// A file with a constant, shape arithmetic, windows, and codes.
  static let file: [UInt8] = {
    var file = TinyONNX(opset: 13)
    file.input("x", ["N", 2, 6, 6])
    file.codes("w", [4, 2, 3, 3], (0..<72).map { Int8($0 - 36) })
    file.floats("s", [1], [0.5])
    file.codes("z", [1], [3])
    file.int64s("shape", [1, -1])
    file.node("QuantizeLinear", ["x", "s", "z"], ["q"])
    file.node("DequantizeLinear", ["q", "s", "z"], ["d"])
    file.node("DequantizeLinear", ["w", "s"], ["e"])
    file.node("Conv", ["d", "e"], ["c"], ["pads": [1, 1, 1, 1], "strides": [2, 1]])
    file.node("MaxPool", ["c"], ["m"], ["kernel_shape": [2, 2], "ceil_mode": [1]])
    file.node("Slice", ["m", "one", "two", "one"], ["t"])
    file.int64s("one", [1])
    file.int64s("two", [3])
    file.node("Reshape", ["t", "shape"], ["y"])
    file.output("y")
    return file.bytes
  }()

  private func complaint(_ bytes: [UInt8]) -> String? {
    var report = Report()
    do throws(QuantError) {
      let source = try Converter.source(ModelBytes(copying: bytes), report: &report)
      _ = try Converter.lowered(source, report: &report)
      return nil
    } catch {
      return "\(error)"
    }
  }

  @Test func `every truncation is refused`() throws {
    try #require(complaint(Self.file) == nil)
    for count in 0..<Self.file.count {
      let text = complaint(Array(Self.file.prefix(count)))
      #expect(text?.isEmpty == false, "cut to \(count) bytes")
    }
  }

  @Test func `corrupted bytes never crash`() {
    var random = SplitMix64(seed: 20_261_121)
    var acceptedCount = 0
    for _ in 0..<3000 {
      var damaged = Self.file
      for _ in 0..<random.int(in: 1...3) {
        damaged[random.int(in: 0...damaged.count - 1)] = UInt8(random.int(in: 0...255))
      }
      if complaint(damaged) == nil { acceptedCount += 1 }
    }
    #expect(acceptedCount > 0 && acceptedCount < 3000)
  }

  @Test func `flipped bits never crash`() {
    for position in Self.file.indices {
      for bit in [position % 8, (position + 3) % 8] {
        var damaged = Self.file
        damaged[position] ^= 1 << UInt8(bit)
        _ = complaint(damaged)
      }
    }
  }

  @Test func `the place of the damage is named`() throws {
    // The length of the type of the second node is too large.
    var long = Self.file
    let name = try #require(long.firstRange(of: Array("DequantizeLinear".utf8)))
    long[name.lowerBound - 1] = 0x7f
    #expect(
      complaint(long)?.contains("in model.graph.node[1], at byte \(name.lowerBound - 2): field 4 is 127 bytes long")
        == true)
    #expect(
      complaint([0x08])
        == "not a valid ONNX file, or a damaged one: in model, at byte 1: the file or message ends within a number")
    #expect(complaint([0x08, 0x08])?.contains("it has no graph") == true)
    #expect(complaint([UInt8](repeating: 0xff, count: 40))?.contains("neither") == true)
  }

  @Test func `a small file cannot ask for much memory`() {
    // Millions of empty nodes, at two bytes each.
    let count = 5_000_000
    let graph = [UInt8](repeating: 0, count: 2 * count).enumerated().map { $0.offset % 2 == 0 ? 0x0a as UInt8 : 0 }
    var length: [UInt8] = []
    var rest = graph.count
    repeat {
      length.append(UInt8(rest & 0x7f) | (rest > 0x7f ? 0x80 : 0))
      rest >>= 7
    } while rest > 0
    #expect(complaint([0x08, 0x08, 0x3a] + length + graph)?.contains("more than any network needs") == true)
    // A constant of 2³⁰ elements, made by a node of a few bytes.
    var file = TinyONNX()
    file.input("x", [1, 2])
    file.int64s("shape", [1 << 15, 1 << 15])
    file.node("ConstantOfShape", ["shape"], ["big"])
    file.node("Add", ["x", "big"], ["y"])
    file.output("y")
    #expect(complaint(file.bytes)?.contains("too large for a constant") == true)
  }

  @Test func `numbers at the ends of their range never crash`() {
    let ends: [Int64] = [.min, -1 << 31, -1, 0, 1, 7, 1 << 31, 1 << 62, .max]
    let cases: [(String, [String])] = [
      ("Conv", ["pads", "strides", "dilations", "group", "kernel_shape"]),
      ("ConvTranspose", ["pads", "strides", "output_padding", "output_shape", "group"]),
      ("MaxPool", ["kernel_shape", "strides", "pads"]), ("AveragePool", ["kernel_shape", "strides", "pads"]),
      ("Softmax", ["axis"]), ("Flatten", ["axis"]), ("Concat", ["axis"]), ("Gather", ["axis"]),
      ("Split", ["axis", "num_outputs"]),
      ("DepthToSpace", ["blocksize"]), ("SpaceToDepth", ["blocksize"]), ("Transpose", ["perm"]), ("Cast", ["to"]),
      ("ReduceMean", ["axes"]), ("ArgMax", ["axis"]), ("LayerNormalization", ["axis"]),
    ]
    for (opType, keys) in cases {
      for key in keys {
        for value in ends {
          for length in [1, 2, 4] {
            var file = TinyONNX(opset: 13)
            file.input("x", [1, 4, 6, 6])
            file.floats("w", [4, 4, 3, 3], [Float](repeating: 1, count: 144))
            file.node(
              opType, ["Conv", "ConvTranspose", "Gather", "LayerNormalization"].contains(opType) ? ["x", "w"] : ["x"],
              ["y"],
              [key: [Int64](repeating: value, count: length)])
            file.output("y")
            _ = complaint(file.bytes)
          }
        }
      }
    }
  }

  @Test func `operands at the ends of their range never crash`() {
    let ends: [Int64] = [.min, -1 << 31, -1, 0, 1, 7, 1 << 31, 1 << 62, .max]
    for opType in [
      "Reshape", "Expand", "Tile", "Unsqueeze", "Squeeze", "Pad", "ReduceSum", "ConstantOfShape", "Range", "Slice",
      "Gather",
    ] {
      for a in ends {
        for b in ends {
          var file = TinyONNX(opset: 13)
          file.input("x", [1, 4, 6, 6])
          file.int64s("v", opType == "Pad" ? [a, b, a, b, b, a, a, b] : opType == "Tile" ? [a, b, a, b] : [a, b])
          file.int64s("a", [a])
          file.int64s("b", [b])
          let inputs =
            switch opType {
            case "ConstantOfShape": ["v"]
            case "Range": ["a", "b", "a"]
            case "Slice": ["x", "a", "b", "", "b"]
            default: ["x", "v"]
            }
          file.node(opType, inputs, ["y"])
          file.output("y")
          _ = complaint(file.bytes)
        }
      }
    }
  }
}
