import EdgeKernels
import EdgeModel
import EdgeTensor

extension Node {
  /// The shape rule of two-input element-wise operators: same types, NumPy broadcasting.
  func broadcastOutput(_ dataType: DataType? = nil) throws(PlanError) -> [OutputType] {
    let (a, b) = (try input(0, "a"), try input(1, "b"))
    guard a.dataType == b.dataType else {
      throw .unsupportedType(operand: "b", got: b.dataType, supported: a.dataType.name)
    }
    guard let broadcast = Broadcast(a.shape, b.shape) else {
      throw .shapeMismatch(operand: "b", expected: a.shape, got: b.shape)
    }
    return [OutputType(dataType ?? a.dataType, broadcast.shape)]
  }

  /// The fused activation; absent means none.
  func activation() throws(PlanError) -> Activation {
    guard let name = attributes.text("activation") else { return .none }
    guard let activation = Activation.allCases.first(where: { name.hasSameBytes(as: $0.name) }) else {
      throw .badAttribute("activation", reason: "unknown; supported: none, relu, relu6, relu_n1_to_1")
    }
    return activation
  }
}

extension PlanContext {
  /// A step that applies `body` to the broadcast of both inputs.
  func elementwise<In: BitwiseCopyable, Out: BitwiseCopyable>(
    _ body: @escaping @Sendable (In, In) -> Out
  ) throws(PlanError) -> Step {
    let broadcast = try broadcast()
    let (a, b, y) = (inputs[0], inputs[1], outputs[0])
    return Step(unitCount: broadcast.unitCount) { frame, units in
      let (x1, x2, output) = (frame.read(a, as: In.self), frame.read(b, as: In.self), frame.write(y, as: Out.self))
      broadcast.forEach(units: units) { i, j, k in output[k] = body(x1[i], x2[j]) }
    }
  }

  /// A step that gives `body` runs of the broadcast of both inputs, along which both advance by one element: a, b, output and count.
  func pairs<T: BitwiseCopyable>(
    _ kernel: StaticString = "", stage: FusedStage? = nil,
    _ body:
      @escaping @Sendable (UnsafePointer<T>, UnsafePointer<T>, UnsafeMutablePointer<T>, Int) -> Void
  ) throws(PlanError) -> Step {
    let (a, b, y) = (inputs[0], inputs[1], outputs[0])
    let broadcast = try broadcast()
    return Step(unitCount: broadcast.unitCount, kernel: kernel, stage: stage) { frame, units in
      broadcast.forEachPairs(
        units: units, frame.read(a, as: UInt8.self), frame.read(b, as: UInt8.self), frame.write(y, as: UInt8.self),
        size: MemoryLayout<T>.stride
      ) { a, b, y, count in
        body(
          a.assumingMemoryBound(to: T.self), b.assumingMemoryBound(to: T.self), y.assumingMemoryBound(to: T.self), count
        )
      }
    }
  }

  private func broadcast() throws(PlanError) -> Broadcast {
    let (a, b) = (try node.input(0, "a").shape, try node.input(1, "b").shape)
    guard let broadcast = Broadcast(a, b) else { throw .shapeMismatch(operand: "b", expected: a, got: b) }
    return broadcast
  }

  /// A step that applies `body` to every element of the first input.
  func elementwise<In: BitwiseCopyable, Out: BitwiseCopyable>(_ body: @escaping @Sendable (In) -> Out) -> Step {
    let (x, y) = (inputs[0], outputs[0])
    return chunks { frame, elements in
      let (input, output) = (frame.read(x, as: In.self), frame.write(y, as: Out.self))
      for i in elements { output[i] = body(input[i]) }
    }
  }

  /// A step that turns 8-bit codes into 8-bit codes: `body` is called once for each of the 256, now, and looked up later.
  func codewise(_ body: (Int8) -> Int8) -> Step {
    lookUp((-128...127).map { body(Int8($0)) })
  }

  /// - Parameter table: in order of the input's code.
  // Not made anew in each operator's code.
  @inline(never)
  private func lookUp(_ table: [Int8]) -> Step {
    let (x, y) = (inputs[0], outputs[0])
    // uint8 and int8 of the same scale differ in the top bit alone: models born uint8 begin and end with that.
    if table.indices.allSatisfy({ table[$0] == Int8(bitPattern: UInt8($0)) }) {
      return chunks { frame, elements in flipTopBits(frame.read(x), frame.write(y), elements) }
    }
    let kernel = KernelSet.lookUpS8(for: cpu)
    return chunks(kernel.name) { frame, elements in
      kernel(table, frame.read(x), frame.write(y), elements)
    }
  }

  /// A step that applies `body` to every element of the first input and its index.
  func perElement<In: BitwiseCopyable, Out: BitwiseCopyable>(_ body: @escaping @Sendable (In, Int) -> Out) -> Step {
    let (x, y) = (inputs[0], outputs[0])
    return chunks { frame, elements in
      let (input, output) = (frame.read(x, as: In.self), frame.write(y, as: Out.self))
      for i in elements { output[i] = body(input[i], i) }
    }
  }

  /// A step that computes a range of the output's elements.
  /// - Parameter kernel: the variant that computes them, if there are several.
  func chunks(_ kernel: StaticString = "", _ body: @escaping @Sendable (Frame, Range<Int>) -> Void) -> Step {
    let count = node.outputs[0].shape.elementCount
    let unit = 4096
    return Step(unitCount: (count + unit - 1) / unit, kernel: kernel) { frame, units in
      body(frame, (units.lowerBound * unit)..<min(units.upperBound * unit, count))
    }
  }

  /// A step whose unit is one row along the last axis.
  func lastAxisRows<T: BitwiseCopyable>(
    _ body: @escaping @Sendable (UnsafePointer<T>, UnsafeMutablePointer<T>, Int) -> Void
  ) throws(PlanError) -> Step {
    let shape = try node.input(0, "x").shape
    guard let length = shape.dimensions.last else {
      throw .rankMismatch(operand: "x", expected: "1 or more", got: shape)
    }
    let (x, y) = (inputs[0], outputs[0])
    return Step(unitCount: length == 0 ? 0 : shape.elementCount / length) { frame, rows in
      let (input, output) = (frame.read(x, as: T.self), frame.write(y, as: T.self))
      for row in rows { body(input + row * length, output + row * length, length) }
    }
  }
}
