import EdgeQuant
import EdgeTensor
import Testing

@Suite struct PreprocessingTests {
  private func resolved(
    _ type: TensorType, _ choice: PreprocessingChoice = PreprocessingChoice()
  ) throws(QuantError) -> (preprocessing: Preprocessing?, notes: [String]) {
    var report = Report()
    return (try choice.resolved(for: type, report: &report), report.notes)
  }

  private func picture(
    _ dataType: DataType, _ side: Int, _ channels: Int, _ scale: Float? = nil, _ zeroPoint: Int32 = 0
  )
    -> TensorType
  {
    TensorType(
      dataType, Shape([1, side, side, channels]),
      quantization: scale.map { QuantParams(scale: $0, zeroPoint: zeroPoint) })
  }

  @Test(arguments: [
    (DataType.uint8, Float(1) / 128, Int32(128)), (.uint8, 1 / 127.5, 127), (.int8, 1 / 255, -128), (.int8, 1, -128),
    (.uint8, 0.018658, 114), (.int8, 0.0039212867, -128),
  ])
  func `quantized inputs take pixels as they are`(_ dataType: DataType, _ scale: Float, _ zeroPoint: Int32) throws {
    let (preprocessing, notes) = try resolved(picture(dataType, 32, 3, scale, zeroPoint))
    let p = try #require(preprocessing)
    for pixel in 0...255 {
      let real = (Float(pixel) - p.mean[0]) / p.standardDeviation[0]
      let code = Int((Double(real) / Double(scale)).rounded(.toNearestOrAwayFromZero)) + Int(zeroPoint)
      #expect(code == pixel - (dataType == .int8 ? 128 : 0))
    }
    #expect(notes.count == 1)
    #expect(notes[0].contains("guess"))
  }

  @Test func `float inputs are guessed by size and channels`() throws {
    let large = try #require(try resolved(picture(.float32, 224, 3)).preprocessing)
    #expect(large.mean == [127.5, 127.5, 127.5] && large.standardDeviation == [127.5, 127.5, 127.5])
    let gray = try #require(try resolved(picture(.float32, 28, 1)).preprocessing)
    #expect(gray.color == .gray && gray.mean == [0] && gray.standardDeviation == [255])
  }

  @Test func `what is given is taken, without a note when nothing is guessed`() throws {
    var choice = PreprocessingChoice()
    choice.color = .bgr
    choice.crop = .letterbox
    choice.mean = [1, 2, 3]
    choice.standardDeviation = [4]
    let (preprocessing, notes) = try resolved(picture(.float32, 64, 3), choice)
    #expect(
      preprocessing
        == Preprocessing(color: .bgr, crop: .letterbox, mean: [1, 2, 3], standardDeviation: [4, 4, 4]))
    #expect(notes.isEmpty)
  }

  @Test func `inputs that are no pictures have none, and flags for them are refused`() throws {
    let vector = TensorType(.float32, Shape([1, 640]))
    #expect(try resolved(vector).preprocessing == nil)
    #expect(try resolved(picture(.int8, 8, 3, 1, 0)).preprocessing == nil)
    var choice = PreprocessingChoice()
    choice.mean = [0]
    #expect(throws: QuantError.self) { try resolved(vector, choice) }
  }

  @Test func `values out of range are refused`() {
    var zero = PreprocessingChoice()
    zero.standardDeviation = [0]
    var two = PreprocessingChoice()
    two.mean = [1, 2]
    var gray = PreprocessingChoice()
    gray.color = .gray
    var fraction = PreprocessingChoice()
    fraction.cropFraction = 1.5
    for choice in [zero, two, gray, fraction] {
      #expect(throws: QuantError.self) { try resolved(picture(.float32, 64, 3), choice) }
    }
  }
}
