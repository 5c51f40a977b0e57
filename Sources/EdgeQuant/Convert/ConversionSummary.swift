import EdgeModel

/// What a finished file holds, for people.
public struct ConversionSummary: CustomStringConvertible {
  private let model: Model

  public init(_ model: Model) { self.model = model }

  public var description: String {
    var counts: [(name: String, count: Int)] = []
    for operation in model.operators {
      if let index = counts.firstIndex(where: { $0.name == operation.name }) {
        counts[index].count += 1
      } else {
        counts.append((operation.name, 1))
      }
    }
    let kinds = counts.map { "\($0.name) \($0.count)" }.joined(separator: ", ")
    let constantByteCount = model.tensors.reduce(0) { $0 + ($1.data?.count ?? 0) }
    let peaks = [false, true].map { fused in
      model.plans.filter { $0.isFused == fused }.map {
        "\($0.peak) with \($0.threads) thread\($0.threads == 1 ? "" : "s")"
      }
    }
    var lines = [
      "operators: \(model.operators.count) (\(kinds))",
      "inputs: \(types(model.inputs))",
      "outputs: \(types(model.outputs))",
      "file: \(model.byteCount) bytes, of them weights: \(constantByteCount)",
      "peak memory in bytes: \(peaks[0].joined(separator: ", "))",
    ]
    if !peaks[1].isEmpty { lines.append("with fused operators: \(peaks[1].joined(separator: ", "))") }
    if model.labelCount > 0 { lines.append("labels: \(model.labelCount)") }
    if let preprocessing = model.preprocessing {
      let mean = preprocessing.mean.map { "\($0)" }.joined(separator: ",")
      let deviation = preprocessing.standardDeviation.map { "\($0)" }.joined(separator: ",")
      lines.append(
        "preprocessing: \(preprocessing.color.name), \(preprocessing.crop.name) \(preprocessing.cropFraction), "
          + "mean \(mean), std \(deviation)")
    }
    return lines.joined(separator: "\n")
  }

  private func types(_ tensors: [Int]) -> String {
    tensors.map { "\(model.tensors[$0].type) \"\(model.tensorName($0))\"" }.joined(separator: ", ")
  }
}
