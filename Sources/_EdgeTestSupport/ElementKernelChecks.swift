import EdgeKernels
import EdgeTensor

/// Kernels of element-wise operators, max pools and resizes against their plain rules.
let elementChecks: [Check] =
  mulChecks + lookUpChecks + maxPoolChecks + bilinearChecks + quantizeChecks + [
    nearestCheck, pairsCheck, selectionCheck,
  ]

private let mulChecks: [Check] = runnable(KernelSet.mulS8) { $0.requires }.map { variant in
  Check(name: "product with \(variant.name) equals the reference") {
    var random = SplitMix64(seed: 61)
    // Every pair of codes, at every count modulo the vector length.
    let pairs = (0..<65536).map { (Int8(truncatingIfNeeded: $0 >> 8), Int8(truncatingIfNeeded: $0)) }
    let (left, right) = (pairs.map { $0.0 }, pairs.map { $0.1 })
    for round in 0..<65 {
      func params(_ scale: Float) -> QuantParams {
        QuantParams(scale: scale, zeroPoint: [-128, 127, Int32(random.int(in: -128...127))][random.int(in: 0...2)])
      }
      // From products that all saturate to such that all vanish; powers of two make ties.
      let divisor = round % 4 == 0 ? Float(1 << random.int(in: 1...16)) : Float(random.int(in: 90...6_000_000)) / 100
      guard
        let mul = MulS8(
          a: params(1), b: params(1), output: params(divisor), activation: round % 2 == 0 ? .none : .relu6)
      else { return "seed 61, round \(round): scales refused" }
      let count = left.count - round
      var output = [Int8](repeating: 0, count: left.count)
      mul.run(left, right, &output, count: count, kernel: variant)
      for i in 0..<count where output[i] != mul(left[i], right[i]) {
        return
          "seed 61, round \(round): \(left[i]) and \(right[i]) give \(output[i]), expected \(mul(left[i], right[i]))"
      }
      for i in count..<left.count where output[i] != 0 { return "wrote past the end" }
      var inPlace = left
      inPlace.withUnsafeMutableBufferPointer {
        mul.run($0.baseAddress!, right, $0.baseAddress!, count: count, kernel: variant)
      }
      if inPlace[..<count] != output[..<count] { return "seed 61, round \(round): differs in place" }
    }
    return nil
  }
}

private let lookUpChecks: [Check] = runnable(KernelSet.lookUpS8) { $0.requires }.map { variant in
  Check(name: "\(variant.name) gives the entry of every code") {
    var random = SplitMix64(seed: 67)
    for round in 0..<100 {
      let table = random.codes(256)
      // All codes in some order, then others.
      let input = (0..<256).map { Int8(truncatingIfNeeded: $0 &* 77 &+ round) } + random.codes(round)
      var output = input
      output.withUnsafeMutableBufferPointer { variant(table, $0.baseAddress!, $0.baseAddress!, round..<$0.count) }
      for i in input.indices {
        let expected = i < round ? input[i] : table[Int(input[i]) + 128]
        if output[i] != expected { return "seed 67, round \(round): code \(input[i]) gives \(output[i])" }
      }
    }
    return nil
  }
}

private let maxPoolChecks: [Check] = runnable(KernelSet.maxPoolS8) { $0.requires }.map { variant in
  Check(name: "max pool with \(variant.name) equals the plain rule") {
    var random = SplitMix64(seed: 71)
    for round in 0..<150 {
      let kernel = (random.int(in: 1...7), random.int(in: 1...7))
      let stride = (random.int(in: 1...3), random.int(in: 1...3))
      let (height, width) = (random.int(in: 7...13), random.int(in: 7...13))
      func padding(_ kernel: Int) -> Padding {
        switch round % 3 {
        case 0: .same
        case 1: .valid
        default: .explicit(before: random.int(in: 0...kernel - 1), after: random.int(in: 0...kernel - 1))
        }
      }
      guard let rows = WindowAxis(input: height, kernel: kernel.0, stride: stride.0, padding: padding(kernel.0)),
        let columns = WindowAxis(input: width, kernel: kernel.1, stride: stride.1, padding: padding(kernel.1))
      else { return "seed 71, round \(round): no such window" }
      let channels = round < 70 ? round + 1 : random.int(in: 1...200)
      let windows = PoolWindows(batchCount: 2, rows: rows, columns: columns, channels: channels)
      let input = random.codes(2 * height * width * channels)
      let clamp = round % 5 == 0 ? ClampS8(minimum: -100, maximum: 90) : ClampS8()
      let count = windows.rowCount * columns.outputExtent * channels
      func maximum(_ kernel: MaxPoolRowS8?) -> [Int8] {
        var output = [Int8](repeating: 0, count: count + 64)
        let pool = MaxPoolS8(windows: windows, clamp: clamp, kernel: kernel)
        // Two ranges, as two threads would have them.
        for part in [0..<(windows.rowCount / 2), (windows.rowCount / 2)..<windows.rowCount] {
          pool(input, &output, rows: part)
        }
        return output
      }
      let (expected, got) = (maximum(nil), maximum(variant))
      if let i = expected.indices.first(where: { expected[$0] != got[$0] }) {
        return
          "seed 71, round \(round), \(kernel.0)x\(kernel.1)/\(stride.0)x\(stride.1) over \(height)x\(width)x\(channels): "
          + "element \(i) is \(got[i]), expected \(expected[i])"
      }
    }
    return nil
  }
}

/// A resize of some extents, with each of the ways to place samples in turn.
private func randomResize(_ round: Int, channels: Int, _ random: inout SplitMix64) -> Resize {
  func axis() -> ResizeAxis {
    ResizeAxis(
      input: random.int(in: 1...9), output: random.int(in: 1...(round % 8 == 0 ? 150 : 20)),
      alignsCorners: round % 3 == 1, usesHalfPixels: round % 3 == 2)
  }
  return Resize(vertical: axis(), horizontal: axis(), channels: channels)
}

/// The results of both, given rows in two ranges, as two threads would have them; or where they differ.
private func difference(
  _ resize: Resize, elementByteCount: Int, _ input: [Int8], expected: (Range<Int>, UnsafeMutablePointer<Int8>) -> Void,
  got: (Range<Int>, UnsafeMutablePointer<Int8>) -> Void
) -> String? {
  let rowCount = 2 * resize.vertical.output
  let count = rowCount * resize.horizontal.output * resize.channels * elementByteCount
  var (all, parts) = ([Int8](repeating: 0, count: count + 64), [Int8](repeating: 0, count: count + 64))
  expected(0..<rowCount, &all)
  let half = resize.vertical.output - 1
  got(0..<half, &parts)
  got(half..<rowCount, &parts)
  guard let i = all.indices.first(where: { all[$0] != parts[$0] }) else { return nil }
  return "byte \(i) is \(parts[i]), expected \(all[i])"
}

private let bilinearChecks: [Check] = runnable(KernelSet.bilinearS8) { $0.requires }.map { variant in
  Check(name: "bilinear resize with \(variant.name) equals the reference") {
    var random = SplitMix64(seed: 73)
    for round in 0..<240 {
      let resize = randomResize(round, channels: round % 60 + 1, &random)
      let pixels = 2 * resize.vertical.input * resize.horizontal.input
      // Extremes, so that sums lie at both ends, and differences of one, so that they lie next to ties.
      let input =
        round % 2 == 0
        ? random.codes(pixels * resize.channels)
        : (0..<pixels * resize.channels).map { _ in
          Int8(random.int(in: -1...0))
        }
      for usesUInt8Rule in [false, true] {
        let problem = difference(
          resize, elementByteCount: 1, input,
          expected: {
            if usesUInt8Rule { resize.bilinearU8($0, input, $1) } else { resize.bilinearS8($0, input, $1) }
          },
          got: { resize.bilinear($0, input, $1, usesUInt8Rule: usesUInt8Rule, kernel: variant) })
        if let problem {
          return "seed 73, round \(round), \(resize.channels) channels, rule for uint8: \(usesUInt8Rule): \(problem)"
        }
      }
    }
    return nil
  }
}

private let nearestCheck = Check(name: "nearest pixels copied in runs equal those copied one by one") {
  var random = SplitMix64(seed: 79)
  for round in 0..<240 {
    let byteCount = [1, 4, 8][round % 3]
    let resize = randomResize(round, channels: round % 80 + 1, &random)
    let input = random.codes(
      2 * resize.vertical.input * resize.horizontal.input * resize.channels * byteCount)
    let problem = difference(
      resize, elementByteCount: byteCount, input,
      expected: { resize.nearest($0, input, $1, elementByteCount: byteCount) },
      got: { resize.copyNearest($0, input, $1, elementByteCount: byteCount) })
    if let problem {
      return "seed 79, round \(round), \(resize.channels) channels of \(byteCount) bytes: \(problem)"
    }
  }
  return nil
}

private let quantizeChecks: [Check] = runnable(KernelSet.quantizeS8) { $0.requires }.map { variant in
  Check(name: "numbers become codes with \(variant.name), and codes numbers, by the plain rules") {
    var random = SplitMix64(seed: 83)
    for round in 0..<200 {
      let scale = round == 0 ? Float.leastNonzeroMagnitude : Float(random.int(in: 1...1000)) / 256
      let quantization = QuantParams(
        scale: scale, zeroPoint: [-128, 127, Int32(random.int(in: -128...127))][round % 3])
      // Ties, their neighbours, numbers of any kind.
      var input: [Float] = [.nan, .infinity, -.infinity, 0, -0.0, .greatestFiniteMagnitude, -.greatestFiniteMagnitude]
      for _ in 0..<(100 + round) {
        let tie = (Float(random.int(in: -300...300)) + 0.5) * scale
        input += [tie, tie.nextUp, tie.nextDown, Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))]
      }
      let (rule, flip) = (QuantizeS8(quantization), round % 2 == 0 ? Int8.min : 0)
      var codes = [Int8](repeating: 0, count: input.count)
      rule.run(input, &codes, 1..<input.count, flippedBits: flip, kernel: variant)
      for i in input.indices where codes[i] != (i == 0 ? 0 : rule(input[i]) ^ flip) {
        return
          "seed 83, round \(round): \(input[i]) in steps of \(scale) gives \(codes[i]), expected \(rule(input[i]) ^ flip)"
      }
      var numbers = [Float](repeating: 0, count: codes.count)
      DequantizeS8(quantization).run(codes, &numbers, 0..<codes.count, flippedBits: flip)
      for i in codes.indices where numbers[i] != scale * Float(Int32(codes[i] ^ flip) - quantization.zeroPoint) {
        return "seed 83, round \(round): code \(codes[i]) gives \(numbers[i])"
      }
    }
    return nil
  }
}

private let pairsCheck = Check(name: "broadcast runs of pairs equal one element after the other") {
  var random = SplitMix64(seed: 89)
  for round in 0..<300 {
    // Axes that either operand repeats or not, in all mixtures, innermost short and long.
    let rank = random.int(in: 1...4)
    var (a, b): ([Int], [Int]) = ([], [])
    for axis in 0..<rank {
      let extent = axis == rank - 1 && round % 4 == 0 ? random.int(in: 100...700) : random.int(in: 1...19)
      let kind = random.int(in: 0...3)
      a.append(kind == 1 ? 1 : extent)
      b.append(kind == 2 ? 1 : extent)
    }
    guard let x = Shape(checking: a), let y = Shape(checking: b), let broadcast = Broadcast(x, y) else {
      return "seed 89, round \(round): no such shapes"
    }
    let left = (0..<x.elementCount).map { _ in Float(random.int(in: -99...99)) }
    let right = (0..<y.elementCount).map { _ in Float(random.int(in: -99...99)) }
    let count = broadcast.shape.elementCount
    for operation in [PairsF32.Operation.add, .subtract, .multiply] {
      var (expected, got) = ([Float](repeating: 0, count: count), [Float](repeating: 0, count: count))
      broadcast.forEach(units: 0..<broadcast.unitCount) { i, j, k in
        let value =
          switch operation {
          case .add: left[i] + right[j]
          case .subtract: left[i] - right[j]
          case .multiply: left[i] * right[j]
          }
        expected[k] = min(max(value, 0), 6)
      }
      let kernel = PairsF32(operation, .relu6)
      let half = random.int(in: 0...broadcast.unitCount)
      got.withUnsafeMutableBufferPointer { output in
        for units in [0..<half, half..<broadcast.unitCount] {
          broadcast.forEachPairs(units: units, left, right, output.baseAddress!, size: 4) {
            kernel.run(
              $0.assumingMemoryBound(to: Float.self), $1.assumingMemoryBound(to: Float.self),
              $2.assumingMemoryBound(to: Float.self), count: $3)
          }
        }
      }
      if let k = expected.indices.first(where: { expected[$0] != got[$0] }) {
        return "seed 89, round \(round), \(a) and \(b): element \(k) is \(got[k]), expected \(expected[k])"
      }
    }
  }
  return nil
}

private let selectionCheck = Check(name: "the larger and smaller of codes are those") {
  var random = SplitMix64(seed: 97)
  for count in 0..<100 {
    let (a, b) = (random.codes(count + 1), random.codes(count + 1))
    for takesLarger in [true, false] {
      var output = b
      output.withUnsafeMutableBufferPointer {
        SelectionS8(takesLarger: takesLarger).run(a, $0.baseAddress!, $0.baseAddress!, count: count)
      }
      for i in 0..<count where output[i] != (takesLarger ? max(a[i], b[i]) : min(a[i], b[i])) {
        return "seed 97: of \(a[i]) and \(b[i]), \(output[i])"
      }
      if output[count] != b[count] { return "wrote past the end" }
    }
  }
  return nil
}
