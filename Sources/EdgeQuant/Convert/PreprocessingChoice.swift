import EdgeTensor

/// What a person says about preprocessing; what is left out is guessed from the model.
public struct PreprocessingChoice: Sendable {
  public var color: Preprocessing.Color?
  public var crop: Preprocessing.Crop?
  /// Above 0, at most 1.
  public var cropFraction: Float?
  /// In pixel units, one for all channels or one for each.
  public var mean: [Float]?
  public var standardDeviation: [Float]?

  public init() {}

  /// Everything as another model has it; nothing if that has none.
  public init(_ preprocessing: Preprocessing?) {
    color = preprocessing?.color
    crop = preprocessing?.crop
    cropFraction = preprocessing?.cropFraction
    mean = preprocessing?.mean
    standardDeviation = preprocessing?.standardDeviation
  }

  public var isEmpty: Bool {
    color == nil && crop == nil && cropFraction == nil && mean == nil && standardDeviation == nil
  }

  /// The preprocessing for a model whose first input is `input`, and a note for what had to be guessed.
  /// - Returns: nil if the input is not a picture.
  /// - Throws: `badPreprocessing` if something is said about an input that is not a picture, or a value is out of range.
  public func resolved(for input: TensorType, report: inout Report) throws(QuantError) -> Preprocessing? {
    guard let picture = PictureInput(input) else {
      guard isEmpty else {
        throw .badPreprocessing(
          "preprocessing flags need a model whose first input is 1 x height x width x 1 or 3; this one is \(input)")
      }
      return nil
    }
    if isEmpty, !picture.isLikely { return nil }
    let color = self.color ?? (picture.channelCount == 1 ? .gray : .rgb)
    guard color.channelCount == picture.channelCount else {
      throw .badPreprocessing("--color \(color.name) has \(color.channelCount) channels, the input is \(input)")
    }
    let crop = self.crop ?? .center
    let fraction = cropFraction ?? 1
    guard fraction > 0, fraction <= 1 else {
      throw .badPreprocessing("--crop-fraction is \(fraction); it must be above 0 and at most 1")
    }
    let guess = picture.guess
    let mean = try perChannel(self.mean, guess.mean, color, "--mean") { $0.isFinite }
    let deviation = try perChannel(standardDeviation, guess.standardDeviation, color, "--std") {
      $0.isFinite && $0 != 0
    }
    if self.mean == nil || standardDeviation == nil {
      report.note(
        "preprocessing: \(color.name), \(crop.name), mean \(text(mean)), std \(text(deviation)): a guess from "
          + "\(guess.reason). Give --mean and --std if training differed")
    }
    return Preprocessing(color: color, crop: crop, cropFraction: fraction, mean: mean, standardDeviation: deviation)
  }

  private func perChannel(
    _ values: [Float]?, _ guess: Float, _ color: Preprocessing.Color, _ flag: String, _ isValid: (Float) -> Bool
  ) throws(QuantError) -> [Float] {
    let values = values ?? [guess]
    guard values.allSatisfy(isValid) else { throw .badPreprocessing("\(flag) must be finite, and --std not 0") }
    if values.count == 1 { return Array(repeating: values[0], count: color.channelCount) }
    guard values.count == color.channelCount else {
      throw .badPreprocessing(
        "\(flag) has \(values.count) values; give one, or one for each of \(color.channelCount) channels")
    }
    return values
  }

  private func text(_ values: [Float]) -> String {
    let all = Set(values).count == 1 ? [values[0]] : values
    return all.map { $0 == $0.rounded() ? "\(Int($0))" : "\($0)" }.joined(separator: ",")
  }
}

/// An input that a picture fits, and how pixels probably become its elements.
private struct PictureInput {
  let type: TensorType
  let channelCount: Int

  init?(_ type: TensorType) {
    let shape = type.shape
    guard shape.rank == 4, shape[0] == 1, shape[1] > 0, shape[2] > 0, shape[3] == 1 || shape[3] == 3,
      type.dataType == .float32 || type.quantization != nil
    else { return nil }
    self.type = type
    channelCount = shape[3]
  }

  /// Smaller inputs are taken for something else than pictures unless flags say otherwise.
  var isLikely: Bool { min(type.shape[1], type.shape[2]) >= 16 }

  var guess: (mean: Float, standardDeviation: Float, reason: String) {
    guard let quantization = type.quantization, type.dataType != .float32 else {
      if channelCount == 3, min(type.shape[1], type.shape[2]) >= 96 {
        return (127.5, 127.5, "a float input of this size, which usually takes -1...1")
      }
      return (0, 255, "a small float input, which usually takes 0...1")
    }
    // Quantization was calibrated on pixels of the whole range, so each pixel value became the code of the same number.
    let zeroPoint = Float(quantization.zeroPoint) + (type.dataType == .int8 ? 128 : 0)
    let reason = "the input's scale \(quantization.scale) and zero point \(quantization.zeroPoint): pixels as they are"
    for (mean, deviation) in [(zeroPoint, Float(1)), (zeroPoint, 255), (zeroPoint, 128), (zeroPoint, 127.5)] {
      let isIdentity = (0...255).allSatisfy { pixel in
        let code =
          ((Float(pixel) - mean) / deviation / quantization.scale).rounded(.toNearestOrAwayFromZero) + zeroPoint
        return code == Float(pixel)
      }
      if isIdentity { return (mean, deviation, reason) }
    }
    return (zeroPoint, 1 / quantization.scale, reason)
  }
}
