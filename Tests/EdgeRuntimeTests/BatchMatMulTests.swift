import EdgeKernels
import EdgeModel
import EdgeTensor
import Testing
import _EdgeTestSupport

@Suite struct BatchMatMulTests {
  private struct Case {
    var (rows, columns, depth) = (1, 1, 1)
    var batch: [Int] = []
    var (left, right): ([Int], [Int]) = ([], [])
    var (adjX, adjY) = (false, false)

    init(_ round: Int, _ random: inout SplitMix64) {
      (rows, columns, depth) = (random.int(in: 1...5), random.int(in: 1...5), random.int(in: 0...9))
      batch = Positions.randomShape(rank: random.int(in: 0...3), &random, extents: 1...3)
      (adjX, adjY) = (round & 1 != 0, round & 2 != 0)
      // Axes of extent 1 repeat, and so do leading ones that are left out.
      left = batch.map { random.int(in: 0...2) == 0 ? 1 : $0 }
      right = zip(batch, left).map { $1 == $0 && random.int(in: 0...2) == 0 ? 1 : $0 }
      while let first = left.first, first == 1, random.int(in: 0...1) == 0, right.count == batch.count {
        left.removeFirst()
      }
      left += adjX ? [depth, rows] : [rows, depth]
      right += adjY ? [columns, depth] : [depth, columns]
    }

    var output: [Int] { batch + [rows, columns] }

    /// The sums of products over depth of elements taken by position.
    func products<T: AdditiveArithmetic>(_ product: (_ left: Int, _ right: Int) -> T) -> [T] {
      func position(_ batch: ArraySlice<Int>, _ matrix: [Int], _ shape: [Int]) -> Int {
        let own = batch.suffix(shape.count - 2)
        return Positions.position(zip(own, shape).map { $1 == 1 ? 0 : $0 } + matrix, in: shape)
      }
      return Positions.indices(output).map { index in
        let (m, n, batch) = (index[index.count - 2], index[index.count - 1], index.dropLast(2))
        return (0..<depth).reduce(T.zero) { sum, k in
          sum
            + product(
              position(batch, adjX ? [k, m] : [m, k], left), position(batch, adjY ? [n, k] : [k, n], right))
        }
      }
    }

    var attributes: [Attribute] { [Attribute("adj_x", adjX ? 1 : 0), Attribute("adj_y", adjY ? 1 : 0)] }
  }

  @Test func int8RescalesTheSumOfProducts() throws {
    var random = SplitMix64(seed: 60)
    for round in 0..<120 {
      let test = Case(round, &random)
      func scale() -> Float { Float(random.int(in: 1...4000)) / 65536 }
      func zero() -> Int { random.int(in: -128...127) }
      let (s1, s2, so, z1, z2, zo) = (scale(), scale(), scale() * 16, zero(), zero(), zero())
      let a = random.codes(test.left.reduce(1, *))
      let b = random.codes(test.right.reduce(1, *))
      let multiplier = try #require(QuantizedMultiplier(Double(s1 * s2) / Double(so)))
      let sums = test.products { (Int(a[$0]) - z1) * (Int(b[$1]) - z2) }
      let expected = sums.map { Int8(min(127, max(-128, Int(multiplier.apply(Int32($0))) + zo))) }
      let model = TinyModel(
        "batch_matmul",
        [
          TinyModel.Operand(a, test.left, scale: s1, zeroPoint: Int32(z1)),
          TinyModel.Operand(b, test.right, scale: s2, zeroPoint: Int32(z2), isConstant: round % 3 == 0),
        ],
        outputs: [
          TensorType(.int8, Shape(test.output), quantization: QuantParams(scale: so, zeroPoint: Int32(zo)))
        ], attributes: test.attributes)
      for threads in 1...3 { #expect(try model.values(threads: threads) == expected) }
    }
  }

  @Test func floatSumsProducts() throws {
    var random = SplitMix64(seed: 61)
    for round in 0..<80 {
      let test = Case(round, &random)
      // Small integers: every order of summation gives the same.
      let a = (0..<test.left.reduce(1, *)).map { _ in Float(random.int(in: -9...9)) }
      let b = (0..<test.right.reduce(1, *)).map { _ in Float(random.int(in: -9...9)) }
      let model = TinyModel(
        "batch_matmul", [TinyModel.Operand(a, test.left), TinyModel.Operand(b, test.right)],
        outputs: [TensorType(.float32, Shape(test.output))], attributes: test.attributes)
      for threads in 1...3 { #expect(try model.values(threads: threads) == test.products { a[$0] * b[$1] }) }
    }
  }

  @Test func impossibleOperandsAreRefused() {
    func operand(_ shape: Int..., scale: Float? = 0.5) -> TinyModel.Operand {
      TinyModel.Operand([Int8](repeating: 1, count: shape.reduce(1, *)), shape, scale: scale)
    }
    let out = [TensorType(.int8, 2, 2, scale: 0.5)]
    expectRefused("batch_matmul", [operand(2), operand(2, 2)], outputs: out)
    expectRefused("batch_matmul", [operand(2, 3), operand(2, 2)], outputs: out)
    expectRefused(
      "batch_matmul", [operand(3, 2, 2), operand(2, 2, 2)], outputs: [TensorType(.int8, 3, 2, 2, scale: 1)])
    expectRefused("batch_matmul", [operand(2, 2), operand(2, 2, scale: nil)], outputs: out)
    expectRefused("batch_matmul", [operand(2, 2), operand(2, 2)], outputs: [TensorType(.int8, 2, 2)])
    expectRefused("batch_matmul", [operand(2, 2), operand(2, 2)], outputs: [TensorType(.int8, 2, 2, scale: 1e-30)])
    let float = TinyModel.Operand([1, 2, 3, 4] as [Float], [2, 2])
    expectRefused("batch_matmul", [operand(2, 2), float], outputs: out)
  }
}
