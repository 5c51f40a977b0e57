import EdgeModel
import EdgeTensor

/// Which pieces of arena memory a model needs and when. A buffer holds one tensor, or several of which all but the first are
/// views of it.
struct Liveness {
  struct Buffer {
    var byteCount: Int
    /// Steps during which the bytes matter; −1 stands for "before the first step", `stepCount` for "after the last".
    var first: Int
    var last: Int
  }

  /// By buffer.
  var buffers: [Buffer] = []
  /// By tensor: which buffer holds it, or nil for constants.
  var bufferOfTensor: [Int?]
}

extension Liveness {
  /// - Parameter blocks: their operators count as one step, that of the first; the tensors inside have no memory.
  init(_ model: Model, isView: [Bool], blocks: [FusedBlock] = []) {
    self.init(bufferOfTensor: [Int?](repeating: nil, count: model.tensors.count))
    func define(_ tensor: Int, at step: Int, in liveness: inout Liveness) {
      liveness.bufferOfTensor[tensor] = liveness.buffers.count
      liveness.buffers.append(
        Buffer(byteCount: MemoryPlanner.aligned(model.tensors[tensor].type.byteCount), first: step, last: step))
    }
    for tensor in model.inputs { define(tensor, at: -1, in: &self) }
    var next = 0  // block
    for (index, operation) in model.operators.enumerated() {
      if next < blocks.count, index >= blocks[next].operators.upperBound { next += 1 }
      let isFused = next < blocks.count && blocks[next].operators.contains(index)
      let step = isFused ? blocks[next].operators.lowerBound : index
      for tensor in operation.inputs where tensor >= 0 {
        if let buffer = bufferOfTensor[tensor] { buffers[buffer].last = step }
      }
      if isFused, index + 1 < blocks[next].operators.upperBound { continue }
      for tensor in operation.outputs {
        if isView[index], let source = operation.inputs.first, source >= 0, let buffer = bufferOfTensor[source] {
          bufferOfTensor[tensor] = buffer
        } else {
          define(tensor, at: step, in: &self)
        }
      }
    }
    for tensor in model.outputs {
      if let buffer = bufferOfTensor[tensor] { buffers[buffer].last = model.operators.count }
    }
  }

  /// The largest sum of bytes alive at one step: no plan can need less.
  /// - Parameter scratch: bytes by step.
  func lowerBound(stepCount: Int, scratch: [Int]) -> (byteCount: Int, step: Int) {
    var change = [Int](repeating: 0, count: stepCount + 3)
    for buffer in buffers {
      change[buffer.first + 1] += buffer.byteCount
      change[buffer.last + 2] -= buffer.byteCount
    }
    var live = 0
    var largest = (byteCount: 0, step: 0)
    for step in -1...stepCount {
      live += change[step + 1]
      let total = live + (scratch.indices.contains(step) ? scratch[step] : 0)
      if total > largest.byteCount { largest = (total, step) }
    }
    return largest
  }
}
