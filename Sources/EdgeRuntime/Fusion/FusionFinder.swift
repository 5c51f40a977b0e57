import EdgeKernels
import EdgeModel
import EdgeTensor

/// Looks for operators that can run as fused blocks.
struct FusionFinder {
  private let model: Model
  private let steps: [Step]
  private let threads: Int
  /// By tensor: how often operators read it, and outputs of the model name it.
  private let useCounts: [Int]

  /// - Parameter steps: the model's operators, planned one by one.
  init(_ model: Model, _ steps: [Step], threads: Int) {
    self.model = model
    self.steps = steps
    self.threads = threads
    var counts = [Int](repeating: 0, count: model.tensors.count)
    for operation in model.operators {
      for tensor in operation.inputs where tensor >= 0 { counts[tensor] += 1 }
    }
    for tensor in model.outputs { counts[tensor] += 1 }
    useCounts = counts
  }

  /// Every block that could be, in the order of their last operators; those of one depthwise convolution exclude each other.
  func candidates() -> [FusedBlock] {
    var blocks: [FusedBlock] = []
    for index in steps.indices {
      guard case .depthwise(let depthwise) = steps[index].stage, isPlain(depthwise.geometry),
        index + 1 < steps.count, case .conv(let project) = steps[index + 1].stage, project.isPointwise,
        passes(index, to: index + 1)
      else { continue }
      var expand: ConvStage?
      if index > 0, case .conv(let stage) = steps[index - 1].stage, passes(index - 1, to: index) { expand = stage }
      let endings = [false, true].filter { !$0 || endsInAddition(index + 1) }
      for hasAddition in endings {
        append(index, depthwise, project, expand: nil, hasAddition, to: &blocks)
        if let expand { append(index, depthwise, project, expand: expand, hasAddition, to: &blocks) }
      }
    }
    return blocks
  }

  private func isPlain(_ geometry: ConvGeometry) -> Bool {
    geometry.batch == 1 && geometry.rows.inputExtent > 0 && geometry.columns.inputExtent > 0
      && geometry.rows.outputExtent > 0 && geometry.columns.outputExtent > 0
  }

  /// Whether the output of one operator is the first input of the next and nothing else reads it.
  private func passes(_ index: Int, to next: Int) -> Bool {
    let tensor = model.operators[index].outputs[0]
    return model.operators[next].inputs[0] == tensor && useCounts[tensor] == 1
  }

  /// Whether the next operator adds something to this one's output, which nothing else reads.
  private func endsInAddition(_ index: Int) -> Bool {
    guard index + 1 < steps.count, case .add = steps[index + 1].stage else { return false }
    let tensor = model.operators[index].outputs[0]
    return model.operators[index + 1].inputs.contains(tensor) && useCounts[tensor] == 1
  }

  private func append(
    _ index: Int, _ depthwise: DepthwiseStage, _ project: ConvStage, expand: ConvStage?, _ hasAddition: Bool,
    to blocks: inout [FusedBlock]
  ) {
    let first = expand == nil ? index : index - 1
    let end = index + (hasAddition ? 3 : 2)
    let preferred = FusedLayout.preferredChunk(depthwise.geometry)
    var middle = 0
    for operation in first..<(end - 1) { middle += model.tensors[model.operators[operation].outputs[0]].type.byteCount }
    for chunk in preferred == 1 ? [1] : [preferred, 1] {
      let layout = FusedLayout(
        depthwise.geometry, chunk: chunk, hasRing: expand != nil,
        convScratch: max(expand?.scratchByteCount ?? 0, project.scratchByteCount))
      guard layout.scratchByteCount <= Plan.maximumScratchByteCount / threads else { continue }
      let recomputed = layout.recomputedRowCount(threads: threads)
      let perRow = layout.inputRowByteCount.multipliedReportingOverflow(by: expand?.geometry.depth ?? 0)
      let products = perRow.partialValue.multipliedReportingOverflow(by: recomputed)
      guard !perRow.overflow, !products.overflow else { continue }
      blocks.append(
        FusedBlock(
          operators: first..<end, rowsPerGo: chunk, ringRowCount: layout.ringRowCount,
          ringByteCount: layout.ringByteCount, scratchByteCount: layout.scratchByteCount, middleByteCount: middle,
          recomputedRowCount: recomputed, recomputedProductCount: products.partialValue,
          hasPreferredChunk: chunk == preferred, depthwise: index - first, hasAddition: hasAddition))
    }
  }
}
