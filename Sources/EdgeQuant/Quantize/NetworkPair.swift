import EdgeTensor
import Foundation

/// A float network beside an int8 form of it, both ready to run, to measure how far they are apart.
struct NetworkPair {
  /// Signal and noise of one tensor over all samples, in squared units of the float tensor.
  struct Energy: Equatable {
    var signal = 0.0
    var noise = 0.0

    /// Signal-to-quantization-noise ratio in decibels; infinite where the two are equal. Never below −300, which stands for noise where
    /// the float tensor is 0 throughout.
    var sqnr: Double { noise > 0 ? max(10 * log10(signal / noise), -300) : .infinity }

    mutating func add(_ other: Energy) {
      signal += other.signal
      noise += other.noise
    }
  }

  private let source: Graph
  private let float: CompiledGraph
  private let quantized: CompiledGraph
  /// By tensor of the quantized graph: that of the source that it stands for, and how its codes are read.
  private let meaning: [Int: (tensor: Int, params: QuantParams?)]

  init(_ source: Graph, float: CompiledGraph, _ recipe: QuantizationRecipe) throws(QuantError) {
    self.source = source
    self.float = float
    // Both networks are given the same float inputs.
    var inner = recipe
    inner.io = .float
    let graph = try source.quantized(by: inner)
    quantized = try CompiledGraph(graph)
    var meaning: [Int: (tensor: Int, params: QuantParams?)] = [:]
    let byName = Dictionary(
      source.tensors.indices.map { (source.tensors[$0].name, $0) }, uniquingKeysWith: { first, _ in first })
    for (index, tensor) in graph.tensors.enumerated() where !tensor.isConstant {
      let suffix = tensor.dataType == .int8 ? "/int8" : "/float"
      let name = tensor.name.hasSuffix(suffix) ? String(tensor.name.dropLast(suffix.count)) : tensor.name
      guard let known = byName[tensor.name] ?? byName[name] else { continue }
      meaning[index] = (known, tensor.dataType == .int8 ? tensor.singleQuantization : nil)
    }
    self.meaning = meaning
  }

  /// Energies by source tensor, of those in `tensors` or of all activations.
  func energies(
    _ set: CalibrationSet, _ workers: Workers, of tensors: Set<Int>? = nil
  ) throws(QuantError) -> [Int: Energy] {
    try energiesBySample(set, workers, of: tensors).reduce(into: [:]) { total, sample in
      for (tensor, energy) in sample { total[tensor, default: Energy()].add(energy) }
    }
  }

  /// Signal to noise of the network's answer, in decibels, by mean lengths over samples and not by mean squares: few samples must do to take
  /// decisions, and a single odd one must not take them all.
  func ratio(_ set: CalibrationSet, _ workers: Workers) throws(QuantError) -> Double {
    var lengths = Energy()
    for sample in try energiesBySample(set, workers, of: source.decisiveTensors) {
      let tensors = sample.sorted { $0.key < $1.key }
      lengths.signal += tensors.reduce(0) { $0 + $1.value.signal }.squareRoot()
      lengths.noise += tensors.reduce(0) { $0 + $1.value.noise }.squareRoot()
    }
    return 2 * lengths.sqnr
  }

  private func energiesBySample(
    _ set: CalibrationSet, _ workers: Workers, of tensors: Set<Int>?
  ) throws(QuantError) -> [[Int: Energy]] {
    let workers = Workers(min(workers.count, set.count))
    var state: [(GraphExecutor, GraphExecutor, CalibrationSet.Fill)] = []
    for _ in 0..<workers.count {
      state.append((try GraphExecutor(float), try GraphExecutor(quantized), try set.makeFill()))
    }
    return try workers.map(set.count) { worker, sample throws(QuantError) -> [Int: Energy] in
      let (float, quantized, fill) = state[worker]
      var reference: [Int: [Float]] = [:]
      try fill(sample, float)
      try float.run { tensor, bytes in
        guard source.tensors[tensor].dataType == .float32, tensors?.contains(tensor) ?? true else { return }
        reference[tensor] = Array(bytes.bindMemory(to: Float.self))
      }
      var energies: [Int: Energy] = [:]
      try fill(sample, quantized)
      try quantized.run { index, bytes in
        guard let (tensor, params) = meaning[index], let values = reference[tensor] else { return }
        // Where a tensor exists in both forms the codes say what became of it.
        if params == nil, energies[tensor] != nil { return }
        energies[tensor] = NetworkPair.energy(values, UnsafeRawBufferPointer(bytes), params)
      }
      return energies
    }
  }

  private static func energy(_ values: [Float], _ bytes: UnsafeRawBufferPointer, _ params: QuantParams?) -> Energy {
    var energy = Energy()
    if let params {
      let codes = bytes.bindMemory(to: Int8.self)
      for (index, value) in values.enumerated() {
        let real = params.scale * Float(Int32(codes[index]) - params.zeroPoint)
        energy.signal += Double(value) * Double(value)
        energy.noise += Double(value - real) * Double(value - real)
      }
    } else {
      let reals = bytes.bindMemory(to: Float.self)
      for (index, value) in values.enumerated() {
        energy.signal += Double(value) * Double(value)
        energy.noise += Double(value - reals[index]) * Double(value - reals[index])
      }
    }
    return energy
  }
}

extension Graph {
  /// The tensors in which a network's answer shows best: its outputs, or what goes into a last softmax or sigmoid, which would flatten
  /// differences.
  var decisiveTensors: Set<Int> {
    let producers = producers
    return Set(
      outputs.map { output in
        guard let producer = producers[output], let input = nodes[producer].inputs.first ?? nil,
          ["softmax", "log_softmax", "logistic"].contains(nodes[producer].operatorName)
        else { return output }
        return input
      }.filter { tensors[$0].dataType == .float32 })
  }
}
