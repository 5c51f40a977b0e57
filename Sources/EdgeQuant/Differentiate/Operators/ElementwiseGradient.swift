import CEdgeRows
import EdgeKernels
import EdgeTensor

extension GradientRule {
  /// `add`, `sub` and `mul` with broadcasting: `y = act(a ∘ b)`.
  static let sumsAndProducts = GradientRule("add", "sub", "mul") { context throws(Refusal) in
    let y = context.outputShape()
    func operand(_ index: Int) throws(Refusal) -> PairStep.Operand {
      let map = Broadcasting.map(try context.shape(index), to: y)
      if let constant = try context.constant(index) {
        return .constant(map.map { $0.map { constant[Int($0)] } } ?? constant)
      }
      return .slot(try context.slot(index), map)
    }
    let operation: PairStep.Operation =
      switch context.node.operatorName {
      case "add": .add
      case "sub": .subtract
      default: .multiply
      }
    return .step(
      PairStep(
        operation: operation, a: try operand(0), b: try operand(1), y: context.outputs[0],
        activation: try context.activation()))
  }
}

enum Broadcasting {
  /// For each element of the broadcast shape the element of `shape` that it is, nil if it is the same.
  static func map(_ shape: Shape, to result: Shape) -> [Int32]? {
    guard shape.elementCount != result.elementCount else { return nil }
    let missing = result.rank - shape.rank
    let strides = result.dimensions.indices.map { axis in
      axis < missing || shape[axis - missing] == 1 ? 0 : shape.strides[axis - missing]
    }
    var map: [Int32] = [0]
    for (extent, stride) in zip(result.dimensions, strides) {
      map = map.flatMap { first in (0..<extent).map { first + Int32($0 * stride) } }
    }
    return map
  }
}

/// Sum, difference or product of two operands.
private struct PairStep: DifferentiableStep {
  enum Operation { case add, subtract, multiply }

  enum Operand: Sendable {
    /// With the broadcast element of each element of the output, nil if it is the same.
    case slot(Slot, [Int32]?)
    /// Of the output's shape.
    case constant([Float])
  }

  let operation: Operation
  let a: Operand
  let b: Operand
  let y: Slot
  let activation: FusedActivation

  func forward(_ frame: BlockFrame) {
    let output = frame.values(y)
    for sample in 0..<frame.sampleCount {
      let target = output + sample * y.count
      read(a, frame, sample) { a, aMap in
        read(b, frame, sample) { b, bMap in
          switch operation {
          case .add: combine(a, aMap, b, bMap, target) { $0 + $1 }
          case .subtract: combine(a, aMap, b, bMap, target) { $0 - $1 }
          case .multiply: combine(a, aMap, b, bMap, target) { $0 * $1 }
          }
        }
      }
      activation.apply(target, count: y.count)
    }
  }

  @inline(__always)
  private func combine(
    _ a: UnsafePointer<Float>, _ aMap: UnsafePointer<Int32>?, _ b: UnsafePointer<Float>, _ bMap: UnsafePointer<Int32>?,
    _ y: UnsafeMutablePointer<Float>, _ body: (Float, Float) -> Float
  ) {
    let count = self.y.count
    switch (aMap, bMap) {
    case (nil, nil): for index in 0..<count { y[index] = body(a[index], b[index]) }
    case (nil, let bMap?): for index in 0..<count { y[index] = body(a[index], b[Int(bMap[index])]) }
    case (let aMap?, nil): for index in 0..<count { y[index] = body(a[Int(aMap[index])], b[index]) }
    case (let aMap?, let bMap?):
      for index in 0..<count { y[index] = body(a[Int(aMap[index])], b[Int(bMap[index])]) }
    }
  }

  func backward(_ frame: BlockFrame) {
    for sample in 0..<frame.sampleCount {
      let gradient = frame.gradients(y) + sample * y.count
      activation.applyGradient(gradient, outputs: frame.values(y) + sample * y.count, count: y.count)
      addGradient(of: a, other: b, isSecond: false, gradient, frame, sample)
      addGradient(of: b, other: a, isSecond: true, gradient, frame, sample)
    }
  }

  private func addGradient(
    of operand: Operand, other: Operand, isSecond: Bool, _ gradient: UnsafePointer<Float>, _ frame: BlockFrame,
    _ sample: Int
  ) {
    guard case .slot(let slot, let map) = operand, slot.needsGradient else { return }
    let target = frame.gradients(slot) + sample * slot.count
    func add(_ body: (Int) -> Float) {
      if let map {
        map.withUnsafeBufferPointer { map in
          for index in 0..<y.count { target[Int(map[index])] += body(index) }
        }
      } else {
        for index in 0..<y.count { target[index] += body(index) }
      }
    }
    switch operation {
    case .multiply:
      read(other, frame, sample) { other, otherMap in
        if let otherMap {
          add { gradient[$0] * other[Int(otherMap[$0])] }
        } else {
          add { gradient[$0] * other[$0] }
        }
      }
    case .subtract where isSecond: add { -gradient[$0] }
    default:
      if map == nil { edge_rows_add(target, 0, gradient, 0, 1, y.count) } else { add { gradient[$0] } }
    }
  }

  private func read(
    _ operand: Operand, _ frame: BlockFrame, _ sample: Int,
    _ body: (UnsafePointer<Float>, UnsafePointer<Int32>?) -> Void
  ) {
    switch operand {
    case .constant(let values): values.withUnsafeBufferPointer { body($0.baseAddress!, nil) }
    case .slot(let slot, nil): body(frame.values(slot) + sample * slot.count, nil)
    case .slot(let slot, let map?):
      map.withUnsafeBufferPointer { body(frame.values(slot) + sample * slot.count, $0.baseAddress!) }
    }
  }
}
