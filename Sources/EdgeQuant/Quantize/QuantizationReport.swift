import EdgeTensor

/// What a quantization did, layer by layer; `--report FILE.json` writes it as it is here, `FILE.html` as a page.
public struct QuantizationReport: Codable, Sendable {
  public static let currentVersion = 1

  /// Right answers of all, with the Wilson 95 % interval.
  public struct Accuracy: Codable, Sendable {
    public var right: Int
    public var count: Int
    public var lower: Double
    public var upper: Double

    public init(_ proportion: Proportion) {
      right = proportion.count
      count = proportion.total
      (lower, upper) = (proportion.interval.lowerBound, proportion.interval.upperBound)
    }
  }

  public struct Cost: Codable, Sendable {
    /// Of the file, or of a source converted without being quantized.
    public var fileBytes: Int
    public var macs: Int
    /// Of the arena, with one thread.
    public var peakBytes: Int

    public init(_ cost: RunnableModel.Cost) {
      (fileBytes, macs, peakBytes) = (cost.fileByteCount, cost.multiplyAccumulateCount, cost.peakByteCount)
    }
  }

  public struct Repair: Codable, Sendable {
    public var name: String
    /// Signal-to-noise ratio of the answer in decibels.
    public var before: Double
    public var after: Double
    public var isKept: Bool

    public init(_ outcome: Quantizer.RepairOutcome) {
      (name, before, after) = (outcome.repair.rawValue, outcome.before, outcome.after)
      isKept = outcome.isKept
    }
  }

  public struct Layer: Codable, Sendable {
    /// Of the tensor it computes.
    public var name: String
    /// `input` for the network's input.
    public var operatorName: String
    public var shape: [Int]
    /// Whether it stays float32.
    public var isFloat: Bool
    /// Signal-to-noise ratio in decibels of its output within the quantized network, earlier layers' errors included; nil for infinite.
    public var sqnr: Double?
    /// Of the sum over layers of what each one's rounding alone adds to the answer's error, 0...1.
    public var errorShare: Double
    /// Of the values on the checking samples, 0...1, those that the range cuts off.
    public var clipped: Double
    /// What calibration saw.
    public var observed: ValueRange
    /// What the codes −128…127 stand for.
    public var range: ValueRange
    public var method: String
    /// How often values fell into equal parts of `observed`.
    public var histogram: [Int]
    public var macs: Int
    public var weightBytes: Int
    /// Weights that are not rounded to the nearest code, 0...1.
    public var movedWeights: Double
  }

  public var version = QuantizationReport.currentVersion
  public var tool = ""
  public var model = ""
  public var calibration = ""
  public var sampleCount = 0
  /// What is wrong with the calibration data, a sentence each without a full stop.
  public var warnings: [String] = []
  /// Signal-to-noise ratio of the answer in decibels; nil for infinite.
  public var sqnr: Double?
  public var floatAccuracy: Accuracy?
  public var accuracy: Accuracy?
  /// What is lost, in points, paired by sample, with its 95 % interval.
  public var drop: Double?
  public var dropLower: Double?
  public var dropUpper: Double?
  /// Share of samples with the same top class.
  public var agreement: Double?
  public var before: Cost?
  public var after: Cost?
  public var repairs: [Repair] = []
  /// In order of execution.
  public var layers: [Layer] = []

  public init() {}

  /// The layers that disturb the answer most, first.
  public var ranking: [Layer] { layers.sorted { $0.errorShare > $1.errorShare } }

  /// The report as a JSON file.
  public var json: [UInt8] { ReportFile.json(self) }
}
