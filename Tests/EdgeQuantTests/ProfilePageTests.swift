import Foundation
import FoundationXML
import Testing

@testable import EdgeQuant

/// A profile written down here, and the page of it.
@Suite struct ProfilePageTests {
  private static let hostile = "</svg><script>alert('1')</script><link href=\"x\">\u{202E}\u{1}"

  /// Every member of the schema, with numbers that are easy to find on the page.
  private static var members: [String: Any] {
    func item(_ index: Int, _ kind: String, _ time: Double, _ share: Double, _ bound: String, macs: Int) -> [String:
      Any]
    {
      [
        "index": index, "count": kind == "fused_block" ? 3 : 1, "operator": kind, "node": "\(hostile)\(index)",
        "kernel": "gemm-s8-8x4", "threads": 2, "avg_ms": time, "median_ms": time, "share": share, "macs": macs,
        "weight_bytes": 4321, "activation_bytes": 8765, "gmacs": Double(macs) / time / 1e6, "gbps": 1.25,
        "bound": bound,
        "not_known_here": ["x": 1],
      ]
    }
    func block(_ tensor: Any, _ offset: Int, _ first: Int, _ last: Int) -> [String: Any] {
      [
        "tensor": tensor, "name": tensor is NSNull ? NSNull() : hostile as Any, "offset": offset, "bytes": 4096,
        "first_operator": first, "last_operator": last,
      ]
    }
    return [
      "schema": 2, "tool": "edgeinfer 9.9", "file": "models/net & co.edge", "name": hostile, "file_bytes": 54321,
      "file_xxh64": "0123456789abcdef", "threads": 2, "fused": true, "cpu": "neon,dot",
      "init_ms": 1.5, "first_inference_ms": 4.25, "num_warmup": 7, "warmup_avg_ms": 3.5, "num_runs": 1234,
      "avg_ms": 3.1, "min_ms": 2.9, "max_ms": 9.75, "stddev_ms": 0.4, "median_ms": 3, "p90_ms": 3.3, "p95_ms": 3.4,
      "p99_ms": 4.5, "halves_median_ms": [3.0, 3.3], "spread": 0.125, "is_stable": false,
      "histogram": ["low_ms": 2.9, "width_ms": 0.1, "counts": [200, 800, 200, 0, 30, 4]] as [String: Any],
      "decode": ["avg_ms": 12.5, "median_ms": 12, "p99_ms": 14.75],
      "preprocess": ["avg_ms": 0.75, "median_ms": 0.5, "p99_ms": 0.625],
      "peak_bytes": 12288, "vm_hwm_bytes": 1_500_000,
      "memory": [
        "arena_bytes": 12288, "file_bytes": 54321, "promised_bytes": 66609, "vm_hwm_bytes": 1_500_000,
        "vm_rss_bytes": 1_400_000, "stack_bytes": 16384, "weights_resident_bytes": 49152, "invoke_allocations": 0,
        "peak_operator": 1, "operators": 4,
        "peak_tensors": [
          ["tensor": 3, "name": hostile, "bytes": 4096] as [String: Any],
          ["tensor": NSNull(), "name": NSNull(), "bytes": 2048],
        ],
        "blocks": [block(0, 0, -1, 0), block(3, 4096, 0, 3), block(NSNull(), 8192, 1, 1)],
      ] as [String: Any],
      "board": [
        "model": "Raspberry Pi 4", "kernel": "Linux 6.1", "processors": 4, "governor": "ondemand",
        "program_xxh64": "fedcba9876543210", "start": ["mhz": 1500, "celsius": 48.25, "throttled": 0] as [String: Any],
        "end": ["mhz": 1200, "celsius": NSNull(), "throttled": 0x50004] as [String: Any],
      ] as [String: Any],
      "counters": ["cycles": 9_000_000, "instructions": 18_000_000, "cache_misses": 1234],
      "roofline": ["peak_gmacs": 24.0, "bandwidth_gbps": 4.0, "bandwidth_bytes": 67_108_864] as [String: Any],
      "operator_runs": 500, "operator_batch": 1, "operators_median_ms": 2.97, "operators_on_ms": 3.03,
      "operators_off_ms": 3.0,
      "operators": [
        item(0, "conv_2d", 0.5, 0.168, "compute", macs: 10_000_000),
        item(1, "fused_block", 2.4, 0.808, "memory", macs: 2_000_000),
        item(4, "softmax", 0.07, 0.024, "neither", macs: 0),
      ],
      "sweep": [
        ["threads": 1, "peak_bytes": 11264, "median_ms": 5.4, "min_ms": 5.3, "p90_ms": 5.5, "p99_ms": 6, "speedup": 1],
        [
          "threads": 2, "peak_bytes": 12288, "median_ms": 3, "min_ms": 2.9, "p90_ms": 3.3, "p99_ms": 4.5,
          "speedup": 1.8,
        ],
      ],
      "soak": [
        ["seconds": 30, "runs": 9000, "median_ms": 3, "p99_ms": 4, "max_ms": 5, "mhz": 1500, "celsius": 50],
        ["seconds": 60, "runs": 8000, "median_ms": 3.5, "p99_ms": 4, "max_ms": 77, "mhz": NSNull(), "celsius": 81.5],
      ] as [[String: Any]],
    ]
  }

  private func json(_ change: (inout [String: Any]) -> Void = { _ in }) throws -> [UInt8] {
    var members = Self.members
    change(&members)
    return [UInt8](try JSONSerialization.data(withJSONObject: members))
  }

  private func error(_ json: [UInt8]) throws -> ProfileError {
    try #require(throws: ProfileError.self) { try ProfileDocument(json: json) }
  }

  @Test func `figures of every section stand on the page`() throws {
    let page = try PageReader(ProfileDocument(json: json()).html)
    let text = page.text.replacing("\u{A0}", with: " ")
    for figure in [
      "net & co.edge", "edgeinfer 9.9 on Raspberry Pi 4, 2 threads, fused; 1,234 runs after 7",
      "The machine was unstable; the medians of both halves differ by 10.0 %",
      "governor performance instead of ondemand", "throttled now, under-voltage before", "from 1500 to 1200 MHz",
      "3.00 ms", "333 inferences a second", "4.50 ms", "1.50 × the median; slowest 9.75 ms", "parts by 12.5 %",
      "14.8 ms", "625 µs", "15.5 ms", "12.3 kB", "set by operator 1, fused_block", "12.0 M",
      "4.00 GMAC/s", "4 runs: slower than 3.40 ms",
      "99.0 % of a whole run", "Taking times costs 1.0 %", "fused_block of 3", "gemm-s8-8x4", "80.8 %",
      "24.0 · 10⁹ int8", "They meet at 6.00", "not drawn: 1 operator.", "66.6 kB", "1.50 MB", "none",
      "4,096 bytes at 8,192, operator 1", "the inputs to operator 0", "1.80 ×", "17,000 runs in 1.00 min",
      "the slowest run took 77.0 ms; at most 81.5 °C", "48.3 °C", "9,000,000", "2.00", "neon, dot", "0123456789abcdef",
    ] {
      #expect(text.contains(figure), "\(figure)")
    }
    #expect(page.counts["svg"] == 8)
  }

  @Test func `tags are balanced, identifiers occur once, and links lead to them`() throws {
    let page = try PageReader(ProfileDocument(json: json()).html)
    #expect(Set(page.identifiers).count == page.identifiers.count)
    // By time, and then by what the roofs would allow.
    #expect(page.links == [1, 0, 4, 1, 0, 4].map { "#operator-\($0)" })
    #expect(page.links.allSatisfy { page.identifiers.contains(String($0.dropFirst())) })
    #expect(page.references.allSatisfy(page.identifiers.contains))
    #expect(page.drawings.allSatisfy { $0["role"] == "img" && $0["aria-labelledby"] != nil })
  }

  @Test func `names from models stay text, and the page asks for nothing from anywhere`() throws {
    let document = try ProfileDocument(json: json())
    let page = try PageReader(document.html)
    #expect(page.counts["script"] == 1 && page.counts["link"] == nil && page.counts["img"] == nil)
    #expect(!page.attributes.contains { $0.hasPrefix("on") || $0 == "src" })
    #expect(page.text.contains(Self.hostile.replacing("\u{202E}\u{1}", with: "??")))
    let plain = try ProfileDocument(
      json: json {
        $0 = $0.filter { $0.key != "name" && $0.key != "memory" && $0.key != "operators" }
      })
    let text = String(decoding: plain.html, as: UTF8.self)
    for forbidden in ["http:", "https:", "//", "src=", "url(", "@import", "<link", "<script src", "fetch", "import("] {
      #expect(!text.contains(forbidden), "\(forbidden)")
    }
  }

  @Test func `what was not measured is left out`() throws {
    let headings = ["Operators", "Roofline", "Memory", "Threads", "Soak", "Hardware counters"]
    let members = ["operators", "roofline", "memory", "sweep", "soak", "counters"]
    func sections(_ json: [UInt8]) throws -> [String] {
      let text = String(decoding: try ProfileDocument(json: json).html, as: UTF8.self)
      return headings.filter { text.contains(">\($0)</h2>") }
    }
    #expect(try sections(json()) == headings)
    for (heading, member) in zip(headings, members) {
      let left = try sections(json { $0[member] = member == "counters" ? NSNull() : nil })
      // Without operators there is nothing to draw below the roofs.
      #expect(left == headings.filter { $0 != heading && !(heading == "Operators" && $0 == "Roofline") }, "\(member)")
    }
    let page = try PageReader(ProfileDocument(json: Array("{\"schema\": 2, \"median_ms\": 3}".utf8)).html)
    #expect(page.counts["svg"] == nil && page.text.contains("3.00\u{A0}ms"))
  }

  @Test func `only runs beyond the last bin stand apart as slower`() throws {
    func text(maximum: Double) throws -> String {
      try PageReader(ProfileDocument(json: json { $0["max_ms"] = maximum }).html).text
    }
    // Six bins of 0.1 ms from 2.9 ms on.
    #expect(try text(maximum: 3.5).contains("4 runs: 3.40\u{A0}ms to 3.50\u{A0}ms"))
    #expect(try text(maximum: 3.51).contains("4 runs: slower than 3.40\u{A0}ms"))
  }

  @Test func `a machine that was stable gets no warning`() throws {
    let page = try PageReader(ProfileDocument(json: json { $0["is_stable"] = true }).html)
    #expect(!page.text.contains("unstable") && page.text.contains("\u{2713} stable"))
  }

  @Test func `numbers at the limits neither trap nor break the page`() throws {
    func page(_ change: (inout [String: Any]) -> Void) throws -> PageReader {
      try PageReader(ProfileDocument(json: json(change)).html)
    }
    let (count, time) = (1 << 48, 1e15)
    for value in [0, Double.leastNonzeroMagnitude, 1e-12, time] {
      _ = try page {
        for key in $0.keys where key.hasSuffix("_ms") && !key.hasPrefix("halves") { $0[key] = value }
        $0["halves_median_ms"] = [value, time]
        $0["histogram"] = ["low_ms": time, "width_ms": value, "counts": [count, 0, count]] as [String: Any]
        $0["roofline"] = ["peak_gmacs": value, "bandwidth_gbps": value]
        $0["counters"] = ["cycles": value, "instructions": time, "cache_misses": value]
        $0["sweep"] = [0, count].map { ["threads": $0, "median_ms": value, "speedup": value] as [String: Any] }
        $0["soak"] = [value, time].map { ["seconds": $0, "runs": count, "median_ms": $0, "celsius": -1e6] }
        $0["operators"] = (0..<100).map {
          [
            "index": $0, "count": count, "operator": "", "median_ms": value, "share": time, "macs": count,
            "weight_bytes": count, "activation_bytes": value == 0 ? 0 : count, "gmacs": value, "gbps": value,
          ] as [String: Any]
        }
        let blocks = [
          ["tensor": 0, "offset": count, "bytes": count, "first_operator": -1, "last_operator": count],
          ["tensor": NSNull(), "offset": 0, "bytes": 0, "first_operator": count, "last_operator": count],
        ]
        $0["memory"] =
          [
            "arena_bytes": value == 0 ? 0 : count, "operators": value == 0 ? 0 : count, "peak_operator": count,
            "blocks": blocks, "peak_tensors": [["tensor": 0, "bytes": 0]],
          ] as [String: Any]
      }
    }
    let empty = try page {
      for key in ["operators", "sweep", "soak", "halves_median_ms"] { $0[key] = [Int]() }
      for key in ["memory", "board", "counters"] { $0[key] = [String: Int]() }
      $0["histogram"] = ["low_ms": 0, "width_ms": 0, "counts": [Int]()] as [String: Any]
    }
    #expect(empty.counts["svg"] == nil)
  }

  @Test(
    arguments: [
      ("\"median_ms\": -1", "median_ms: -1.0 is out of range"),
      ("\"median_ms\": 1e300", "median_ms: 1e+300 is out of range"),
      ("\"peak_bytes\": 1", "median_ms: is missing"),
      ("\"median_ms\": 1, \"peak_bytes\": -5", "peak_bytes: -5 is out of range"),
      ("\"median_ms\": 1, \"peak_bytes\": 9223372036854775807", "peak_bytes: 9223372036854775807 is out of range"),
      (
        "\"median_ms\": 1, \"memory\": {\"blocks\": [{\"offset\": 0, \"bytes\": 1, \"first_operator\": 3, \"last_operator\": 2}]}",
        "memory.blocks[0].last_operator: 2 is before 3, the first"
      ),
      (
        "\"median_ms\": 1, \"operators\": [\(Array(repeating: "0", count: 8193).joined(separator: ","))]",
        "operators: 8193 entries; at most 8192 can be drawn"
      ),
    ])
  func `a number that cannot have been measured is named`(members: String, message: String) throws {
    #expect(try error(Array("{\"schema\": 2, \(members)}".utf8)).description == message)
  }

  @Test func `members of the wrong type are named with their place`() throws {
    let wrong = try error(json { $0["operators"] = [["index": 0, "operator": 5, "median_ms": 1] as [String: Any]] })
    guard case .badMember(let path, _) = wrong else {
      Issue.record("\(wrong)")
      return
    }
    #expect(path == "operators[0].operator")
  }

  @Test func `another schema is named beside the one that is read`() throws {
    #expect(try error(json { $0["schema"] = 1 }) == .unsupportedSchema(found: "1"))
    #expect(try error(json { $0["schema"] = "2\u{1B}" }) == .unsupportedSchema(found: "\"2\u{1B}\""))
    #expect(
      try error(json { $0["schema"] = 3 }).description
        == "has schema 3; this edgequant reads schema 2: use edgeinfer and edgequant of the same version")
  }

  @Test func `what is no profile is refused`() throws {
    for text in ["{}", "[]", "3", "{\"schema\": null}", "{\"schema\": []}"] {
      #expect(try error(Array(text.utf8)) == .notAProfile, "\(text)")
    }
    for text in ["", "{", "\u{0}", "{\"schema\": 2, \"median_ms\": NaN}", String(repeating: "[", count: 100_000)] {
      guard case .notJSON = try error(Array(text.utf8)) else {
        Issue.record("\(text.prefix(40))")
        continue
      }
    }
    #expect(
      try error([UInt8](repeating: 0x20, count: ProfileDocument.maximumByteCount + 1))
        == .tooLarge(byteCount: ProfileDocument.maximumByteCount + 1))
  }

  @Test func `the command writes the page, and its exit codes tell what went wrong`() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("edgequant-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (profile, report) = (folder.appendingPathComponent("p.json"), folder.appendingPathComponent("r.html"))
    try Data(json()).write(to: profile)
    let run = try ProgramRun(["report", profile.path, "-o", report.path])
    #expect(run.status == 0, "\(run.errors)")
    #expect(try [UInt8](Data(contentsOf: report)) == ProfileDocument(json: json()).html)
    #expect(try ProgramRun(["report", profile.path, "-o", folder.path + "/none/r.html"]).status == 73)
    #expect(try ProgramRun(["report", folder.path + "/none.json", "-o", report.path]).status == 66)
    try Data(json { $0["schema"] = 1 }).write(to: profile)
    let old = try ProgramRun(["report", profile.path, "-o", report.path])
    #expect(old.status == 65 && old.errors.contains("p.json: has schema 1"))
  }
}
