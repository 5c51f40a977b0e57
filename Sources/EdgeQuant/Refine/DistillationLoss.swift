/// How far what a changed network computes is from what the original computes for the same sample.
struct DistillationLoss {
  /// One tensor of both networks.
  struct Term {
    let present: Slot
    let original: Slot
    /// The original's channels that are left, and how many there were; nil if none was removed.
    let channels: (left: [Int], of: Int)?
    let weight: Double
    /// Mean energy of the original's values in a sample.
    var energy = 1.0
    /// Whether the mean over a sample's elements takes no part.
    var isCentred = false
  }

  var terms: [Term]

  /// - Parameters:
  ///   - sampleCount: of the whole batch, over which the loss is a mean.
  ///   - addsGradients: to those of the present network.
  /// - Returns: the block's part of the loss.
  func callAsFunction(
    _ present: BlockFrame, _ original: BlockFrame, sampleCount: Int, addsGradients: Bool
  ) -> Double {
    var sum = 0.0
    for term in terms {
      for sample in 0..<present.sampleCount {
        let values = present.values(term.present) + sample * term.present.count
        let gradients = addsGradients ? present.gradients(term.present) + sample * term.present.count : nil
        let wanted = original.values(term.original) + sample * term.original.count
        sum += term.squaredError(values, wanted, gradients, sampleCount)
      }
    }
    return sum
  }

  /// The energy of each term's original values, summed over the samples of a block.
  func energies(_ original: BlockFrame) -> [Double] {
    terms.map { term in
      (0..<original.sampleCount).reduce(0) {
        $0 + term.energy(original.values(term.original) + $1 * term.original.count)
      }
    }
  }
}

extension DistillationLoss.Term {
  /// Calls `body` with each element of the present tensor and the original's that it stands for.
  @inline(__always)
  fileprivate func forEachPair(_ body: (Int, Int) -> Void) {
    guard let channels else {
      for index in 0..<present.count { body(index, index) }
      return
    }
    let left = channels.left.count
    for position in 0..<present.count / max(left, 1) {
      for (index, channel) in channels.left.enumerated() {
        body(position * left + index, position * channels.of + channel)
      }
    }
  }

  fileprivate func squaredError(
    _ values: UnsafePointer<Float>, _ wanted: UnsafePointer<Float>, _ gradients: UnsafeMutablePointer<Float>?,
    _ sampleCount: Int
  ) -> Double {
    let factor = weight / (energy > 0 ? energy : 1) / Double(sampleCount)
    let slope = Float(2 * factor)
    var (sum, mean) = (0.0, Float(0))
    if isCentred {
      forEachPair { index, place in sum += Double(values[index] - wanted[place]) }
      mean = Float(sum / Double(max(present.count, 1)))
      sum = 0
    }
    forEachPair { index, place in
      let difference = values[index] - wanted[place] - mean
      sum += Double(difference * difference)
      if let gradients { gradients[index] += slope * difference }
    }
    return factor * sum
  }

  fileprivate func energy(_ values: UnsafePointer<Float>) -> Double {
    var (sum, squares) = (0.0, 0.0)
    forEachPair { _, place in
      sum += Double(values[place])
      squares += Double(values[place]) * Double(values[place])
    }
    return isCentred ? squares - sum * sum / Double(max(present.count, 1)) : squares
  }
}
