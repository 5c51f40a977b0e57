import Foundation

/// Gradient steps scaled by the gradients' own running size (Kingma and Ba, "Adam: a method for stochastic optimization", 2015).
struct Adam {
  let momentum: Double
  let squareMomentum: Double
  private let means: FloatBuffer
  private let squares: FloatBuffer
  private var stepNumber = 0

  private static let epsilon: Float = 1e-12
  /// Parameters that one thread takes at a time.
  private static let chunk = 1 << 15

  init(count: Int, momentum: Double, squareMomentum: Double) {
    (self.momentum, self.squareMomentum) = (momentum, squareMomentum)
    (means, squares) = (FloatBuffer(count: count), FloatBuffer(count: count))
  }

  /// One step against the sum of `gradients`, which are cleared.
  /// - Parameter rates: by parameter; 0 for one that stays as it is.
  mutating func step(
    _ parameters: FloatBuffer, _ gradients: [FloatBuffer], rates: FloatBuffer, rate: Double, _ workers: Workers
  ) throws(QuantError) {
    stepNumber += 1
    let number = Double(stepNumber)
    let correction = sqrt(1 - pow(squareMomentum, number)) / (1 - pow(momentum, number))
    let (step, epsilon) = (Float(rate * correction), Adam.epsilon)
    let (b1, b2) = (Float(momentum), Float(squareMomentum))
    let (values, means, squares) = (parameters.start, means.start, squares.start)
    _ = try workers.map((parameters.count + Adam.chunk - 1) / Adam.chunk) { _, chunk throws(QuantError) in
      let start = chunk * Adam.chunk
      let count = min(Adam.chunk, parameters.count - start)
      let sum = gradients[0].start + start
      for other in gradients.dropFirst() {
        let other = other.start + start
        for index in 0..<count { sum[index] += other[index] }
        other.update(repeating: 0, count: count)
      }
      let (values, means, squares, rates) = (values + start, means + start, squares + start, rates.start + start)
      for index in 0..<count {
        let gradient = sum[index]
        means[index] = b1 * means[index] + (1 - b1) * gradient
        squares[index] = b2 * squares[index] + (1 - b2) * gradient * gradient
        values[index] -= step * rates[index] * means[index] / (squares[index].squareRoot() + epsilon)
      }
      sum.update(repeating: 0, count: count)
    }
  }
}
