import Foundation

/// What `edgeinfer profile --format json` writes. Members that are not known here are ignored; what was not measured is nil or empty.
/// Times are in milliseconds.
public struct ProfileDocument: Decodable, Sendable {
  /// The version that is read here.
  static let schema = 2
  static let maximumByteCount = 1 << 26

  let tool: String?
  let file: String?
  let name: String?
  let fileBytes: Int?
  let fileHash: String?
  let threads: Int?
  let isFused: Bool?
  let cpu: String?

  let initialization: Double?
  let firstInference: Double?
  let warmUpCount: Int?
  let warmUpMean: Double?
  let runCount: Int?
  let mean: Double?
  let minimum: Double?
  let maximum: Double?
  let deviation: Double?
  let median: Double
  let p90: Double?
  let p95: Double?
  let p99: Double?
  /// Medians of the first and the second half of the runs.
  let halves: [Double]
  /// The largest difference among the medians of ten consecutive parts, over the median.
  let spread: Double?
  let isStable: Bool?
  let histogram: Histogram?

  /// Of a picture, before each inference.
  let decoding: Stage?
  let preprocessing: Stage?

  let peakBytes: Int?
  let memory: Memory?
  let board: Board?
  let counters: Counters?
  let roofline: Roofline?
  let operatorBatch: Int?
  /// The sum of the operators' medians.
  let operatorSum: Double?
  /// Medians of whole runs with and without recording.
  let recorded: Double?
  let unrecorded: Double?
  let operators: [Operator]
  let sweep: [SweepPoint]
  let soak: [SoakInterval]

  /// - Throws: where the file is no profile, of another schema, or holds what cannot be measured.
  public init(json: [UInt8]) throws(ProfileError) {
    struct Header: Decodable {
      let schema: String

      init(from decoder: any Decoder) throws {
        let members = try ProfileMembers(decoder)
        let number = try? members.object("schema", Int.self)
        let found = try number.map { "\($0)" } ?? members.text("schema").map { "\"\($0)\"" }
        schema = try members.required("schema", found)
      }
    }
    guard json.count <= Self.maximumByteCount else { throw .tooLarge(byteCount: json.count) }
    do {
      let data = Data(json)
      let found: String
      do { found = try JSONDecoder().decode(Header.self, from: data).schema } catch {
        if case .dataCorrupted(let context)? = error as? DecodingError, context.codingPath.isEmpty { throw error }
        throw ProfileError.notAProfile
      }
      guard found == "\(Self.schema)" else { throw ProfileError.unsupportedSchema(found: found) }
      self = try JSONDecoder().decode(Self.self, from: data)
    } catch {
      throw ProfileError(error)
    }
  }

  public init(from decoder: any Decoder) throws {
    let members = try ProfileMembers(decoder)
    tool = try members.text("tool")
    file = try members.text("file")
    name = try members.text("name")
    fileBytes = try members.count("file_bytes")
    fileHash = try members.text("file_xxh64")
    threads = try members.count("threads")
    isFused = try members.flag("fused")
    cpu = try members.text("cpu")
    initialization = try members.quantity("init_ms")
    firstInference = try members.quantity("first_inference_ms")
    warmUpCount = try members.count("num_warmup")
    warmUpMean = try members.quantity("warmup_avg_ms")
    runCount = try members.count("num_runs")
    mean = try members.quantity("avg_ms")
    minimum = try members.quantity("min_ms")
    maximum = try members.quantity("max_ms")
    deviation = try members.quantity("stddev_ms")
    median = try members.required("median_ms", members.quantity("median_ms"))
    p90 = try members.quantity("p90_ms")
    p95 = try members.quantity("p95_ms")
    p99 = try members.quantity("p99_ms")
    halves = try members.list("halves_median_ms", Double.self)
    guard halves.allSatisfy({ (0...1e15).contains($0) }) else {
      throw members.problem("halves_median_ms", "out of range")
    }
    spread = try members.quantity("spread")
    isStable = try members.flag("is_stable")
    histogram = try members.object("histogram")
    decoding = try members.object("decode")
    preprocessing = try members.object("preprocess")
    peakBytes = try members.count("peak_bytes")
    memory = try members.object("memory")
    board = try members.object("board")
    counters = try members.object("counters")
    roofline = try members.object("roofline")
    operatorBatch = try members.count("operator_batch")
    operatorSum = try members.quantity("operators_median_ms")
    recorded = try members.quantity("operators_on_ms")
    unrecorded = try members.quantity("operators_off_ms")
    operators = try members.list("operators")
    sweep = try members.list("sweep")
    soak = try members.list("soak")
  }
}

extension ProfileError {
  /// What decoding says, in one line with the member's path.
  fileprivate init(_ error: any Error) {
    if let error = error as? ProfileError { self = error } else { self = ProfileError(decoding: error) }
  }

  private init(decoding error: any Error) {
    func path(_ keys: [any CodingKey]) -> String {
      keys.reduce("") { path, key in
        key.intValue.map { "\(path)[\($0)]" } ?? (path.isEmpty ? key.stringValue : "\(path).\(key.stringValue)")
      }
    }
    switch error as? DecodingError {
    case .dataCorrupted(let context) where context.codingPath.isEmpty:
      let detail = (context.underlyingError as? NSError)?.userInfo[NSDebugDescriptionErrorKey] as? String
      self = .notJSON(detail ?? context.debugDescription)
    case .dataCorrupted(let context), .typeMismatch(_, let context), .valueNotFound(_, let context):
      self = .badMember(path: path(context.codingPath), reason: context.debugDescription)
    case .keyNotFound(let key, let context):
      self = .badMember(path: path(context.codingPath + [key]), reason: "is missing")
    default: self = .notJSON("\(error)")
    }
  }
}
