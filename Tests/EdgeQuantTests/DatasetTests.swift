import EdgeFormats
import EdgeQuant
import EdgeTensor
import Foundation
import Testing

/// Data as people have it on disk.
@Suite final class DatasetTests {
  static let samples = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("models/digits/samples")

  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("data-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false) }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private func path(_ name: String) -> String { name.isEmpty ? folder.path : folder.appendingPathComponent(name).path }

  private func write(_ name: String, _ bytes: [UInt8]) throws {
    let url = folder.appendingPathComponent(name)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
  }

  private func copyDigit(_ digit: Int, to name: String) throws {
    try write(name, [UInt8](try Data(contentsOf: Self.samples.appendingPathComponent("digit-\(digit).jpg"))))
  }

  private func open(_ name: String) throws -> (data: Dataset, notes: [String]) {
    var report = Report()
    return (try Dataset.open(path(name), report: &report), report.notes)
  }

  private func message(_ name: String) -> String {
    do {
      return "no error: \(try open(name).data.count) samples"
    } catch {
      return "\(error)"
    }
  }

  private func pixels(_ sample: Sample) -> [UInt8] {
    if case .pixels(let bytes, _, _, _) = sample.content { bytes } else { [] }
  }

  /// Record i: label i, and channel c of pixel p is `i + c + p mod 200`.
  private func cifar(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    for record in 0..<count {
      bytes.append(UInt8(record))
      for channel in 0..<3 { for pixel in 0..<1024 { bytes.append(UInt8((record + channel + pixel) % 200)) } }
    }
    return bytes
  }

  private func numpy<T: BitwiseCopyable>(_ values: [T], _ type: DataType, _ shape: [Int]) -> [UInt8] {
    NumpyArray.header(type, Shape(shape)) + values.withUnsafeBytes { [UInt8]($0) }
  }

  @Test func `a folder of pictures has no labels, one of folders has a class for each`() throws {
    try copyDigit(3, to: "flat/b.jpg")
    try copyDigit(4, to: "flat/a.JPEG")
    try write("flat/.hidden.jpg", [1])
    try write("flat/notes.txt", [1])
    let flat = try open("flat")
    #expect(flat.data.count == 2 && !flat.data.isLabelled && flat.data.classNames.isEmpty)
    #expect(try flat.data.sample(0).name.hasSuffix("a.JPEG"))
    #expect(flat.notes.count == 1 && flat.notes[0].contains("1 files"))

    try copyDigit(1, to: "classes/one/x.jpg")
    try copyDigit(1, to: "classes/one/deeper/y.jpg")
    try copyDigit(0, to: "classes/Zero/x.jpg")
    try write("classes/empty/readme", [])
    let classes = try open("classes").data
    #expect(classes.classNames == ["Zero", "one"])
    #expect(classes.labels == [0, 1, 1])
  }

  @Test func `a class may be a link to a folder, and rings of links end`() throws {
    try copyDigit(1, to: "elsewhere/x.jpg")
    try copyDigit(2, to: "ring/two/y.jpg")
    let files = FileManager.default
    try files.createSymbolicLink(atPath: path("ring/one"), withDestinationPath: path("elsewhere"))
    try files.createSymbolicLink(atPath: path("ring/two/back"), withDestinationPath: path("ring"))
    let data = try open("ring").data
    #expect(data.classNames == ["one", "two"] && data.labels == [0, 1])
  }

  @Test func `a folder without a picture says so, as do empty, compressed and unknown files`() throws {
    try write("png/a.png", [0x89])
    #expect(message("png").contains("no readable picture: of 1 files none ends in .jpg"))
    try FileManager.default.createDirectory(atPath: path("nothing"), withIntermediateDirectories: false)
    #expect(message("nothing").contains("no readable picture: the folder is empty"))
    #expect(message("missing").contains("no such file"))
    try write("empty.bin", [])
    #expect(message("empty.bin").contains("the file is empty"))
    try write("images-idx3-ubyte.gz", [0x1F, 0x8B, 8, 0])
    #expect(message("images-idx3-ubyte.gz").contains("unpack it first"))
    try write("odd.bin", [1, 2, 3])
    #expect(message("odd.bin").contains("3 bytes of no known kind"))
  }

  @Test func `CIFAR-10 records become interleaved pixels with the names beside them`() throws {
    try write("test.bin", cifar(3))
    #expect(try open("test.bin").data.classNames.isEmpty)
    try write("batches.meta.txt", Array("a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n".utf8))
    let data = try open("test.bin").data
    #expect(data.labels == [0, 1, 2] && data.classNames.count == 10)
    let sample = try data.sample(2)
    #expect(sample.name.hasSuffix("test.bin[2]") && sample.label == 2)
    #expect(Array(pixels(sample)[0..<6]) == [2, 3, 4, 3, 4, 5])
    try write("bad.bin", [10] + cifar(1).dropFirst())
    #expect(message("bad.bin").contains("record 0 has label 10; CIFAR-10 has 10 classes"))
  }

  @Test func `IDX images find their labels, and say so when counts differ`() throws {
    let header: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3]
    try write("x-images-idx3-ubyte", header + (0..<12))
    let bare = try open("x-images-idx3-ubyte")
    #expect(!bare.data.isLabelled && bare.notes.count == 1)
    try write("x-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, 2, 7, 9])
    let data = try open("x-images-idx3-ubyte").data
    #expect(data.labels == [7, 9])
    guard case .pixels(let bytes, let width, let height, let channelCount) = try data.sample(1).content else {
      Issue.record("not pixels")
      return
    }
    #expect(bytes == Array(6..<12) && width == 3 && height == 2 && channelCount == 1)
    try write("x-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, 3, 7, 9, 1])
    #expect(message("x-images-idx3-ubyte").contains("3 labels for 2 images"))
    try write("y-images-idx3-ubyte", header + (0..<11))
    #expect(message("y-images-idx3-ubyte").contains("11 bytes, but the header says 2 x 2 x 3"))
    #expect(message("x-labels-idx1-ubyte").contains("an IDX file with 1 axes"))
  }

  @Test func `a folder with one file of records is that file`() throws {
    try write("one/test_batch.bin", cifar(4))
    try write("one/readme.html", [1])
    #expect(try open("one").data.labels == [0, 1, 2, 3])
    try write("one/data_batch_1.bin", cifar(4))
    #expect(message("one").contains("name one of them: data_batch_1.bin, test_batch.bin"))
    try write("mnist/t10k-images-idx3-ubyte", [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 9])
    try write("mnist/t10k-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, 1, 4])
    #expect(try open("mnist").data.labels == [4])
  }

  @Test func `CSV has numbers or names for labels, relative paths and quoted fields`() throws {
    try write("a.csv", Array("path,label\r\nx.jpg,3\r\n\"odd, name.jpg\",0\n/abs.npy\n".utf8))
    let numbers = try open("a.csv").data
    #expect(numbers.labels == [3, 0, nil] && numbers.classNames.isEmpty && !numbers.isLabelled)
    try write("b.csv", Array("x.jpg,dog\ny.jpg,cat\nz.jpg,dog".utf8))
    let names = try open("b.csv").data
    #expect(names.classNames == ["cat", "dog"] && names.labels == [1, 0, 1])
    let missing = #expect(throws: DataError.self) { try names.sample(0) }
    #expect("\(try #require(missing))".contains(path("x.jpg")))
    try write("c.csv", Array("x.jpg,1\nx.png,1\n".utf8))
    #expect(message("c.csv").contains("row 2 (\"x.png\")"))
    try write("d.csv", Array("x.jpg,9223372036854775807\n".utf8))
    #expect(message("d.csv").contains("label 9223372036854775807 is not in"))
    try write("e.csv", Array("\"x.jpg,1\n".utf8))
    #expect(message("e.csv").contains("does not end"))
  }

  @Test func `NumPy arrays are cut along their first axis, and files in a folder are samples`() throws {
    try write("x.npy", numpy((0..<12).map { Float($0) }, .float32, [3, 2, 2]))
    try write("x_labels.npy", numpy([Int64(2), 0, 1], .int64, [3]))
    let data = try open("x.npy").data
    #expect(data.count == 3 && data.labels == [2, 0, 1])
    guard case .tensor(let bytes, let type, let shape) = try data.sample(1).content else {
      Issue.record("not a tensor")
      return
    }
    #expect(bytes == [Float(4), 5, 6, 7].withUnsafeBytes { [UInt8]($0) })
    #expect(type == .float32 && shape == Shape([2, 2]))
    try write("x_labels.npy", numpy([Int64(2)], .int64, [1]))
    #expect(message("x.npy").contains("1 labels for 3 samples"))
    try write("x_labels.npy", numpy([Int64.max, 1, 1], .int64, [3]))
    #expect(message("x.npy").contains("is not in 0...1000000"))
    try write("many/one.npy", numpy([Int8(1), 2], .int8, [1, 2]))
    try write("many/two.npy", [1, 2, 3])
    let many = try open("many").data
    #expect(many.count == 2)
    guard case .tensor(let codes, .int8, Shape([1, 2])) = try many.sample(0).content else {
      Issue.record("not a tensor")
      return
    }
    #expect(codes == [1, 2])
    #expect(throws: DataError.self) { try many.sample(1) }
  }

  @Test func `an array and its labels alone in a folder are that array`() throws {
    try write("f/x.npy", numpy([Float(1), 2, 3, 4], .float32, [2, 2]))
    try write("f/x_labels.npy", numpy([Int32(1), 0], .int32, [2]))
    #expect(try open("f").data.labels == [1, 0])
    try write("f/y.npy", numpy([Float(1), 2], .float32, [2]))
    let samples = try open("f").data
    #expect(samples.count == 2 && samples.name(0).hasSuffix("x.npy") && samples.name(1).hasSuffix("y.npy"))
  }

  @Test func `a subset is evenly spaced and keeps labels and names of samples`() throws {
    try write("test.bin", cifar(10))
    let data = try open("test.bin").data
    #expect(data.subset(3).labels == [0, 3, 6])
    #expect(try data.subset(3).sample(1).name.hasSuffix("[3]"))
    #expect(data.subset(10).labels == data.labels && data.subset(11).count == 10 && data.subset(0).count == 0)
  }

  @Test func `classes find their labels by name, by number, or by order`() throws {
    for name in ["hot_dog", "Apple"] { try copyDigit(1, to: "food/\(name)/x.jpg") }
    for name in ["10", "9"] { try copyDigit(1, to: "numbers/\(name)/x.jpg") }
    var report = Report()
    let food = try open("food").data
    #expect(food.classNames == ["Apple", "hot_dog"])
    let byName = try food.matched(labels: ["hot dog", "pear", "apple"], classCount: 3, report: &report)
    #expect(byName.labels == [2, 0] && byName.classNames == ["hot dog", "pear", "apple"])
    let byOrder = try food.matched(labels: [], classCount: 2, report: &report)
    #expect(byOrder.labels == [0, 1] && byOrder.classNames == ["Apple", "hot_dog"] && report.notes.isEmpty)
    #expect(try food.matched(labels: ["x", "y"], classCount: 2, report: &report).labels == [0, 1])
    #expect(report.notes.count == 1)
    let byNumber = try open("numbers").data.matched(labels: [], classCount: 11, report: &report)
    #expect(byNumber.labels == [10, 9])

    let some = #expect(throws: DataError.self) {
      try food.matched(labels: ["apple", "pear"], classCount: 2, report: &report)
    }
    #expect("\(try #require(some))".contains("1 of 2 classes have no label of that name in the model: \"hot_dog\""))
    let counts = #expect(throws: DataError.self) { try food.matched(labels: [], classCount: 5, report: &report) }
    #expect("\(try #require(counts))".contains("the data has 2 classes, the model has 5 outputs"))
    try write("test.bin", cifar(2))
    let records = #expect(throws: DataError.self) {
      try open("test.bin").data.matched(labels: [], classCount: 12, report: &report)
    }
    #expect("\(try #require(records))".contains("the data has 10 classes, the model has 12 outputs"))
  }
}
