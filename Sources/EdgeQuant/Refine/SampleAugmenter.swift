import EdgeTensor

/// Draws changed samples. What is drawn depends on the seed and on the number of the draw alone.
struct SampleAugmenter {
  let store: SampleStore
  let augmentation: Augmentation
  let seed: UInt64

  /// - Parameters:
  ///   - index: of the sample.
  ///   - draw: a number that no other draw has.
  func write(
    _ index: Int, draw: Int, worker: Int, to result: UnsafeMutablePointer<Float>
  ) throws(QuantError) {
    var random = SeededGenerator(seed: seed ^ (UInt64(draw) &* 0xD6E8_FEB8_6659_FD93))
    let first = changed(try store.sample(index, worker: worker), &random)
    first.withUnsafeBufferPointer { result.update(from: $0.baseAddress!, count: $0.count) }
    guard random.fraction() < augmentation.mixed else { return }
    let other = changed(try store.sample(random.index(store.count), worker: worker), &random)
    let part = Float(random.fraction())
    for place in other.indices { result[place] += part * (other[place] - result[place]) }
  }

  private func changed(_ sample: [Float], _ random: inout SeededGenerator) -> [Float] {
    let mirrored = augmentation.mirrors && random.index(2) == 1
    let reach = 2 * augmentation.shift + 1
    let (down, right) = (random.index(reach) - augmentation.shift, random.index(reach) - augmentation.shift)
    guard store.shape.rank == 4, mirrored || down != 0 || right != 0 else { return sample }
    let (height, width, channels) = (store.shape[1], store.shape[2], store.shape[3])
    var result = sample
    for picture in 0..<store.shape[0] {
      for row in 0..<height {
        let source = SampleAugmenter.reflected(row - down, height)
        for column in 0..<width {
          let place = SampleAugmenter.reflected(column - right, width)
          let from = ((picture * height + source) * width + (mirrored ? width - 1 - place : place)) * channels
          let to = ((picture * height + row) * width + column) * channels
          for channel in 0..<channels { result[to + channel] = sample[from + channel] }
        }
      }
    }
    return result
  }

  /// The place inside that a place beyond the border mirrors; the border itself is not repeated.
  private static func reflected(_ place: Int, _ extent: Int) -> Int {
    let period = max(2 * (extent - 1), 1)
    let rest = abs(place) % period
    return rest < extent ? rest : period - rest
  }
}
