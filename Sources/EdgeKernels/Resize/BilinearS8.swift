import CEdgeKernels

/// Neighbouring samples of a bilinear resize of int8 codes. `edge_bilinear` in `CEdgeKernels.h` is the contract.
public struct BilinearS8: Sendable {
  public typealias Run = @convention(c) @Sendable (UnsafePointer<edge_bilinear>?, UnsafeMutablePointer<Int8>?) -> Void

  public let name: StaticString
  public let requires: CPUFeatures
  /// In integers.
  public let run: Run
  /// By TensorFlow Lite's rule for uint8.
  public let runU8: Run
}

extension Resize {
  /// As many samples of a row are computed at once: what places them has 768 bytes, of the 1024 that Swift takes from the stack.
  private static let columnCount = 32

  /// Bilinear interpolation of int8 codes; equal to `bilinearS8` or `bilinearU8` on every byte.
  /// - Parameter rows: of the output's `batch · height`.
  public func bilinear(
    _ rows: Range<Int>, _ x: UnsafePointer<Int8>, _ output: UnsafeMutablePointer<Int8>, usesUInt8Rule: Bool,
    kernel: BilinearS8
  ) {
    withUnsafeTemporaryAllocation(of: edge_blend.self, capacity: Resize.columnCount) { columns in
      var first = 0
      while first < horizontal.output {
        let count = min(Resize.columnCount, horizontal.output - first)
        for i in 0..<count {
          columns[i] = horizontal.blend(first + i, stride: channels, usesUInt8Rule: usesUInt8Rule)
        }
        for row in rows {
          let (image, y) = row.quotientAndRemainder(dividingBy: vertical.output)
          let line = vertical.blend(y, stride: inputRow, usesUInt8Rule: usesUInt8Rule)
          let picture = x + image * vertical.input * inputRow
          var arguments = edge_bilinear(
            upper: picture + line.first, lower: picture + line.second, row: line, columns: columns.baseAddress,
            count: count, channels: channels)
          let target = output + row * outputRow + first * channels
          if usesUInt8Rule { kernel.runU8(&arguments, target) } else { kernel.run(&arguments, target) }
        }
        first += count
      }
    }
  }
}

extension ResizeAxis {
  /// The two elements around sample i, `stride` apart, and the share of the second. Where both are the same, whatever the weight, it is
  /// made 0, so that all integer weights are in 0...1024.
  fileprivate func blend(_ i: Int, stride: Int, usesUInt8Rule: Bool) -> edge_blend {
    if usesUInt8Rule {
      let (lower, upper, weight) = sample(i)
      return edge_blend(first: lower * stride, second: upper * stride, weight: 0, share: weight)
    }
    let (lower, upper, weight) = integerSample(i)
    return edge_blend(
      first: lower * stride, second: upper * stride, weight: lower == upper ? 0 : Int32(weight), share: 0)
  }
}
