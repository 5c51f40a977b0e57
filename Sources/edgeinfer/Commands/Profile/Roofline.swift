import CEdgeSystem
import EdgeKernels
import EdgeModel
import EdgeRuntime

/// What this machine can do at most, measured now (Williams et al., "Roofline", 2009): products in registers, and copies of as many bytes as
/// the model moves.
struct Roofline {
  /// 10^9 multiply-accumulates a second.
  let peak: Double
  /// 10^9 bytes a second, read and written ones counted.
  let bandwidth: Double
  /// What was copied, from and to.
  let byteCount: Int

  /// - Returns: nil if memory for it is missing.
  init?(_ plan: Plan, threads: Int) {
    // Half is read and half written; smaller copies are faster than their bookkeeping lets them seem.
    byteCount = max(plan.model.byteCount + plan.memory.peak, 1 << 16)
    let half = byteCount / 2
    guard let memory = edge_allocate(2 * half * threads, 64) else { return nil }
    defer { edge_free(memory) }
    memory.initializeMemory(as: UInt8.self, repeating: 1, count: 2 * half * threads)
    guard let products = RooflineWork.rate(threads, .multiply(PeakRate(int8: plan.cpu))),
      let bytes = RooflineWork.rate(threads, .copy(memory, half))
    else { return nil }
    (peak, bandwidth) = (products, bytes)
  }

  /// Which roof an operator is under: that of products or that of bytes, whichever allows fewer products a second for as many as it has of
  /// both; neither if it reaches less than a quarter of both.
  func bound(macs: Int, bytes: Int, nanoseconds: Double) -> Bound {
    guard nanoseconds > 0 else { return .neither }
    let (compute, memory) = (Double(macs) / nanoseconds / peak, Double(bytes) / nanoseconds / bandwidth)
    if max(compute, memory) < 0.25 { return .neither }
    return compute >= memory ? .compute : .memory
  }

  enum Bound {
    case compute, memory, neither

    var name: StaticString {
      switch self {
      case .compute: "compute"
      case .memory: "memory"
      case .neither: "neither"
      }
    }
  }
}

/// What all threads do at the same time.
private struct RooflineWork {
  enum Kind {
    case multiply(PeakRate)
    /// Half of as many bytes for each thread, and how many these are.
    case copy(UnsafeMutableRawPointer, Int)
  }

  private let kind: Kind
  /// By thread: products or bytes.
  private let amounts: UnsafeMutablePointer<Int>

  /// 10^9 products or bytes a second, the best of five times; nil if threads are refused.
  static func rate(_ threads: Int, _ kind: Kind) -> Double? {
    guard let pool = edge_pool_create(Int32(threads)) else { return nil }
    defer { edge_pool_destroy(pool) }
    let amounts = UnsafeMutablePointer<Int>.allocate(capacity: threads)
    defer { amounts.deallocate() }
    var work = RooflineWork(kind: kind, amounts: amounts)
    var best = 0.0
    for _ in 0..<5 {
      _ = edge_pool_wake(pool)
      let start = edge_clock_ns()
      withUnsafeMutablePointer(to: &work) { work in
        edge_pool_run(
          pool,
          { context, _, part in context!.assumingMemoryBound(to: RooflineWork.self).pointee.run(Int(part)) }, work, 1)
      }
      let time = edge_clock_ns() - start
      var amount = 0
      for part in 0..<threads { amount += amounts[part] }
      best = max(best, Double(amount) / Double(max(time, 1)))
    }
    return best
  }

  private func run(_ part: Int) {
    switch kind {
    case .multiply(let rate): amounts[part] = rate.run(rounds: 100_000)
    case .copy(let memory, let half):
      let own = memory + 2 * half * part
      let count = max((1 << 22) / half, 1)
      for _ in 0..<count { (own + half).copyMemory(from: own, byteCount: half) }
      amounts[part] = 2 * half * count
    }
  }
}
