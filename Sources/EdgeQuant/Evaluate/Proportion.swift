import Foundation

/// A share of samples, and how well so many samples determine it.
public struct Proportion: Equatable, Sendable {
  public let count: Int
  public let total: Int

  public init(_ count: Int, of total: Int) {
    self.count = count
    self.total = total
  }

  /// 0...1; NaN of nothing.
  public var value: Double { Double(count) / Double(total) }

  /// The 97.5 % point of the normal distribution.
  static let z = 1.959963984540054

  /// 95 % interval: Wilson's, which stays within 0...1 and has a width where all samples are right, too.
  /// - SeeAlso: Wilson, JASA 22 (1927) 209.
  public var interval: ClosedRange<Double> {
    guard total > 0 else { return 0...1 }
    let (n, square) = (Double(total), Proportion.z * Proportion.z)
    let center = (value + square / (2 * n)) / (1 + square / n)
    let width = Proportion.z / (1 + square / n) * (value * (1 - value) / n + square / (4 * n * n)).squareRoot()
    // Rounding must not leave the ends beside 0 and 1.
    return (count == 0 ? 0 : center - width)...(count == total ? 1 : center + width)
  }
}

/// Two models on the same labelled samples. Only samples on which exactly one is right tell them apart.
public struct PairedProportions: Equatable, Sendable {
  public let bothRight: Int
  public let onlyFirstRight: Int
  public let onlySecondRight: Int
  public let bothWrong: Int

  public var total: Int { bothRight + onlyFirstRight + onlySecondRight + bothWrong }

  /// First minus second, −1...1: what the second lost.
  public var drop: Double { Double(onlyFirstRight - onlySecondRight) / Double(total) }

  /// 95 % interval of the drop: Wald's after half a sample was added to each of the four counts.
  /// - SeeAlso: Bonett and Price, J. Educ. Behav. Stat. 37 (2012) 479.
  public var dropInterval: ClosedRange<Double> {
    let n = Double(total) + 2
    let (first, second) = ((Double(onlyFirstRight) + 1) / n, (Double(onlySecondRight) + 1) / n)
    let width = Proportion.z * ((first + second - (first - second) * (first - second)) / n).squareRoot()
    return max(-1, first - second - width)...min(1, first - second + width)
  }

  /// McNemar's test in its exact form: how probable it is that two equally good models differ at least as much. Two-sided.
  public var pValue: Double {
    let (n, few) = (onlyFirstRight + onlySecondRight, min(onlyFirstRight, onlySecondRight))
    guard n > 0 else { return 1 }
    // Σ C(n, k) / 2^n for k ≤ few; logarithms, since 2^n may be too large.
    var (logTerm, sum) = (-Double(n) * log(2), 0.0)
    for k in 0...few {
      sum += exp(logTerm)
      logTerm += log(Double(n - k)) - log(Double(k + 1))
    }
    return min(1, 2 * sum)
  }
}
