import EdgeTensor
import Foundation
import FoundationXML
import Testing

@testable import EdgeQuant

/// The page of a report written down here.
@Suite struct ReportPageTests {
  private static let hostile = "<img src=x onerror=\"alert('1')\">&amp;</style><script>\u{202E}\u{1}"

  /// Three layers: an input, one with weights, and one that stays float32.
  private func report(name: String = hostile) throws -> QuantizationReport {
    func layer(_ name: String, _ operatorName: String, isFloat: Bool = false, share: Double) -> [String: Any] {
      let hasWeights = operatorName == "conv_2d"
      return [
        "name": name, "operatorName": operatorName, "shape": [1, 8, 8, 4], "isFloat": isFloat, "sqnr": 31.25,
        "errorShare": share, "clipped": 0.0123, "observed": ["minimum": -2, "maximum": 6],
        "range": ["minimum": -2, "maximum": 4], "method": isFloat ? "" : "mse",
        "histogram": [1, 10, 100, 0, 1000, 10, 5, 2],
        "macs": hasWeights ? 12_345_678 : 0, "weightBytes": hasWeights ? 4321 : 0, "movedWeights": 0.25,
      ]
    }
    let json: [String: Any] = [
      "version": 1, "tool": "edgequant 9.9", "model": "net & co.onnx", "calibration": "pictures", "sampleCount": 1234,
      "warnings": ["the samples are <blank>"],
      "sqnr": 27.53, "floatAccuracy": ["right": 436, "count": 500, "lower": 0.8399, "upper": 0.8984],
      "accuracy": ["right": 435, "count": 500, "lower": 0.8377, "upper": 0.8966], "drop": 0.2, "dropLower": -0.71,
      "dropUpper": 1.11, "agreement": 0.985,
      "before": ["fileBytes": 321_456, "macs": 12_501_632, "peakBytes": 196_608],
      "after": ["fileBytes": 98_304, "macs": 12_501_632, "peakBytes": 53_248],
      "repairs": [
        ["name": "equalize", "before": 25.1, "after": 24.3, "isKept": false],
        ["name": "round", "before": 25.1, "after": 27.53, "isKept": true],
      ],
      "layers": [
        layer("pixels", "input", share: 0.1), layer(name, "conv_2d", share: 0.7),
        layer("sum", "add", isFloat: true, share: 0.2),
      ],
    ]
    return try JSONDecoder().decode(QuantizationReport.self, from: JSONSerialization.data(withJSONObject: json))
  }

  private func text(_ report: QuantizationReport) -> String { String(decoding: report.html, as: UTF8.self) }

  @Test func `tags are balanced, identifiers occur once, and links lead to them`() throws {
    let page = try PageReader(report().html)
    #expect(Set(page.identifiers).count == page.identifiers.count)
    #expect(!page.links.isEmpty && page.links.allSatisfy { $0.hasPrefix("#") })
    #expect(page.links.allSatisfy { page.identifiers.contains(String($0.dropFirst())) })
    #expect(page.references.allSatisfy(page.identifiers.contains))
  }

  @Test func `names from files stay text, whatever they contain`() throws {
    let report = try report()
    let page = try PageReader(report.html)
    #expect(page.counts["script"] == 1 && page.counts["style"] == 1 && page.counts["img"] == nil)
    #expect(!page.attributes.contains { $0.hasPrefix("on") })
    // Characters that turn the direction of writing or that XML forbids are replaced.
    let harmless = ReportPageTests.hostile.replacing("\u{202E}\u{1}", with: "??")
    #expect(page.text.contains(harmless) && page.text.contains("net & co.onnx"))
    let plain = try PageReader(try self.report(name: "plain").html)
    #expect(plain.counts == page.counts)
  }

  @Test func `the page asks for nothing from anywhere`() throws {
    let page = text(try report(name: "plain"))
    for forbidden in ["http:", "https:", "//", "src=", "url(", "@import", "<link", "<iframe", "fetch", "import("] {
      #expect(!page.contains(forbidden), "\(forbidden)")
    }
    #expect(page.contains("default-src 'none'") && page.hasPrefix("<!DOCTYPE html>"))
  }

  @Test func `figures stand on the page with their units`() throws {
    let text = try PageReader(report().html).text.replacing("\u{A0}", with: " ")
    for figure in [
      "87.00 %", "87.20 %", "435 of 500", "0.20 points", "95 % interval −0.71 to 1.11", "98.5 %", "27.5 dB", "98.3 kB",
      "321 kB before, 69.4 % less", "53.2 kB", "12.5 M", "unchanged", "+2.43 dB", "−0.80 dB",
      "1,234 samples of pictures", "Warning: the samples are <blank>.",
      "1 of 2 layers stays float32", "70.0 %", "31.3 dB", "1.2 %", "−2.00 to 4.00", "1 × 8 × 8 × 4", "12.3 M",
      "4.32 kB",
      "25.0 %", "mse: least squared error",
    ] {
      #expect(text.contains(figure), "\(figure)")
    }
  }

  @Test func `each layer has a row with headers and a drawing that is described`() throws {
    let page = try PageReader(report().html)
    // One drawing of the accuracies, one for each layer.
    #expect(page.counts["svg"] == 4 && page.counts["desc"] == 4)
    #expect(page.drawings.allSatisfy { $0["role"] == "img" && $0["aria-labelledby"] != nil })
    #expect(page.headers.allSatisfy { ["col", "row"].contains($0["scope"]) })
    #expect(page.identifiers.filter { $0.hasPrefix("layer-") } == ["layer-1", "layer-2", "layer-3"])
    #expect(page.text.contains("Values from −2.00\u{A0}to\u{A0}6.00; they stay float32."))
  }

  @Test func `layers that disturb the answer most come first`() throws {
    let page = try PageReader(report(name: "worst").html)
    #expect(page.links == ["#layer-2", "#layer-3", "#layer-1"])
  }

  @Test func `a report without measurements is a page, too, and says what is missing`() throws {
    let page = try PageReader(QuantizationReport().html)
    #expect(page.counts["svg"] == nil && page.text.contains("No layer was measured"))
  }

  @Test func `numbers at the limits neither trap nor break the page`() throws {
    var report = try report()
    for index in report.layers.indices {
      report.layers[index].observed = ValueRange(minimum: -.greatestFiniteMagnitude, maximum: .greatestFiniteMagnitude)
      report.layers[index].range = ValueRange(minimum: 0, maximum: .leastNonzeroMagnitude)
      report.layers[index].histogram = [Int](repeating: .max, count: 64)
      report.layers[index].macs = .max
      report.layers[index].errorShare = 1e-300
      report.layers[index].sqnr = nil
    }
    report.accuracy = QuantizationReport.Accuracy(Proportion(0, of: 0))
    _ = try PageReader(report.html)
    report.layers[0].observed = ValueRange(minimum: 1, maximum: 1)
    report.layers[1].observed = ValueRange(minimum: -.infinity, maximum: .nan)
    report.layers[2].histogram = [0]
    _ = try PageReader(report.html)
  }

  @Test func `an evaluation is a page with its figures, classes and confusion matrix`() throws {
    let evaluation = Evaluation(
      path: "pictures", classCount: 3, classNames: [ReportPageTests.hostile, "cat", ""],
      predictions: [
        .init(label: 0, best: [0, 1, 2]), .init(label: 1, best: [0, 1, 2]), .init(label: 1, best: [1, 0, 2]), nil,
      ])
    let page = try PageReader(evaluation.html(model: "a<b>.edge"))
    let text = page.text.replacing("\u{A0}", with: " ")
    for figure in ["a<b>.edge", "66.67 %", "2 of 3; 95 % interval 20.77 to 93.85", "1 left out", "50.0 %"] {
      #expect(text.contains(figure), "\(figure)")
    }
    #expect(text.contains("cat taken for <img") && page.counts["img"] == nil && page.counts["svg"] == 1)
    // Two of three classes occur.
    #expect(page.headers.count { $0["scope"] == "row" } == 2)
    let empty = try PageReader(Evaluation(classCount: 2, predictions: []).html(model: ""))
    #expect(empty.counts["svg"] == nil)
  }
}

/// What a page holds, read as XML, which pages are on purpose: every tag must be closed.
final class PageReader: NSObject, XMLParserDelegate {
  private(set) var counts: [String: Int] = [:]
  private(set) var text = ""
  private(set) var identifiers: [String] = []
  private(set) var links: [String] = []
  /// What `aria-labelledby` names.
  private(set) var references: [String] = []
  private(set) var attributes: Set<String> = []
  private(set) var drawings: [[String: String]] = []
  private(set) var headers: [[String: String]] = []

  init(_ page: [UInt8]) throws {
    super.init()
    let parser = XMLParser(data: Data(page))
    parser.delegate = self
    try #require(parser.parse(), "\(String(describing: parser.parserError)) in line \(parser.lineNumber)")
  }

  func parser(
    _ parser: XMLParser, didStartElement element: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String] = [:]
  ) {
    counts[element, default: 0] += 1
    self.attributes.formUnion(attributes.keys)
    if let identifier = attributes["id"] { identifiers.append(identifier) }
    if let link = attributes["href"] { links.append(link) }
    if let names = attributes["aria-labelledby"] { references += names.split(separator: " ").map(String.init) }
    if element == "svg" { drawings.append(attributes) }
    if element == "th" { headers.append(attributes) }
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
}
