/// Adds the gradients that the parts of a batch summed by themselves.
enum GradientSum {
  /// Parameters that one thread takes at a time.
  static let chunk = 1 << 15

  /// Leaves the sum in the first buffer and clears the others, in the order of the parts.
  static func collect(_ gradients: [FloatBuffer], _ workers: Workers) throws(QuantError) {
    let count = gradients[0].count
    _ = try workers.map((count + chunk - 1) / chunk) { _, part throws(QuantError) in
      let (start, size) = (part * chunk, min(chunk, count - part * chunk))
      let sum = gradients[0].start + start
      for other in gradients.dropFirst() {
        let other = other.start + start
        for index in 0..<size { sum[index] += other[index] }
        other.update(repeating: 0, count: size)
      }
    }
  }
}
