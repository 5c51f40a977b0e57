import EdgeTensor

/// A class and its score.
public struct Ranked: Sendable {
  /// Place in the model's output, from 0.
  public let index: Int
  /// The output's real value: `scale · (q − zeroPoint)` for a quantized one, in float32.
  public let score: Float

  public init(index: Int, score: Float) { (self.index, self.score) = (index, score) }
}

/// Picks the best classes from a model's output.
public struct TopScores: Sendable {
  /// Elements of the output.
  public let classCount: Int
  private let type: TensorType
  private let count: Int

  /// - Parameter count: how many classes are wanted; at least 1.
  /// - Returns: nil if the tensor is not one row of scores, float32 or quantized.
  public init?(_ type: TensorType, count: Int) {
    guard let last = type.shape.dimensions.last, last == type.shape.elementCount, last > 0 else { return nil }
    switch type.dataType {
    case .float32: break
    case .int8, .uint8: guard type.quantization != nil else { return nil }
    default: return nil
    }
    self.type = type
    classCount = last
    self.count = min(count, last)
  }

  /// The classes with the highest scores, the best first; equal ones by index, NaN last.
  public func pick(_ tensor: UnsafeRawBufferPointer) -> [Ranked] {
    var best: [Ranked] = []
    best.reserveCapacity(count + 1)
    for index in 0..<classCount {
      let candidate = Ranked(index: index, score: score(index, tensor))
      if best.count == count, !TopScores.isBetter(candidate.score, best[count - 1].score) { continue }
      let place = best.firstIndex { TopScores.isBetter(candidate.score, $0.score) } ?? best.count
      best.insert(candidate, at: place)
      if best.count > count { best.removeLast() }
    }
    return best
  }

  /// The scores of all classes, by index.
  public func scores(_ tensor: UnsafeRawBufferPointer, _ body: (Int, Float) -> Void) {
    for index in 0..<classCount { body(index, score(index, tensor)) }
  }

  private func score(_ index: Int, _ tensor: UnsafeRawBufferPointer) -> Float {
    guard let quantization = type.quantization, type.dataType != .float32 else {
      return tensor.loadUnaligned(fromByteOffset: 4 * index, as: Float.self)
    }
    let code = type.dataType == .int8 ? Int32(Int8(bitPattern: tensor[index])) : Int32(tensor[index])
    return quantization.scale * Float(code - quantization.zeroPoint)
  }

  private static func isBetter(_ a: Float, _ b: Float) -> Bool { a > b || (b.isNaN && !a.isNaN) }
}
