import EdgeModel
import EdgeRuntime
import EdgeTensor

/// Draws the arena: a line for each operator or fused block, the arena's bytes from left to right.
struct MemoryMap {
  /// Columns for the whole arena. With the operator's number, name and bytes the line has 78.
  static let width = 48

  private let plan: Plan
  private let blocks: [MemoryBlock]

  init(_ plan: Plan) {
    self.plan = plan
    blocks = plan.memoryBlocks
  }

  /// Bytes alive while a step runs.
  func liveByteCount(step: Int) -> Int {
    blocks.reduce(0) { $0 + ($1.steps.contains(step) ? $1.byteCount : 0) }
  }

  /// The bytes of a step, an operator or a fused block: `#` what it writes, `r` what it reads, `s` scratch memory, `-` what others need later, `.` free.
  ///
  /// A column shows the first of these that is true of any of its bytes, so that small tensors can be seen.
  func line(operators: Range<Int>) -> Text {
    let step = operators.lowerBound
    var cells = [UInt8](repeating: UInt8(ascii: "."), count: MemoryMap.width)
    for wanted in [UInt8(ascii: "-"), UInt8(ascii: "r"), UInt8(ascii: "s"), UInt8(ascii: "#")] {
      for block in blocks where block.steps.contains(step) && block.byteCount > 0 && mark(block, operators) == wanted {
        let first = block.offset * MemoryMap.width / plan.memory.peak
        let last = (block.offset + block.byteCount - 1) * MemoryMap.width / plan.memory.peak
        for column in first...last { cells[column] = wanted }
      }
    }
    return Text(cells)
  }

  private func mark(_ block: MemoryBlock, _ operators: Range<Int>) -> UInt8 {
    guard case .tensor = block.use else { return UInt8(ascii: "s") }
    let operations = plan.model.operators[operators]
    func isHere(_ tensor: Int) -> Bool {
      guard tensor >= 0, plan.memory.tensorOffsets[tensor] != Model.MemoryPlan.nowhere else { return false }
      let offset = plan.memory.tensorOffsets[tensor]
      return offset < block.offset + block.byteCount
        && block.offset < offset + plan.model.tensors[tensor].type.byteCount
    }
    if operations.contains(where: { $0.outputs.contains(where: isHere) }) { return UInt8(ascii: "#") }
    return operations.contains(where: { $0.inputs.contains(where: isHere) }) ? UInt8(ascii: "r") : UInt8(ascii: "-")
  }
}
