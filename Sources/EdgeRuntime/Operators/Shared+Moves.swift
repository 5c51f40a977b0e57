import EdgeKernels
import EdgeTensor

/// A block of elements that an operator brings to an output unchanged.
struct Move: Sendable {
  enum Source: Sendable {
    case operand(Operand)
    /// One element, in the low bytes, for copies whose source strides are all 0.
    case value(UInt64)
  }

  let source: Source
  let destination: Operand
  let copy: StridedCopy

  init(_ source: Source, to destination: Operand, _ copy: StridedCopy) {
    self.source = source
    self.destination = destination
    self.copy = copy
  }

  /// Whether source and destination are the same bytes in the same order.
  var isInPlace: Bool {
    guard case .operand(let operand) = source, operand.constant == nil else { return false }
    return copy.isInPlace(from: operand.offset, to: destination.offset)
  }

  func run(_ frame: Frame, _ units: Range<Int>) {
    let target = UnsafeMutableRawPointer(frame.write(destination, as: UInt8.self))
    switch source {
    case .operand(let operand):
      copy.run(units, from: UnsafeRawPointer(frame.read(operand, as: UInt8.self)), to: target)
    case .value(let value):
      withUnsafeBytes(of: value.littleEndian) { copy.run(units, from: $0.baseAddress!, to: target) }
    }
  }
}

extension PlanContext {
  /// Fewer bytes than this are moved by one thread.
  private static let splittingByteCount = 16_384

  /// A step of moves, no two of which write the same bytes. What lies where it is to go stays there.
  func moveStep(_ moves: [Move]) -> Step {
    let moves = moves.filter { $0.copy.unitCount > 0 && !$0.isInPlace }
    let unitCount = moves.reduce(0) { $0 + $1.copy.unitCount }
    guard moves.reduce(0, { $0 + $1.copy.byteCount }) >= PlanContext.splittingByteCount else {
      return .whole { frame in
        // By index: an array's iterator allocates in unoptimized builds.
        for i in moves.indices { moves[i].run(frame, 0..<moves[i].copy.unitCount) }
      }
    }
    return Step(unitCount: unitCount) { frame, units in
      var first = 0  // unit with which the current move begins
      for i in moves.indices {
        let end = first + moves[i].copy.unitCount
        let (lower, upper) = (max(units.lowerBound, first), min(units.upperBound, end))
        if lower < upper { moves[i].run(frame, (lower - first)..<(upper - first)) }
        first = end
      }
    }
  }

  /// A step that fills the whole first output with elements of one input.
  /// - Parameter source: where the output's elements lie in the input, along each axis of the output.
  func rearrangement(of input: Int, _ source: StridedCopy.Side) -> Step {
    let y = node.outputs[0]
    let copy = StridedCopy(
      extents: y.shape.dimensions, from: source, to: .init(strides: y.shape.strides),
      elementByteCount: y.dataType.byteCount)
    return moveStep([Move(.operand(inputs[input]), to: outputs[0], copy)])
  }
}

extension Node {
  /// The value of a constant integer input that has exactly one element.
  func constantInt(_ index: Int, _ operand: StaticString) throws(PlanError) -> Int {
    let values = try constantInts(index, operand)
    guard values.count == 1 else { throw .badValue(operand: operand, reason: "must be one number") }
    return values[0]
  }

  /// The values of a constant integer input that has exactly one element for each axis of another.
  func constantInts(_ index: Int, rank: Int, _ operand: StaticString) throws(PlanError) -> [Int] {
    let values = try constantInts(index, operand)
    guard values.count == rank else { throw .badValue(operand: operand, reason: "must have one number for each axis") }
    return values
  }
}
