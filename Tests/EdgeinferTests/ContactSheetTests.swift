import EdgeImage
import EdgeTensor
import Foundation
import Testing

@Suite struct ContactSheetTests {
  private func sheet(_ samples: Samples, _ arguments: [String]) throws -> String {
    let result = try Program.run(
      ["classify", "-q", "-m", samples.model, "--contact-sheet", "sheet.html"] + arguments, folder: samples.folder.url)
    #expect(result.status == 0, "\(result.errorText)")
    return String(decoding: try samples.folder.bytes("sheet.html"), as: UTF8.self)
  }

  @Test func `a page of its own has a thumbnail of every picture, with any number of threads`() throws {
    let samples = try Samples()
    try MixedPictures.write(39, to: samples.folder)
    let page = try sheet(samples, ["-t", "1", "pictures"])
    #expect(try sheet(samples, ["-t", "3", "pictures"]) == page)
    #expect(page.components(separatedBy: "<figure").count == 40)
    let images = page.matches(of: #/src="data:image/jpeg;base64,([A-Za-z0-9+/]+=*)"/#)
    #expect(images.count == 24)
    for image in images {
      let bytes = try #require(Data(base64Encoded: String(image.1)))
      let header = try bytes.withUnsafeBytes { try JPEGHeader($0) }
      #expect(header.width == 96 && header.height == 96 && bytes.count < 8000)
    }
    // Offline, and nothing runs.
    #expect(!page.contains("http") && !page.contains("<script") && page.contains("color-scheme: light dark"))
    #expect(page.contains("39 pictures, 15 of them could not be read"))
  }

  @Test func `thumbnails are upright and in colour, though the model sees gray`() throws {
    let samples = try Samples()
    let kinds = try MixedPictures.kinds()
    let turned = try #require(kinds.first { $0.name == "orientation6" }).bytes
    try samples.folder.write("p/a.jpg", turned)
    let page = try sheet(samples, ["p"])
    let data = try #require(page.firstMatch(of: #/base64,([^"]+)"/#))
    let thumbnail = Array(try #require(Data(base64Encoded: String(data.1))))
    // The middle square of the upright picture, enlarged by the same rule.
    let input = try ImageInput(
      Preprocessing(color: .rgb, crop: .center, mean: [0, 0, 0], standardDeviation: [1, 1, 1]),
      tensor: TensorType(.uint8, Shape([1, 96, 96, 3]), quantization: QuantParams(scale: 1, zeroPoint: 0)))
    try input.load(turned)
    let expected = Array(input.pixels)
    try input.load(thumbnail)
    let difference = zip(expected, input.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
    #expect(difference / expected.count < 6)
  }

  @Test func `names and labels are no markup`() throws {
    let samples = try Samples(labels: ["<b>&'\"", "<b>&'\"", "<b>&'\"", "<b>&'\""])
    try samples.folder.write("p/<i>&\".jpg", samples.jpeg)
    try samples.folder.write("p/<u>.jpg", [])
    let page = try sheet(samples, ["p"])
    #expect(page.contains("<b>&lt;b&gt;&amp;&#39;&quot;</b>"))
    #expect(page.contains("&lt;i&gt;&amp;&quot;.jpg") && !page.contains("<i>&") && !page.contains("<u>"))
  }

  @Test func `it is not continued, and not written where it cannot be`() throws {
    let samples = try Samples()
    try samples.folder.write("p/a.jpg", samples.jpeg)
    func status(_ arguments: [String]) throws -> Int32 {
      try Program.run(["classify", "-m", samples.model] + arguments, folder: samples.folder.url).status
    }
    #expect(
      try status(["--resume", "-o", "out", "--format", "csv", "--contact-sheet", "sheet.html", "p"]) == 64)
    #expect(try status(["--contact-sheet", "/nowhere/sheet.html", "p"]) == 73)
    #expect(try status(["--contact-sheet", "/dev/full", "p"]) == 74)
  }
}
