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
      guard case .depthwise(let depthwise) = steps[index].stage else { continue }
      let preferred = FusedLayout.preferredChunk(depthwise.geometry)
      for end in [index + 2, index + 3] {
        for first in [index, index - 1] where first >= 0 {
          var rowCounts = preferred == 1 ? [1] : [preferred, 1]
          let share = (depthwise.geometry.rows.outputExtent + threads - 1) / threads
          if threads > 1, first == index, share > preferred { rowCounts.insert(share, at: 0) }
          for rows in rowCounts {
            let block = block(Model.FusedRange(operators: first..<end, rowsPerGo: rows))
            if let block, first + block.depthwise == index { blocks.append(block) }
          }
        }
      }
    }
    return blocks
  }

  /// The block of these operators; nil if they are none.
  func block(_ range: Model.FusedRange) -> FusedBlock? {
    let first = range.operators.lowerBound
    guard range.operators.upperBound <= steps.count, range.operators.count >= 2 else { return nil }
    var expand: ConvStage?
    if case .conv(let stage) = steps[first].stage, passes(first, to: first + 1) { expand = stage }
    let index = expand == nil ? first : first + 1
    let rest = range.operators.upperBound - (index + 2)  // operators after the 1x1 convolution
    guard case .depthwise(let depthwise) = steps[index].stage, isPlain(depthwise.geometry),
      (0...1).contains(rest), case .conv(let project) = steps[index + 1].stage, project.isPointwise,
      passes(index, to: index + 1), rest == 0 || endsInAddition(index + 1),
      range.rowsPerGo <= depthwise.geometry.rows.outputExtent
    else { return nil }
    return block(range, expand, depthwise, project)
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

  private func block(
    _ range: Model.FusedRange, _ expand: ConvStage?, _ depthwise: DepthwiseStage, _ project: ConvStage
  ) -> FusedBlock? {
    let operators = range.operators
    let layout = FusedLayout(
      depthwise.geometry, chunk: range.rowsPerGo, hasRing: expand != nil,
      convScratch: max(expand?.scratchByteCount ?? 0, project.scratchByteCount))
    guard layout.scratchByteCount <= Plan.maximumScratchByteCount / threads else { return nil }
    let recomputed = layout.recomputedRowCount(threads: threads)
    let perRow = layout.inputRowByteCount.multipliedReportingOverflow(by: expand?.geometry.depth ?? 0)
    let products = perRow.partialValue.multipliedReportingOverflow(by: recomputed)
    guard !perRow.overflow, !products.overflow else { return nil }
    let middle = operators.dropLast().reduce(0) { $0 + model.tensors[model.operators[$1].outputs[0]].type.byteCount }
    let first = expand == nil ? 0 : 1
    let rowCount = depthwise.geometry.rows.outputExtent
    let share = (rowCount + threads - 1) / threads
    let projectProducts = steps[operators.lowerBound + first + 1].multiplyAccumulateCount
    return FusedBlock(
      operators: operators, rowsPerGo: range.rowsPerGo, ringRowCount: layout.ringRowCount,
      ringByteCount: layout.ringByteCount, scratchByteCount: layout.scratchByteCount, middleByteCount: middle,
      recomputedRowCount: recomputed, recomputedProductCount: products.partialValue,
      isOneShare: threads > 1 && expand == nil && range.rowsPerGo >= share && isLarge(operators),
      unevenProductCount: projectProducts / rowCount / threads * (share * threads - rowCount),
      hasPreferredChunk: range.rowsPerGo >= FusedLayout.preferredChunk(depthwise.geometry), depthwise: first,
      hasAddition: operators.count > first + 2)
  }

  /// Whether fast cores take longer for these operators than for handing out parts, so that threads share them on every board.
  private func isLarge(_ operators: Range<Int>) -> Bool {
    var codes = 0
    for index in operators {
      codes += steps[index].multiplyAccumulateCount / 64
      for output in model.operators[index].outputs { codes += model.tensors[output].type.byteCount }
      guard codes < 5 << 12 else { return true }
    }
    return false
  }
}
