/// The memory of one thread that runs a `DifferentiableNetwork` over blocks of samples: what every activation is and, going backwards, how
/// the loss changes with it. Both are row-major `[samples, elements]`.
final class BlockFrame {
  /// Samples that fit.
  let capacity: Int
  /// Samples of the block at hand, in `1...capacity`.
  var sampleCount = 0
  /// By slot.
  private let values: [UnsafeMutablePointer<Float>]
  /// By slot; one element where nothing asks for the gradient.
  private let gradients: [UnsafeMutablePointer<Float>]
  private let sizes: [Int]
  /// For the use of one step at a time.
  let scratch: UnsafeMutablePointer<Float>
  /// All parameters, one after the other.
  var parameters: UnsafePointer<Float>
  /// The sums over samples to which steps add.
  var parameterGradients: UnsafeMutablePointer<Float>

  /// - Parameter isForwardOnly: leaves out the memory of gradients.
  init(_ network: DifferentiableNetwork, capacity: Int, isForwardOnly: Bool = false) {
    self.capacity = capacity
    sizes = network.slots.map { isForwardOnly || !$0.needsGradient ? 0 : $0.count * capacity }
    values = network.slots.map { .allocate(capacity: max($0.count * capacity, 1)) }
    gradients = sizes.map { .allocate(capacity: max($0, 1)) }
    scratch = .allocate(capacity: max(network.scratchCount(samples: capacity), 1))
    // Never read before `parameters` is set.
    parameters = UnsafePointer(scratch)
    parameterGradients = scratch
  }

  deinit {
    for pointer in values + gradients + [scratch] { pointer.deallocate() }
  }

  func values(_ slot: Slot) -> UnsafeMutablePointer<Float> { values[slot.index] }
  func gradients(_ slot: Slot) -> UnsafeMutablePointer<Float> { gradients[slot.index] }

  func clearGradients() {
    for (pointer, size) in zip(gradients, sizes) { pointer.update(repeating: 0, count: size) }
  }
}

/// Where an activation lies in a frame. Tensors that hold the same elements in the same order share one.
struct Slot: Sendable {
  let index: Int
  /// Elements of a sample.
  let count: Int
  /// Whether a parameter stands before it.
  let needsGradient: Bool
}
