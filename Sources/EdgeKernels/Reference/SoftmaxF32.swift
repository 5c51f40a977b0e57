import CEdgeKernels

/// float32 softmax of one row and its logarithm. Sums and exponentials are taken in float64.
public enum SoftmaxF32 {
  /// `output = e^(beta · x) / Σ e^(beta · x)`.
  public static func softmax(
    _ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ count: Int, beta: Float
  ) {
    let largest = largest(input, count)
    var sum = 0.0
    for i in 0..<count { sum += edge_exp(Double(input[i] - largest) * Double(beta)) }
    for i in 0..<count { output[i] = Float(edge_exp(Double(input[i] - largest) * Double(beta)) / sum) }
  }

  /// `output = x − ln Σ eˣ`.
  public static func logSoftmax(_ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let largest = largest(input, count)
    var sum = 0.0
    for i in 0..<count { sum += edge_exp(Double(input[i]) - Double(largest)) }
    let logarithm = edge_log(sum)
    for i in 0..<count { output[i] = Float(Double(input[i]) - Double(largest) - logarithm) }
  }

  private static func largest(_ input: UnsafePointer<Float>, _ count: Int) -> Float {
    var largest = -Float.infinity
    for i in 0..<count { largest = max(largest, input[i]) }
    return largest
  }
}
