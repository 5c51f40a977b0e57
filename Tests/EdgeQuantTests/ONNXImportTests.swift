import EdgeModel
import EdgeQuant
import EdgeTensor
import Foundation
import Testing

@Suite struct ONNXImportTests {
  @Test func `a dense layer computes what its numbers say`() throws {
    #expect(try TinyONNX.dense.run([[3, 1]]) == [[5.5, 0]])
    #expect(try TinyONNX.dense.run([[-1, 2]]) == [[3.5, 3]])
  }

  @Test func `a convolution of a channels-first input computes what its numbers say`() throws {
    var file = TinyONNX()
    file.input("x", [1, 2, 2, 2])
    file.floats("w", [1, 2, 1, 1], [1, 10])
    file.node("Conv", ["x", "w"], ["y"])
    file.output("y")
    // Channel 0 is 1 2 / 3 4, channel 1 is 5 6 / 7 8.
    #expect(try file.run([[1, 2, 3, 4, 5, 6, 7, 8]]) == [[51, 62, 73, 84]])
    let (graph, report) = try file.imported()
    #expect(graph.inputTypes[0].shape.dimensions == [1, 2, 2, 2] && report.notes.isEmpty)
  }

  @Test func `a picture becomes channels-last, with a note, and outputs keep their order`() throws {
    var file = TinyONNX()
    file.input("image", ["N", 3, 4, 5])
    file.floats("w", [3, 3, 1, 1], [1, 0, 0, 0, 1, 0, 0, 0, 1])
    file.node("Conv", ["image", "w"], ["y"])
    file.output("y", [1, 3, 4, 5])
    let (graph, report) = try file.imported()
    #expect(graph.inputTypes[0].shape.dimensions == [1, 4, 5, 3])
    #expect(graph.tensors[graph.outputs[0]].shape?.dimensions == [1, 3, 4, 5])
    #expect(report.notes.contains { $0.contains("NCHW") } && report.notes.contains { $0.contains("\"N\"") })
    let pixels = (0..<60).map { Float($0) }
    let planes = (0..<3).flatMap { c in (0..<20).map { pixels[$0 * 3 + c] } }
    #expect(try file.run([pixels]) == [planes])
  }

  @Test func `only the batch may be open`() throws {
    var file = TinyONNX()
    file.input("x", [1, "width"])
    file.node("Relu", ["x"], ["y"])
    file.output("y")
    #expect(file.complaint().contains("dimension 1 of input \"x\" is open (\"width\")"))
  }

  @Test(arguments: [10, 21] as [Int64]) func `other opsets are refused by number`(_ opset: Int64) {
    var file = TinyONNX.dense
    file.model.opsetImport[0].version = opset
    #expect(file.complaint().contains("opset \(opset)") && file.complaint().contains("11 to 20"))
  }

  @Test(arguments: [11, 20] as [Int64]) func `the first and the last opset are read`(_ opset: Int64) throws {
    var file = TinyONNX.dense
    file.model.opsetImport[0].version = opset
    #expect(try file.run([[3, 1]]) == [[5.5, 0]])
  }

  @Test func `every node that cannot be converted is listed at once, with shapes and advice`() throws {
    var file = TinyONNX()
    file.input("x", [1, 2])
    file.node("DynamicQuantizeLinear", ["x"], ["q", "s", "z"], name: "first")
    file.node("DequantizeLinear", ["q", "s", "z"], ["d"], name: "behind it")
    file.node("Frobnicate", ["x"], ["f"], name: "second", domain: "org.example")
    file.node("LSTM", ["d"], ["h"], name: "third")
    file.node("Add", ["d", "f"], ["y"])
    file.output("y")
    let text = file.complaint()
    #expect(text.hasPrefix("3 operators cannot be converted"))
    #expect(text.contains("operator 0 DynamicQuantizeLinear \"first\" (float32[1x2]) -> ?, ?, ?"))
    #expect(text.contains("quantize the model statically"))
    #expect(text.contains("operator 2 org.example.Frobnicate \"second\"") && text.contains("LSTM \"third\""))
    #expect(text.contains("supported operators: Abs, Add, ") && text.contains("com.microsoft.QLinearAdd"))
    #expect(!text.contains("behind it"))
  }

  @Test func `the operators that messages list are those of the README`() throws {
    let readme = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Sources/EdgeQuant/README.md")
    let text = try String(contentsOf: readme, encoding: .utf8)
    let section = try #require(
      text.components(separatedBy: "<!-- onnx operators -->\n").last?.components(separatedBy: "\n\n")[0])
    var file = TinyONNX.dense
    file.model.graph.node[0].opType = "Frobnicate"
    let listed = try #require(file.complaint().components(separatedBy: "supported operators: ").last)
    #expect(section.split { " \n`".contains($0) }.map(String.init) == listed.components(separatedBy: ", "))
  }

  @Test func `quantized weights stay codes and follow their axis`() throws {
    var file = TinyONNX(opset: 13)
    file.input("x", [1, 2, 4, 4])
    file.codes("w", [3, 2, 1, 1], [1, 2, 3, 4, 5, 6])
    file.floats("s", [3], [0.5, 0.25, 2])
    file.codes("z", [3], [0, 0, 0])
    file.node("DequantizeLinear", ["w", "s", "z"], ["d"], ["axis": [0]])
    file.node("Conv", ["x", "d"], ["y"])
    file.output("y")
    let (graph, _) = try file.imported()
    let conv = try #require(graph.nodes.first { $0.operatorName == "conv_2d" })
    let index = try #require(graph.nodes.firstIndex { $0.outputs == [conv.inputs[1]] })
    let codes = graph.tensors[try #require(graph.nodes[index].inputs[0])]
    #expect(graph.nodes[index].operatorName == "dequantize")
    #expect(codes.shape?.dimensions == [3, 1, 1, 2] && codes.values(as: Int8.self) == [1, 2, 3, 4, 5, 6])
    #expect(codes.quantization == Graph.Quantization(scales: [0.5, 0.25, 2], zeroPoints: [0, 0, 0], axis: 0))
  }

  @Test func `constants may be float16, double, or listed as inputs`() throws {
    var file = TinyONNX.dense
    file.input("w", [2, 2])
    // 1, −1, 2, 3 as float16; 0.5, −4 as double.
    file.model.graph.initializer[0] = TinyONNX.tensor("w", 10, [2, 2]) {
      $0.int32Data = [0x3c00, 0xbc00, 0x4000, 0x4200]
    }
    file.model.graph.initializer[1] = TinyONNX.tensor("b", 11, [2]) { $0.doubleData = [0.5, -4] }
    #expect(try file.run([[3, 1]]) == [[5.5, 0]])
    #expect(try file.imported().graph.inputs.count == 1)
  }

  @Test func `an output that is an input is copied`() throws {
    var file = TinyONNX()
    file.input("x", [1, 2])
    file.node("Identity", ["x"], ["y"])
    file.node("Relu", ["x"], ["z"])
    file.output("y")
    file.output("z")
    #expect(try file.run([[-1, 2]]) == [[-1, 2], [0, 2]])
    let (graph, _) = try file.imported()
    #expect(graph.outputs.map { graph.tensors[$0].name } == ["y", "z"])
  }

  @Test func `files that contradict themselves are refused with the name of what is wrong`() {
    func complaint(_ change: (inout TinyONNX) -> Void) -> String {
      var file = TinyONNX.dense
      change(&file)
      return file.complaint()
    }
    #expect(
      complaint { $0.model.graph.node[1].input = ["nowhere"] }.contains("\"nowhere\", which nothing before it writes"))
    #expect(complaint { $0.model.graph.node[1].output = ["g"] }.contains("\"g\", which has a value"))
    #expect(complaint { $0.model.graph.output[0].name = "other" }.contains("model output \"other\""))
    #expect(complaint { $0.model.graph.node = [] }.contains("no operators"))
    #expect(complaint { $0.model.opsetImport = [] }.contains("opset"))
    #expect(complaint { $0.model.graph.initializer.append($0.model.graph.initializer[0]) }.contains("two constants"))
    #expect(complaint { $0.model.graph.initializer[0].dims = [3, 2] }.contains("has 4 elements, not the 6"))
    #expect(complaint { $0.model.graph.initializer[0].dims = [1 << 40, 1 << 40] }.contains("impossible shape"))
    #expect(complaint { $0.model.graph.initializer[0].dims = [-2, -2] }.contains("impossible shape"))
    #expect(
      complaint { $0.model.graph.initializer[0].rawData = Data([1, 2, 3]) }.contains("has 3 bytes of data, not the 16"))
    #expect(complaint { $0.model.graph.initializer[0].dataType = 8 }.contains("string"))
    #expect(complaint { $0.model.graph.input[0].type.tensorType.elemType = 14 }.contains("complex64"))
    #expect(complaint { $0.model.graph.input[0].type.tensorType.clearShape() }.contains("even its rank"))
  }

  @Test func `constants in another file are read, from the model's folder alone`() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("onnx-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: folder.appendingPathComponent("weights"), withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let data = Data([9, 9, 9, 9] + Graph.Tensor.bytes(of: [1, -1, 2, 3] as [Float]))
    try data.write(to: folder.appendingPathComponent("weights/w.bin"))

    func file(_ entries: [String: String]) -> TinyONNX {
      var file = TinyONNX.dense
      file.model.graph.initializer[0] = TinyONNX.tensor("w", 1, [2, 2]) { tensor in
        tensor.dataLocation = .external
        tensor.externalData = entries.map { key, value in
          var entry = ONNX_StringStringEntryProto()
          (entry.key, entry.value) = (key, value)
          return entry
        }
      }
      return file
    }
    let good = ["location": "weights/w.bin", "offset": "4", "length": "16"]
    #expect(try file(good).run([[3, 1]], folder: folder.path) == [[5.5, 0]])
    #expect(file(good).complaint().contains("needs the model's folder"))
    let bad: [([String: String], String)] = [
      (["location": "../w.bin"], "inside the model's own folder"),
      (["location": "/etc/passwd"], "inside the model's own"),
      (["location": "weights/../../w.bin"], "inside the model's own folder"),
      (["location": "none.bin"], "cannot be read"),
      (["offset": "8"], "has 20 bytes; is it complete?"), (["offset": "-4"], "impossible offset"),
      (["offset": "99999999999999999999"], "impossible offset"), (["length": "15"], "takes 16 bytes"),
      (["location": ""], "names none"),
    ]
    for (change, reason) in bad {
      let text = file(good.merging(change) { $1 }).complaint(folder: folder.path)
      #expect(text.contains(reason), "\(change): \(text)")
    }
  }
}
