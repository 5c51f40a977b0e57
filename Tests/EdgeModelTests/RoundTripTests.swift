import EdgeModel
import EdgeTensor
import Testing
import _EdgeTestSupport

@Suite("The .edge file: round trip")
struct RoundTripTests {
  @Test("Every field comes back")
  func everyField() throws {
    let contents = try fullContents()
    #expect(ModelContents(try load(contents)).text == contents.text)
  }

  @Test("Every data type, layout, colour order and crop comes back")
  func everyCase() throws {
    var contents = ModelContents()
    for dataType in DataType.allCases {
      for layout in Layout.allCases {
        guard layout != .o16k4Sparse || dataType == .int8 else { continue }
        let data = [UInt8]((0..<(layout == .o16k4Sparse ? 64 : 6 * dataType.byteCount)).map { UInt8($0) })
        contents.tensors.append(
          ModelContents.Tensor(
            name: "\(dataType) \(layout)", dataType: dataType, shape: Shape([2, 3]), layout: layout, data: data,
            sparse: layout == .o16k4Sparse ? SparseBlocks(starts: [0, 1], groups: [0]) : nil))
      }
    }
    contents.tensors.append(
      ModelContents.Tensor(
        name: "per channel", dataType: .int8, shape: Shape([2, 3, 1]), scales: [0.5, 0.25, 3], axis: 1,
        data: [UInt8](0..<6)))
    contents.tensors.append(
      ModelContents.Tensor(name: "empty", dataType: .float32, shape: Shape([0, 3]), data: []))
    contents.tensors.append(ModelContents.Tensor(name: "scalar", dataType: .bool, shape: Shape([]), data: [1]))
    for color in Preprocessing.Color.allCases {
      for crop in Preprocessing.Crop.allCases {
        let values = [Float](repeating: 127.5, count: color.channelCount)
        contents.preprocessing = Preprocessing(color: color, crop: crop, mean: values, standardDeviation: values)
        #expect(ModelContents(try load(contents)).text == contents.text)
      }
    }
  }

  @Test("A model without operators, labels or names comes back")
  func smallest() throws {
    var contents = ModelContents()
    contents.tensors = [ModelContents.Tensor(name: "", dataType: .int8, shape: Shape([1]))]
    contents.inputs = [0]
    contents.outputs = [0]
    #expect(ModelContents(try load(contents)).text == contents.text)
  }

  @Test("The same contents give the same bytes")
  func deterministic() throws {
    #expect(try fullContents().encoded() == fullContents().encoded())
  }

  @Test("Constants are 64-byte aligned in the file")
  func alignment() throws {
    let model = try load(fullContents())
    let offsets = model.tensors.compactMap { $0.data?.lowerBound }
    #expect(offsets.count == 13)
    #expect(offsets.allSatisfy { $0 % 64 == 0 })
  }

  @Test("Text that is not UTF-8 is repaired, wherever it stands")
  func invalidUTF8() throws {
    // The same file with each of its texts' bytes replaced in turn by one that no UTF-8 text contains.
    let bytes = try fullContents().encoded()
    for text in ["sample", "drei", "features", "a.tflite", "conv_2d/0", "relu6"] {
      var damaged = bytes
      let wanted = [UInt8](text.utf8)
      for start in 0..<(bytes.count - wanted.count) where bytes[start..<(start + wanted.count)].elementsEqual(wanted) {
        damaged[start] = 0xFF
      }
      #expect(damaged != bytes)
      let repaired = "\u{FFFD}" + text.dropFirst()
      #expect(ModelContents(try load(damaged)).text.contains(repaired))
    }
  }
}
