import EdgeKernels
import EdgeTensor

/// The computation of a fused block: `[conv] → depthwise → 1x1 conv → [add]`, a few output rows at a time. The tensors between them
/// never exist as a whole; the bytes of the last are those that one operator after the other gives.
struct FusedKernel: Sendable {
  let expand: ConvStage?
  let depthwise: DepthwiseStage
  let project: ConvStage
  let add: AddStage?
  /// Which operand of `add` the projection is.
  let addOperand: Int
  let layout: FusedLayout

  /// - Parameter scratch: `layout.scratchByteCount` bytes for each worker.
  func step(scratch: Scratch) -> Step {
    var products = 0
    for geometry in [expand?.geometry, depthwise.geometry, project.geometry] {
      guard let (count, length) = geometry?.dotProducts else { continue }
      products = products.addingSaturated(count.multipliedSaturated(by: length))
    }
    return Step(unitCount: layout.rows.outputExtent, kernel: "fused", multiplyAccumulateCount: products) {
      frame, units in run(frame, units, frame.scratch(scratch))
    }
  }

  /// - Parameter units: output rows.
  private func run(_ frame: Frame, _ units: Range<Int>, _ scratch: UnsafeMutableRawPointer) {
    let ring = scratch.assumingMemoryBound(to: Int8.self)
    guard let expand else { return run(frame, units, scratch, from: frame.read(depthwise.input), .max) { _ in } }
    let rest = scratch + layout.ringByteCount + layout.chunkByteCount
    var computed = 0
    // A closure, since reading an optional stage for each band would count references that threads share.
    run(frame, units, scratch, from: UnsafePointer(ring), layout.ringRowCount) { band in
      fill(ring, &computed, layout.inputRows(band), expand, frame, rest)
    }
  }

  /// - Parameters:
  ///   - input: of the depthwise convolution, or its ring of `inputRowCount` rows.
  ///   - prepare: makes the input rows for a band of output rows.
  @inline(__always)
  private func run(
    _ frame: Frame, _ units: Range<Int>, _ scratch: UnsafeMutableRawPointer, from input: UnsafePointer<Int8>,
    _ inputRowCount: Int, prepare: (Range<Int>) -> Void
  ) {
    let rows = (scratch + layout.ringByteCount).assumingMemoryBound(to: Int8.self)
    let rest = UnsafeMutableRawPointer(rows + layout.chunkByteCount)
    var first = units.lowerBound
    while first < units.upperBound {
      let band = first..<min(first + layout.chunk, units.upperBound)
      prepare(band)
      // Kernels find row r of a tensor r rows after its start: here the start is moved so that the first of the band is in place.
      let start = rows - first * layout.outputRowByteCount
      depthwise.kernel(
        input: input, inputRowCount: inputRowCount, weights: frame.read(depthwise.weights),
        channels: depthwise.channels, output: start, units: band)
      let output: UnsafeMutablePointer<Int8> = frame.write(add?.output ?? project.output)
      project.kernel(
        input: start, weights: frame.read(project.weights), channels: project.channels, output: output, units: band,
        scratch: rest)
      if let add { sum(add, output, band, frame) }
      first = band.upperBound
    }
  }

  /// Computes the rows that are needed and not yet in the ring. Row r lies in slot `r % ringRowCount`.
  /// - Parameter computed: one past the last row in the ring.
  private func fill(
    _ ring: UnsafeMutablePointer<Int8>, _ computed: inout Int, _ needed: Range<Int>, _ expand: ConvStage,
    _ frame: Frame, _ scratch: UnsafeMutableRawPointer
  ) {
    computed = max(computed, needed.lowerBound)
    while computed < needed.upperBound {
      let slot = computed % layout.ringRowCount
      let count = min(needed.upperBound - computed, layout.ringRowCount - slot)
      expand.kernel(
        input: frame.read(expand.input), weights: frame.read(expand.weights), channels: expand.channels,
        output: ring + (slot - computed) * layout.inputRowByteCount, units: computed..<(computed + count),
        scratch: scratch)
      computed += count
    }
  }

  /// Adds the other operand to rows of the projection, in place.
  private func sum(_ add: AddStage, _ output: UnsafeMutablePointer<Int8>, _ band: Range<Int>, _ frame: Frame) {
    let rowByteCount = project.geometry.columns.outputExtent * project.geometry.outChannels
    let target = output + band.lowerBound * rowByteCount
    let other: UnsafePointer<Int8> = frame.read(add.inputs[1 - addOperand]) + band.lowerBound * rowByteCount
    let (a, b) = addOperand == 0 ? (UnsafePointer(target), other) : (other, UnsafePointer(target))
    add.kernel.run(a, b, target, count: band.count * rowByteCount, kernel: add.vector)
  }
}

extension Int {
  fileprivate func addingSaturated(_ other: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }

  fileprivate func multipliedSaturated(by other: Int) -> Int {
    let (product, overflow) = multipliedReportingOverflow(by: other)
    return overflow ? .max : product
  }
}
