import EdgeKernels
import EdgeModel
import EdgeTensor

extension OperatorDefinition {
  /// Products of matrices: `y[b] = x1[b] · x2[b]`, where the leading axes b are broadcast.
  ///
  /// Inputs: x1 `[…, M, K]` and x2 `[…, K, N]`, both int8 or both float32. Output: `[…, M, N]`. Attributes: `adj_x`, `adj_y`: that input is
  /// stored transposed, `[…, K, M]` or `[…, N, K]`.
  static let batchMatMul = OperatorDefinition(
    "batch_matmul", inputs: 2...2,
    outputTypes: { node throws(PlanError) in
      let (x1, x2) = (try node.input(0, "x1"), try node.input(1, "x2"))
      guard x1.dataType == x2.dataType else {
        throw .unsupportedType(operand: "x2", got: x2.dataType, supported: x1.dataType.name)
      }
      let geometry = try node.matrixGeometry()
      return [try OutputType(x1.dataType, checking: geometry.batch + [geometry.rows, geometry.columns])]
    },
    plan: { context throws(PlanError) in
      let node = context.node
      let (x1, x2) = (try node.input(0, "x1"), try node.input(1, "x2"))
      let geometry = try node.matrixGeometry()
      let (a, b, y) = (context.inputs[0], context.inputs[1], context.outputs[0])
      let rowCount = node.outputs[0].shape.elementCount == 0 ? 0 : geometry.kernel.rowCount
      switch x1.dataType {
      case .int8:
        let (qa, qb) = (try node.quantization(x1, "x1"), try node.quantization(x2, "x2"))
        let output = try node.quantization(node.outputs[0], "output")
        guard let multiplier = QuantizedMultiplier(Double(qa.scale * qb.scale) / Double(output.scale)) else {
          throw .badQuantization(operand: "output", reason: "scale too small for the product of the inputs'")
        }
        return Step(unitCount: rowCount) { frame, rows in
          geometry.kernel.runS8(
            rows, frame.read(a), frame.read(b), frame.write(y),
            zeroPoints: (qa.zeroPoint, qb.zeroPoint, output.zeroPoint), multiplier: multiplier)
        }
      case .float32:
        return Step(unitCount: rowCount) { frame, rows in
          geometry.kernel.runF32(rows, frame.read(a), frame.read(b), frame.write(y))
        }
      case let type: throw .unsupportedType(operand: "x1", got: type, supported: "int8, float32")
      }
    })
}

extension Node {
  fileprivate func matrixGeometry() throws(PlanError) -> (batch: [Int], rows: Int, columns: Int, kernel: BatchMatMul) {
    let (x1, x2) = (try input(0, "x1").shape, try input(1, "x2").shape)
    guard x1.rank >= 2 else { throw .rankMismatch(operand: "x1", expected: "2 or more", got: x1) }
    guard x2.rank >= 2 else { throw .rankMismatch(operand: "x2", expected: "2 or more", got: x2) }
    // Axes of rows, depth and columns.
    let (m, k1) = attributes.bool("adj_x") ? (x1.rank - 1, x1.rank - 2) : (x1.rank - 2, x1.rank - 1)
    let (k2, n) = attributes.bool("adj_y") ? (x2.rank - 1, x2.rank - 2) : (x2.rank - 2, x2.rank - 1)
    let (batch1, batch2) = (Shape(Array(x1.dimensions.dropLast(2))), Shape(Array(x2.dimensions.dropLast(2))))
    guard x1[k1] == x2[k2], let broadcast = Broadcast(batch1, batch2) else {
      throw .shapeMismatch(operand: "x2", expected: x1, got: x2)
    }
    let batch = broadcast.shape.dimensions
    func strides(_ shape: Shape) -> [Int] {
      let added = batch.count - (shape.rank - 2)
      return batch.indices.map { $0 < added || shape[$0 - added] == 1 ? 0 : shape.strides[$0 - added] }
    }
    let kernel = BatchMatMul(
      batch: batch, rows: x1[m], columns: x2[n], depth: x1[k1],
      left: .init(batchStrides: strides(x1), outerStride: x1.strides[m], depthStride: x1.strides[k1]),
      right: .init(batchStrides: strides(x2), outerStride: x2.strides[n], depthStride: x2.strides[k2]))
    return (batch, x1[m], x2[n], kernel)
  }
}
