import EdgeKernels
import EdgeTensor

extension Node {
  /// The shape rule of one-input element-wise operators.
  func unaryOutput(_ dataType: DataType? = nil) throws(PlanError) -> [OutputType] {
    let x = try input(0, "x")
    return [OutputType(dataType ?? x.dataType, x.shape)]
  }
}

extension PlanContext {
  /// Scale and zero point of an input.
  func quantization(_ index: Int, _ operand: StaticString) throws(PlanError) -> QuantParams {
    try node.quantization(node.input(index, operand), operand)
  }

  /// Scale and zero point of the only output.
  func outputQuantization() throws(PlanError) -> QuantParams { try node.quantization(node.outputs[0], "output") }

  /// An int8 kernel, or the error that its scales cannot be represented.
  func kernel<Kernel>(_ kernel: Kernel?, _ reason: StaticString = "scales too far apart") throws(PlanError) -> Kernel {
    guard let kernel else { throw .badQuantization(operand: "output", reason: reason) }
    return kernel
  }

  /// A broadcast step of two float32 inputs, followed by the fused activation.
  func elementwise(
    _ activation: Activation, _ body: @escaping @Sendable (Float, Float) -> Float
  ) throws(PlanError) -> Step {
    let (minimum, maximum) = activation.bounds
    return try elementwise { (a: Float, b: Float) in min(max(body(a, b), minimum), maximum) }
  }

  /// The same of an operation that has a kernel.
  func elementwise(_ operation: PairsF32.Operation, _ activation: Activation) throws(PlanError) -> Step {
    let kernel = PairsF32(operation, activation)
    return try pairs { (a: UnsafePointer<Float>, b, y, count) in kernel.run(a, b, y, count: count) }
  }

  /// A broadcast step of two integer inputs, followed by the fused activation.
  func elementwise<T: FixedWidthInteger & BitwiseCopyable & Sendable>(
    _ activation: Activation, _ body: @escaping @Sendable (T, T) -> T
  ) throws(PlanError) -> Step {
    let (minimum, maximum) = activation.integerBounds(T.self)
    return try elementwise { (a: T, b: T) in min(max(body(a, b), minimum), maximum) }
  }

  /// An element-wise step of one float32 input and output.
  func float(_ function: @escaping @Sendable (Float) -> Float) -> Step {
    elementwise { (x: Float) in function(x) }
  }

  /// An int8 function given as the codes of its results, or a float32 function.
  ///
  /// The table is input 1, `[256]`, in order of the input's code; conversion computed it, so that no board's mathematics library decides
  /// a code.
  func table(orFloat function: @escaping @Sendable (Float) -> Float) throws(PlanError) -> Step {
    switch try node.input(0, "x").dataType {
    case .float32: return float(function)
    case .int8: break
    case let type: throw .unsupportedType(operand: "x", got: type, supported: "int8, float32")
    }
    let table = try node.input(1, "table")
    guard table.dataType == .int8 else {
      throw .unsupportedType(operand: "table", got: table.dataType, supported: "int8")
    }
    guard table.shape.elementCount == 256 else {
      throw .shapeMismatch(operand: "table", expected: Shape([256]), got: table.shape)
    }
    _ = try node.constant(1, "table")
    let (x, codes, y, kernel) = (inputs[0], inputs[1], outputs[0], KernelSet.lookUpS8(for: cpu))
    return chunks(kernel.name) { frame, elements in
      kernel(frame.read(codes), frame.read(x), frame.write(y), elements)
    }
  }
}
