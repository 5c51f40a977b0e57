import EdgeKernels

let averageChecks: [Check] = runnable(KernelSet.averageS8) { $0.requires }.map { variant in
  Check(name: "average pool with \(variant.name) equals the plain rule") {
    var random = SplitMix64(seed: 59)
    for round in 0..<80 {
      let kernel = (random.int(in: 1...11), random.int(in: 1...11))
      let stride = random.int(in: 1...3)
      let (height, width) = (random.int(in: 11...17), random.int(in: 11...17))
      func padding(_ kernel: Int) -> Padding {
        switch round % 3 {
        case 0: .same
        case 1: .valid
        default: .explicit(before: random.int(in: 0...kernel - 1), after: random.int(in: 0...kernel - 1))
        }
      }
      guard let rows = WindowAxis(input: height, kernel: kernel.0, stride: stride, padding: padding(kernel.0)),
        let columns = WindowAxis(input: width, kernel: kernel.1, stride: stride, padding: padding(kernel.1))
      else { return "seed 59, round \(round): no such window" }
      let channels = random.int(in: 1...70)
      let windows = PoolWindows(batchCount: 1, rows: rows, columns: columns, channels: channels)
      // Extremes fill 16-bit sums.
      let isExtreme = round % 8 == 0
      let input = (0..<(height * width * channels)).map { _ in isExtreme ? Int8.min : Int8(random.int(in: -128...127)) }
      let clamp = round % 5 == 0 ? ClampS8(minimum: -100, maximum: 90) : ClampS8()
      let count = rows.outputExtent * columns.outputExtent * channels
      func average(_ kernel: AverageWindowS8?) -> [Int8] {
        var output = [Int8](repeating: 0, count: count)
        let pool = AveragePoolS8(windows: windows, clamp: clamp, usesUInt8Rule: round % 4 < 2, kernel: kernel)
        pool(input, &output, rows: 0..<windows.rowCount)
        return output
      }
      let (expected, got) = (average(nil), average(variant))
      if let i = expected.indices.first(where: { expected[$0] != got[$0] }) {
        return
          "seed 59, round \(round), \(kernel.0)x\(kernel.1) over \(height)x\(width)x\(channels): element \(i) is \(got[i]), "
          + "expected \(expected[i])"
      }
    }
    return nil
  }
}
