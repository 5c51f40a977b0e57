import EdgeKernels
import EdgeModel
import EdgeTensor

extension PlanContext {
  /// Constant int8 weights (input 1) in layout `o16k4`, sparse or not, and the matrix-product tile for them.
  /// - Parameter byteCount: if they are not sparse. What is sparse was checked against its shape when the file was read.
  func gemmWeights(byteCount: Int?) throws(PlanError) -> (weights: UnsafePointer<Int8>, tile: GemmS8) {
    guard node.layouts[1] == .o16k4Sparse, let index = node.sparse[1] else {
      return (try node.packed(1, .o16k4, byteCount: byteCount), KernelSet.gemmS8(for: cpu))
    }
    let weights = try node.packed(1, .o16k4Sparse, byteCount: 64 * index.groups.count)
    return (weights, KernelSet.gemmS8(for: cpu, weights: weights, index))
  }
}

extension Node {
  /// Requires weights that are not sparse.
  func requireDense(_ index: Int) throws(PlanError) {
    guard layouts[index] != .o16k4Sparse else {
      throw .badValue(operand: "weights", reason: "sparse, but the convolution is grouped")
    }
  }
}
