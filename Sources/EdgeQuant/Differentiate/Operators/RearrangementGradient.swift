import EdgeTensor

extension GradientRule {
  /// Operators that move elements and compute nothing: which element goes where is found by running the operator on the elements' numbers.
  static let rearrangements = GradientRule(
    "reshape", "squeeze", "expand_dims", "transpose", "concatenation", "pack", "unpack", "split", "split_v", "slice",
    "strided_slice", "pad", "padv2", "mirror_pad", "gather", "space_to_depth", "depth_to_space",
    "resize_nearest_neighbor", "broadcast_to"
  ) { context throws(Refusal) in
    guard try context.activation().isNone else { throw Refusal("has a fused activation that it should not have") }
    var operands: [RearrangementStep.Operand] = []
    for (index, tensor) in context.node.inputs.enumerated() {
      guard let tensor, context.graph.tensors[tensor].dataType == .float32 else { continue }
      if let constant = try context.constant(index) {
        operands.append(.constant(constant))
      } else {
        operands.append(.slot(try context.slot(index)))
      }
    }
    let pieces = try context.pieces(operands.map { $0.count })
    if operands.count == 1, case .slot(let slot) = operands[0], pieces.count == 1, pieces[0].count == 1,
      pieces[0][0] == RearrangementStep.Piece(place: 0, operand: 0, first: 0, count: slot.count)
    {
      return .view(of: slot)
    }
    return .step(RearrangementStep(operands: operands, outputs: context.outputs, pieces: pieces))
  }
}

extension StepContext {
  /// By output: where its elements come from.
  /// - Parameter counts: elements of the float32 operands.
  fileprivate func pieces(_ counts: [Int]) throws(Refusal) -> [[RearrangementStep.Piece]] {
    // Numbers up to this are exact in float32.
    guard counts.reduce(0, +) < 1 << 24 else { throw Refusal("is too large for gradients") }
    var single = Graph()
    var copy = node
    for (index, tensor) in node.inputs.enumerated() {
      guard let tensor else { continue }
      var operand = graph.tensors[tensor]
      if operand.dataType == .float32 { operand.data = nil }
      copy.inputs[index] = single.add(operand)
      if operand.dataType == .float32 { single.inputs.append(copy.inputs[index]!) }
    }
    for (index, tensor) in node.outputs.enumerated() { copy.outputs[index] = single.add(graph.tensors[tensor]) }
    single.nodes = [copy]
    single.outputs = copy.outputs
    do throws(QuantError) {
      let executor = try GraphExecutor(CompiledGraph(single))
      var number = 0
      for (index, count) in counts.enumerated() {
        let input = executor.input(index).bindMemory(to: Float.self)
        for element in 0..<count { input[element] = Float(number + element + 1) }
        number += count
      }
      try executor.run()
      return node.outputs.indices.map { index in
        RearrangementStep.pieces(executor.output(index).bindMemory(to: Float.self), counts)
      }
    } catch {
      throw Refusal("cannot be run by itself: \(error)")
    }
  }
}

private struct RearrangementStep: DifferentiableStep {
  enum Operand: Sendable {
    case slot(Slot)
    case constant([Float])

    var count: Int {
      switch self {
      case .slot(let slot): slot.count
      case .constant(let values): values.count
      }
    }
  }

  /// Neighbours in an output that are neighbours in an operand.
  struct Piece: Equatable {
    /// In the output.
    let place: Int
    /// nil for zeros.
    let operand: Int?
    /// In the operand.
    let first: Int
    var count: Int
  }

  let operands: [Operand]
  let outputs: [Slot]
  /// By output.
  let pieces: [[Piece]]

  /// - Parameter numbers: of all operands' elements, counted from 1; 0 stands for a zero.
  static func pieces(_ numbers: UnsafeBufferPointer<Float>, _ counts: [Int]) -> [Piece] {
    var (starts, total) = ([Int](), 0)
    for count in counts {
      starts.append(total)
      total += count
    }
    var pieces: [Piece] = []
    for (place, number) in numbers.enumerated() {
      let element = Int(number) - 1
      let operand = element < 0 ? nil : starts.lastIndex { $0 <= element }
      let first = operand.map { element - starts[$0] } ?? 0
      if let last = pieces.last, last.operand == operand, operand == nil || last.first + last.count == first {
        pieces[pieces.count - 1].count += 1
      } else {
        pieces.append(Piece(place: place, operand: operand, first: first, count: 1))
      }
    }
    return pieces
  }

  func forward(_ frame: BlockFrame) {
    for (slot, pieces) in zip(outputs, pieces) {
      for sample in 0..<frame.sampleCount {
        let output = frame.values(slot) + sample * slot.count
        for piece in pieces {
          switch piece.operand.map({ operands[$0] }) {
          case .slot(let x)?:
            (output + piece.place).update(
              from: frame.values(x) + sample * x.count + piece.first, count: piece.count)
          case .constant(let values)?:
            for index in 0..<piece.count { output[piece.place + index] = values[piece.first + index] }
          case nil: (output + piece.place).update(repeating: 0, count: piece.count)
          }
        }
      }
    }
  }

  func backward(_ frame: BlockFrame) {
    for (slot, pieces) in zip(outputs, pieces) {
      for sample in 0..<frame.sampleCount {
        let gradient = frame.gradients(slot) + sample * slot.count
        for piece in pieces {
          guard let operand = piece.operand, case .slot(let x) = operands[operand], x.needsGradient else { continue }
          let target = frame.gradients(x) + sample * x.count + piece.first
          for index in 0..<piece.count { target[index] += gradient[piece.place + index] }
        }
      }
    }
  }
}
