import EdgeImage
import EdgeTensor
import Foundation
import Testing

@testable import EdgeQuant

/// Samples as a model's input.
@Suite struct InputEncoderTests {
  private let bytes: Preprocessing = Preprocessing(color: .rgb, mean: [0, 0, 0], standardDeviation: [1, 1, 1])

  private func encoded(_ sample: Sample, _ type: TensorType, _ preprocessing: Preprocessing?) throws -> [UInt8] {
    let encoder = try InputEncoder(type, preprocessing: preprocessing)
    let tensor = UnsafeMutableRawBufferPointer.allocate(byteCount: type.byteCount, alignment: 16)
    defer { tensor.deallocate() }
    try encoder.write(sample, into: tensor)
    return [UInt8](tensor)
  }

  private func message(_ sample: Sample, _ type: TensorType, _ preprocessing: Preprocessing? = nil) -> String {
    do { return "no error: \(try encoded(sample, type, preprocessing))" } catch { return "\(error)" }
  }

  @Test func `a JPEG file goes the device's way`() throws {
    let jpeg = [UInt8](try Data(contentsOf: DatasetTests.samples.appendingPathComponent("digit-7.jpg")))
    let type = TensorType(.int8, Shape([1, 28, 28, 1]), quantization: QuantParams(scale: 1 / 255, zeroPoint: -128))
    let preprocessing = Preprocessing(color: .gray, crop: .center, mean: [255], standardDeviation: [-255])
    let image = try ImageInput(preprocessing, tensor: type)
    try image.load(jpeg)
    var expected = [UInt8](repeating: 0, count: 784)
    expected.withUnsafeMutableBytes { image.writeTensor(into: $0) }
    #expect(try encoded(Sample(name: "x", .jpeg(jpeg)), type, preprocessing) == expected)
    #expect(Set(expected).count > 20)
    let cut = Sample(name: "cut.jpg", .jpeg(Array(jpeg.prefix(jpeg.count / 2))))
    #expect(message(cut, type, preprocessing).hasPrefix("cut.jpg: the file ends early"))
  }

  @Test func `raw pixels of the input's size become codes one by one, and gray ones fill all channels`() throws {
    let codes = TensorType(.int8, Shape([1, 2, 2, 3]), quantization: QuantParams(scale: 1, zeroPoint: -128))
    let pixels = (0..<12).map { UInt8(20 * $0) }
    let sample = Sample(name: "x", .pixels(pixels, width: 2, height: 2, channelCount: 3))
    #expect(try encoded(sample, codes, bytes) == pixels.map { $0 ^ 0x80 })
    let bgr = Preprocessing(color: .bgr, mean: [0, 0, 0], standardDeviation: [1, 1, 1])
    #expect(try encoded(sample, codes, bgr).prefix(3) == [40 ^ 0x80, 20 ^ 0x80, 0x80])
    let array = Sample(name: "x", .tensor(pixels, .uint8, Shape([2, 2, 3])))
    #expect(try encoded(array, codes, bytes) == pixels.map { $0 ^ 0x80 })
    let gray = Sample(name: "x", .pixels([1, 2, 3, 4], width: 2, height: 2, channelCount: 1))
    #expect(try encoded(gray, codes, bytes) == [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4].map { $0 ^ 0x80 })
    #expect(message(sample, codes).contains("nothing says how"))
  }

  @Test func `tensors are checked, and numbers become codes`() throws {
    let numbers: [Float] = [0, 0.25, -0.25, 100, .nan, -100]
    let sample = Sample(name: "x", .tensor(numbers.withUnsafeBytes { [UInt8]($0) }, .float32, Shape([3, 2])))
    let quantization = QuantParams(scale: 0.5, zeroPoint: 3)
    let int8 = TensorType(.int8, Shape([1, 3, 2]), quantization: quantization)
    #expect(try encoded(sample, int8, nil).map { Int8(bitPattern: $0) } == [3, 4, 2, 127, 3, -128])
    let uint8 = TensorType(.uint8, Shape([1, 1, 3, 2]), quantization: quantization)
    #expect(try encoded(sample, uint8, nil) == [3, 4, 2, 203, 3, 0])
    let float = TensorType(.float32, Shape([3, 2]))
    #expect(try encoded(sample, float, nil).count == 24)
    let other = TensorType(.float32, Shape([1, 2, 3]))
    #expect(message(sample, other) == "x: its shape is 3x2, the model's input is float32[1x2x3]")
    let codes = Sample(name: "x", .tensor([1, 2], .int8, Shape([2])))
    #expect(message(codes, TensorType(.float32, Shape([1, 2]))).contains("its elements are int8"))
  }

  @Test func `channels that come first are put last`() throws {
    let planes: [Float] = [1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60]
    let bytes = planes.withUnsafeBytes { [UInt8]($0) }
    let expected = [Float(1), 10, 2, 20, 3, 30, 4, 40, 5, 50, 6, 60].withUnsafeBytes { [UInt8]($0) }
    let type = TensorType(.float32, Shape([1, 3, 2, 2]))
    for shape in [[2, 3, 2], [1, 2, 3, 2]] {
      #expect(try encoded(Sample(name: "x", .tensor(bytes, .float32, Shape(shape))), type, nil) == expected)
    }
    let codes = TensorType(.uint8, Shape([1, 2, 2, 3]), quantization: QuantParams(scale: 1, zeroPoint: 0))
    let pixels = Sample(name: "x", .tensor((0..<12).map { UInt8($0) }, .uint8, Shape([3, 2, 2])))
    #expect(try encoded(pixels, codes, self.bytes) == [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11])
    let gray = Sample(name: "x", .tensor([1, 2, 3, 4], .uint8, Shape([1, 1, 2, 2])))
    #expect(try encoded(gray, TensorType(.uint8, Shape([1, 2, 2, 1])), nil) == [1, 2, 3, 4])
    #expect(try encoded(gray, codes, self.bytes) == [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4])
  }

  @Test func `preprocessing that does not fit the input is refused`() {
    #expect(throws: DataError.self) { try InputEncoder(TensorType(.float32, Shape([1, 10])), preprocessing: bytes) }
  }

  @Test func `samples left out are counted and named, and all of them are an error`() throws {
    var unreadable = UnreadableSamples()
    var report = Report()
    try unreadable.note(of: 30, path: "data", in: &report)
    #expect(report.notes.isEmpty)
    for index in 0..<12 { unreadable.add(.sample(name: "\(index).jpg", reason: "cut")) }
    try unreadable.note(of: 30, path: "data", in: &report)
    #expect(report.notes.count == 12)
    #expect(report.notes[0].contains("12 of 30") && report.notes[1].contains("0.jpg: cut"))
    #expect(report.notes[11].contains("and 2 more"))
    #expect(throws: DataError.self) { try unreadable.note(of: 12, path: "data", in: &report) }
  }
}
