/// The resize rule, for one axis, in integers alone: every CPU computes the same weights.
///
/// Let `length` pixels from `start` become `outputCount` pixels, in a picture decoded at n/8 of its size. Decoded pixel j has
/// its centre at j + ½ and output pixel i at
///
///     c(i) = (start + (i + ½) · length / outputCount) · n / 8
///
/// and `s = max(1, length · n / (8 · outputCount))` decoded pixels are one output pixel wide, where that is more than one.
/// Output i is the average of the decoded pixels that the used part covers, wholly or partly, weighted by the triangle
///
///     t(i, j) = max(0, 1 − |j + ½ − c(i)| / s)
///
/// which interpolates linearly when enlarging and averages over all pixels when reducing (no aliasing). All of it times
/// `16 · outputCount · s` is whole. The stored weights sum to exactly 2^14 for each i:
///
///     w(i, j) = R(t(i, first) + … + t(i, j)) − R(t(i, first) + … + t(i, j − 1))
///     R(x)    = x · 2^14 / (t(i, first) + … + t(i, last)), rounded to nearest, ties up
///
/// so that a flat picture stays exactly flat, and each weight is within 1 of the exact one.
struct ResizeWeights: ~Copyable {
  /// Sum of the weights of one output.
  static let unitShift = 14

  /// First decoded pixel of each output; never decreases.
  private(set) var starts = Scratch<Int32>()
  /// Where each output's weights begin in `weights`; one more entry than outputs.
  private(set) var offsets = Scratch<Int32>()
  /// 0...2^14.
  private(set) var weights = Scratch<Int16>()
  private(set) var outputCount = 0
  /// Most outputs that any one decoded pixel takes part in, counting those between.
  private(set) var maximumOverlap = 0

  var byteCount: Int { starts.byteCount + offsets.byteCount + weights.byteCount }

  mutating func prepare(_ axis: Geometry.Axis, eighths: Int) {
    let outputCount = axis.outputCount
    self.outputCount = outputCount
    // Positions are in units of 1 / (16 · outputCount) decoded pixels: below 2^40 for any picture.
    let pitch = 16 * outputCount
    let radius = max(pitch, 2 * eighths * axis.length)
    let boxFirst = axis.start * eighths / 8
    let boxLast = ((axis.start + axis.length) * eighths + 7) / 8 - 1

    starts.reserve(outputCount)
    offsets.reserve(outputCount + 1)
    weights.reserve(outputCount * (2 * radius / pitch + 2))
    var used = 0
    for output in 0..<outputCount {
      let centre = eighths * (2 * axis.start * outputCount + (2 * output + 1) * axis.length)
      // Pixels whose distance from the centre is below the radius.
      let first = max(boxFirst, floorQuotient(centre - radius - pitch / 2, pitch) + 1)
      let last = min(boxLast, floorQuotient(centre + radius - pitch / 2 - 1, pitch))
      func triangle(_ pixel: Int) -> Int { radius - abs(pixel * pitch + pitch / 2 - centre) }

      var total = 0
      for pixel in first...last { total += triangle(pixel) }
      var sum = 0
      var roundedSum = 0
      starts[output] = Int32(first)
      offsets[output] = Int32(used)
      for pixel in first...last {
        sum += triangle(pixel)
        let rounded = ((sum << (ResizeWeights.unitShift + 1)) + total) / (2 * total)
        weights[used] = Int16(rounded - roundedSum)
        roundedSum = rounded
        used += 1
      }
    }
    offsets[outputCount] = Int32(used)
    maximumOverlap = overlap()
  }

  /// Last decoded pixel of an output; never decreases.
  func last(_ output: Int) -> Int {
    Int(starts[output]) + Int(offsets[output + 1] - offsets[output]) - 1
  }

  private func overlap() -> Int {
    var most = 0
    var finished = 0
    for output in 0..<outputCount {
      while last(finished) < Int(starts[output]) { finished += 1 }
      most = max(most, output - finished + 1)
    }
    return most
  }
}

/// Rounded towards minus infinity; `denominator` above 0.
private func floorQuotient(_ numerator: Int, _ denominator: Int) -> Int {
  numerator >= 0 ? numerator / denominator : -((denominator - 1 - numerator) / denominator)
}
