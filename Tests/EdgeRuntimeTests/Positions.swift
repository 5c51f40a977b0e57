import EdgeModel
import EdgeRuntime
import EdgeTensor
import Testing
import _EdgeTestSupport

/// Index arithmetic as slow and plain as it gets.
enum Positions {
  /// Every index of a shape, in row-major order.
  static func indices(_ shape: [Int]) -> [[Int]] {
    shape.reduce([[]]) { indices, extent in indices.flatMap { index in (0..<extent).map { index + [$0] } } }
  }

  /// Where the element at `index` lies in row-major order.
  static func position(_ index: [Int], in shape: [Int]) -> Int {
    zip(index, shape).reduce(0) { $0 * $1.1 + $1.0 }
  }

  static func randomShape(rank: Int, _ random: inout SplitMix64, extents: ClosedRange<Int> = 1...5) -> [Int] {
    (0..<rank).map { _ in random.int(in: extents) }
  }
}

/// One operator that only moves elements, tried with elements of every size.
struct MoveTest {
  let name: String
  var attributes: [Attribute] = []
  /// Shape of the input whose elements are moved; each element is its own position.
  let shape: [Int]
  /// Places that input among constants.
  var operands: (TinyModel.Operand) -> [TinyModel.Operand?] = { [$0] }

  /// Expects outputs with these shapes whose elements come from these positions; −1 stands for 0.
  func expect(_ outputs: [(shape: [Int], positions: [Int])], sourceLocation: SourceLocation = #_sourceLocation) {
    func run<T: TensorElement & Equatable>(_ make: (Int) -> T, _ zero: T) {
      let x = TinyModel.Operand((0..<shape.reduce(1, *)).map(make), shape)
      let model = TinyModel(
        name, operands(x), outputs: outputs.map { TensorType(T.dataType, Shape($0.shape)) }, attributes: attributes)
      let expected = outputs.map { output in
        output.positions.map { $0 < 0 ? zero : make($0) }.withUnsafeBytes { Array($0) }
      }
      for threads in 1...3 {
        #expect(throws: Never.self, "\(name) \(shape) \(T.dataType)", sourceLocation: sourceLocation) {
          let got = try model.run(threads: threads)
          #expect(got == expected, "\(name) \(shape) \(T.dataType), \(threads) threads", sourceLocation: sourceLocation)
        }
      }
    }
    run({ Int8(truncatingIfNeeded: $0 * 37) }, 0)
    run({ UInt8(truncatingIfNeeded: $0 * 37) }, 0)
    run({ $0 % 3 == 0 }, false)
    run({ Int32($0) }, 0)
    run({ Float($0) + 0.5 }, 0)
    run({ Int64($0) << 33 }, 0)
  }

  /// One output, by a formula for where the element at an index comes from; nil stands for 0.
  func expect(
    _ shape: [Int], sourceLocation: SourceLocation = #_sourceLocation, _ source: ([Int]) -> [Int]?
  ) {
    let positions = Positions.indices(shape).map { index in
      source(index).map { Positions.position($0, in: self.shape) } ?? -1
    }
    expect([(shape, positions)], sourceLocation: sourceLocation)
  }
}

/// A constant int32 or int64 operand.
func constant(_ values: [Int], _ shape: [Int]? = nil, wide: Bool = false) -> TinyModel.Operand {
  wide
    ? TinyModel.Operand(values.map { Int64($0) }, shape, isConstant: true)
    : TinyModel.Operand(values.map { Int32($0) }, shape, isConstant: true)
}

extension Attribute {
  init(_ key: String, _ values: Int...) { self.init(key, ints: values.map { Int64($0) }) }
}

/// Expects that a model is refused before it runs.
func expectRefused(
  _ name: String, _ inputs: [TinyModel.Operand?], outputs: [TensorType], _ attributes: [Attribute] = [],
  sourceLocation: SourceLocation = #_sourceLocation
) {
  do throws(TinyModel.Failure) {
    _ = try TinyModel(name, inputs, outputs: outputs, attributes: attributes).run()
    Issue.record("\(name) was accepted", sourceLocation: sourceLocation)
  } catch {
    if case .load(.operation) = error { return }
    Issue.record("\(name) failed elsewhere: \(error)", sourceLocation: sourceLocation)
  }
}
