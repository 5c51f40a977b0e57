import Foundation

/// Gradient steps scaled by the gradients' own running size (Kingma and Ba, "Adam: a method for stochastic optimization", 2015).
struct Adam {
  private let momentum: Double
  private let squareMomentum: Double
  /// By parameter; 0 for those that stay as they are.
  private let rates: FloatBuffer
  private let means: FloatBuffer
  private let squares: FloatBuffer
  private var stepNumber = 0

  private static let epsilon: Float = 1e-12

  init(rates: FloatBuffer, momentum: Double, squareMomentum: Double) {
    (self.rates, self.momentum, self.squareMomentum) = (rates, momentum, squareMomentum)
    (means, squares) = (FloatBuffer(count: rates.count), FloatBuffer(count: rates.count))
  }

  /// One step against the gradients.
  mutating func step(
    _ parameters: FloatBuffer, _ gradients: FloatBuffer, rate: Double, _ workers: Workers
  ) throws(QuantError) {
    stepNumber += 1
    let number = Double(stepNumber)
    let correction = sqrt(1 - pow(squareMomentum, number)) / (1 - pow(momentum, number))
    let (step, epsilon) = (Float(rate * correction), Adam.epsilon)
    let (b1, b2) = (Float(momentum), Float(squareMomentum))
    let (values, means, squares, rates) = (parameters.start, means.start, squares.start, rates.start)
    let count = parameters.count
    _ = try workers.map((count + GradientSum.chunk - 1) / GradientSum.chunk) { _, part throws(QuantError) in
      let start = part * GradientSum.chunk
      let (values, means, squares, rates) = (values + start, means + start, squares + start, rates + start)
      let gradients = gradients.start + start
      for index in 0..<min(GradientSum.chunk, count - start) {
        let gradient = gradients[index]
        means[index] = b1 * means[index] + (1 - b1) * gradient
        squares[index] = b2 * squares[index] + (1 - b2) * gradient * gradient
        values[index] -= step * rates[index] * means[index] / (squares[index].squareRoot() + epsilon)
      }
    }
  }
}
