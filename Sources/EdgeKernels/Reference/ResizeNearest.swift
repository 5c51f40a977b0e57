extension Resize {
  /// Copies the nearest pixel, `channels · elementByteCount` bytes at a time.
  /// - Parameter rows: of the output's `batch · height`.
  public func nearest(
    _ rows: Range<Int>, _ x: UnsafeRawPointer, _ output: UnsafeMutableRawPointer, elementByteCount: Int
  ) {
    let pixel = channels * elementByteCount
    for row in rows {
      let (image, y) = (row / vertical.output, vertical.nearest(row % vertical.output))
      let source = x + (image * vertical.input + y) * horizontal.input * pixel
      let target = output + row * horizontal.output * pixel
      for column in 0..<horizontal.output {
        (target + column * pixel).copyMemory(from: source + horizontal.nearest(column) * pixel, byteCount: pixel)
      }
    }
  }
}
