import Foundation

/// Rounds the weights of a layer so that its outputs on the calibration data change least: column by column, each rounding error is
/// made up for by the weights not yet rounded (Frantar et al., "GPTQ", 2022, after Hassibi and Stork's Optimal Brain Surgeon, 1993).
struct OptimalRounding {
  private let permutation: [Int]
  /// Row-major upper triangle U with UᵀU = H⁻¹, columns in the order of `permutation`.
  private let factor: [Double]
  private let products: SymmetricMatrix

  /// - Parameter products: Σ x · xᵀ over calibration.
  /// - Returns: nil if the inputs do not determine anything, as where all are 0.
  init?(_ products: SymmetricMatrix) {
    let diagonal = products.diagonal
    let mean = diagonal.reduce(0, +) / Double(max(products.order, 1))
    guard mean > 0 else { return nil }
    // The columns that matter most first, while there are many left to make up for them.
    permutation = diagonal.indices.sorted { (diagonal[$0], $1) > (diagonal[$1], $0) }
    var damped = products.permuted(permutation)
    for k in 0..<products.order { damped[k, k] += 0.01 * mean }
    guard let factor = damped.choleskyOfInverse() else { return nil }
    self.factor = factor
    self.products = products
  }

  /// The codes of one channel. Weights that are 0 stay 0, so that what pruning removed stays removed.
  /// - Parameters:
  ///   - weights: as many as the matrix's order.
  ///   - nearest: what rounding on its own gives.
  /// - Returns: codes whose squared output error is at most that of `nearest`.
  func codes(_ weights: ArraySlice<Float>, scale: Float, nearest: ArraySlice<Int8>) -> [Int8] {
    let (order, scale) = (products.order, Double(scale))
    var remaining = permutation.map { Double(weights[weights.startIndex + $0]) / scale }
    var codes = [Int8](repeating: 0, count: order)
    factor.withUnsafeBufferPointer { factor in
      remaining.withUnsafeMutableBufferPointer { remaining in
        for k in 0..<order {
          let isZero = weights[weights.startIndex + permutation[k]] == 0
          let code = isZero ? 0 : min(max(remaining[k].rounded(.toNearestOrAwayFromZero), -127), 127)
          codes[permutation[k]] = Int8(code)
          let error = (remaining[k] - code) / factor[k * order + k]
          for later in k..<order { remaining[later] -= error * factor[k * order + later] }
        }
      }
    }
    return error(weights, scale, codes[...]) < error(weights, scale, nearest) ? codes : Array(nearest)
  }

  /// Squared error of the channel's outputs, in units of input and weight codes.
  private func error(_ weights: ArraySlice<Float>, _ scale: Double, _ codes: ArraySlice<Int8>) -> Double {
    let order = products.order
    let difference = (0..<order).map {
      Double(weights[weights.startIndex + $0]) / scale - Double(codes[codes.startIndex + $0])
    }
    return products.elements.withUnsafeBufferPointer { products in
      difference.withUnsafeBufferPointer { difference in
        var sum = 0.0
        for row in 0..<order where difference[row] != 0 {
          // Four sums at a time; the order is fixed.
          var product = SIMD4<Double>.zero
          var column = 0
          while column + 4 <= order {
            let at = row * order + column
            let x = SIMD4(products[at], products[at + 1], products[at + 2], products[at + 3])
            let y = SIMD4(
              difference[column], difference[column + 1], difference[column + 2], difference[column + 3])
            product += x * y
            column += 4
          }
          var rest = 0.0
          while column < order {
            rest += products[row * order + column] * difference[column]
            column += 1
          }
          sum += (product.sum() + rest) * difference[row]
        }
        return sum
      }
    }
  }
}
