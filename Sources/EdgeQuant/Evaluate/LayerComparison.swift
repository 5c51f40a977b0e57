import EdgeModel
import EdgeRuntime
import EdgeTensor
import Foundation

/// Two models, layer by layer, on the same samples.
public struct LayerComparison: Sendable {
  public struct Layer: Sendable {
    /// Of the first model's tensor.
    public let name: String
    public let operatorName: String
    public let shape: Shape
    public let types: (first: DataType, second: DataType)
    /// Whether both tensors have this name; else the order of layers matched them.
    public let isMatchedByName: Bool
    /// Channels (of the last axis) whose numbers the second model has multiplied by a power of two, as equalization does; that is undone
    /// before they are compared.
    public let scaledChannelCount: Int
    /// Σ x² over all samples, x the first model's real numbers, and Σ (x − y)², y the second's.
    public let signal: Double
    public let noise: Double

    /// Signal to quantization noise in decibels: `10 · log10(signal / noise)`; infinite where both are the same.
    public var decibels: Double { noise == 0 ? .infinity : 10 * log10(signal / noise) }
  }

  public let layers: [Layer]
  /// Layers that have no partner in the other model.
  public let unmatched: (first: Int, second: Int)
  public let sampleCount: Int

  /// The first layer whose numbers are not exactly the same.
  public var firstDifferent: Layer? { layers.first { $0.noise > 0 } }

  /// The first layer with less than so many decibels.
  public func firstDeparting(below decibels: Double) -> Layer? { layers.first { $0.decibels < decibels } }

  /// Runs both models on every sample of `data`. The result does not depend on how many workers there are.
  /// - Throws: `data` if a model takes no data of this kind, or not one sample can be used.
  public init(
    _ first: RunnableModel, _ second: RunnableModel, data: Dataset, workers: Workers = .all, report: inout Report,
    progress: ProgressHandler? = nil
  ) throws(QuantError) {
    let pairs = LayerMatching.pairs(first.model, second.model)
    let workers = Workers(min(workers.count, max(data.count, 1)))
    var recorders: [(LayerRecorder, LayerRecorder)] = []
    for _ in 0..<workers.count {
      recorders.append(
        (try LayerRecorder(first, pairs.map { $0.0 }), try LayerRecorder(second, pairs.map { $0.1 })))
    }
    let counter = ProgressCounter(total: data.count, progress)
    let channelCounts = pairs.map { first.model.tensors[$0.0.tensor].type.shape.dimensions.last ?? 1 }
    let factors = LayerComparison.factors(recorders[0].0, recorders[0].1, data, channelCounts)
    let results = try workers.map(data.count) { worker, index throws(QuantError) in
      defer { counter.count() }
      return LayerComparison.powers(recorders[worker].0, recorders[worker].1, data, index, factors)
    }

    var sums = [(signal: Double, noise: Double)](repeating: (0, 0), count: pairs.count)
    var unreadable = UnreadableSamples()
    for result in results {
      switch result {
      case .success(let powers):
        for (layer, power) in powers.enumerated() {
          sums[layer].signal += power.signal
          sums[layer].noise += power.noise
        }
      case .failure(let error): unreadable.add(error)
      }
    }
    do throws(DataError) {
      try unreadable.note(of: data.count, path: data.path, in: &report)
    } catch {
      throw .data(error)
    }
    sampleCount = data.count - unreadable.count
    unmatched = (
      ComparableLayer.all(of: first.model).count - pairs.count,
      ComparableLayer.all(of: second.model).count - pairs.count
    )
    layers = zip(zip(pairs, factors), sums).map { pairAndFactors, sum in
      let (pair, factors) = pairAndFactors
      let type = first.model.tensors[pair.0.tensor].type
      return Layer(
        name: pair.0.name, operatorName: first.model.operators[pair.0.operatorIndex].name, shape: type.shape,
        types: (type.dataType, second.model.tensors[pair.1.tensor].type.dataType),
        isMatchedByName: !pair.0.name.isEmpty && pair.0.name == pair.1.name,
        scaledChannelCount: factors.count { $0 != 1 }, signal: sum.signal, noise: sum.noise)
    }
  }

  /// Samples that tell how the second model scales its channels.
  private static let factorSampleCount = 8

  /// By layer and channel, what to multiply the second model's numbers by: a power of two where that makes them nearly the first's, else 1.
  private static func factors(
    _ first: LayerRecorder, _ second: LayerRecorder, _ data: Dataset, _ channelCounts: [Int]
  ) -> [[Float]] {
    var sums = channelCounts.map { [(xx: Double, xy: Double, yy: Double)](repeating: (0, 0, 0), count: $0) }
    let data = data.subset(factorSampleCount)
    for index in 0..<data.count {
      guard let sample = try? data.sample(index), (try? first.run(sample)) != nil, (try? second.run(sample)) != nil
      else { continue }
      for (layer, channelCount) in channelCounts.enumerated() where channelCount > 0 {
        let (x, y) = (first.values[layer], second.values[layer])
        for element in x.indices {
          let (a, b) = (Double(x[element]), Double(y[element]))
          sums[layer][element % channelCount].xx += a * a
          sums[layer][element % channelCount].xy += a * b
          sums[layer][element % channelCount].yy += b * b
        }
      }
    }
    return sums.map { $0.map { factor($0.xx, $0.xy, $0.yy) } }
  }

  private static func factor(_ xx: Double, _ xy: Double, _ yy: Double) -> Float {
    // Only what is plainly the same channel: a correlation of 0.9, and within a fifth of a doubling.
    guard xy > 0, xy * xy > 0.81 * xx * yy, yy > 0, (xx / yy).isFinite else { return 1 }
    let exponent = 0.5 * log2(xx / yy)
    let whole = exponent.rounded()
    return whole != 0 && abs(exponent - whole) < 0.2 && abs(whole) <= 20 ? Float(exp2(whole)) : 1
  }

  private static func powers(
    _ first: LayerRecorder, _ second: LayerRecorder, _ data: Dataset, _ index: Int, _ factors: [[Float]]
  ) -> Result<[(signal: Double, noise: Double)], DataError> {
    do throws(DataError) {
      let sample = try data.sample(index)
      try first.run(sample)
      try second.run(sample)
    } catch {
      return .failure(error)
    }
    return .success(
      zip(zip(first.values, second.values), factors).map { values, factors in
        let (x, y) = values
        var (signal, noise) = (0.0, 0.0)
        for index in x.indices {
          let (a, b) = (Double(x[index]), Double(y[index] * factors[index % max(factors.count, 1)]))
          signal += a * a
          // Infinities of both are the same number, though their difference is none.
          if a != b { noise += (a - b) * (a - b) }
        }
        return (signal, noise)
      })
  }
}

/// Runs a model operator by operator and keeps the real numbers of some layers.
private final class LayerRecorder {
  private let interpreter: Interpreter
  private let encoder: InputEncoder
  private let layers: [ComparableLayer]
  /// Places in `layers` by the operator that computes them.
  private let places: [Int: Int]
  /// By layer.
  private(set) var values: [[Float]]

  init(_ runnable: RunnableModel, _ layers: [ComparableLayer]) throws(QuantError) {
    encoder = try runnable.encoder()
    do throws(LoadError) {
      interpreter = try Interpreter(try Plan(runnable.model, fuses: false))
    } catch {
      throw .load(error)
    }
    self.layers = layers
    places = Dictionary(uniqueKeysWithValues: layers.enumerated().map { ($1.operatorIndex, $0) })
    values = Array(repeating: [], count: layers.count)
  }

  func run(_ sample: Sample) throws(DataError) {
    try encoder.write(sample, into: interpreter.input(0))
    for step in interpreter.plan.model.operators.indices {
      do throws(InvokeError) {
        try interpreter.run(step: step)
      } catch {
        throw .sample(name: sample.name, reason: error.description)
      }
      if let place = places[step] { values[place] = numbers(layers[place].tensor) }
    }
  }

  /// A tensor's real numbers.
  private func numbers(_ tensor: Int) -> [Float] {
    let type = interpreter.plan.model.tensors[tensor].type
    let bytes = interpreter.tensor(tensor)
    return (0..<type.shape.elementCount).map { index in
      guard let quantization = type.quantization, type.dataType != .float32 else {
        return bytes.loadUnaligned(fromByteOffset: 4 * index, as: Float.self)
      }
      let code = type.dataType == .int8 ? Int32(Int8(bitPattern: bytes[index])) : Int32(bytes[index])
      return quantization.scale * Float(code - quantization.zeroPoint)
    }
  }
}
