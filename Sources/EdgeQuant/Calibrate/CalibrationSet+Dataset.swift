import EdgeModel
import EdgeTensor

extension CalibrationSet {
  /// Encoded samples are kept in memory up to this size; those beyond are read and encoded again each time.
  private static let maximumKeptByteCount = 384 << 20

  /// The samples of a data set that can be read, as inputs of a network in source form. Those that are alike in every byte count once:
  /// a folder of mostly black pictures says no more than one of them.
  /// - Parameter limit: more are thinned out evenly.
  /// - Throws: `data` if none can be read, or the network is not one of a single input.
  public init(
    _ data: Dataset, for graph: Graph, preprocessing: Preprocessing?, limit: Int, report: inout Report
  ) throws(QuantError) {
    guard graph.inputs.count == 1, let type = graph.inputTypes.first else {
      throw .calibration("the network has \(graph.inputs.count) inputs; calibration supports networks of one")
    }
    let data = data.subset(limit)
    var unreadable = UnreadableSamples()
    var usable: [Int] = []
    var hashes: Set<UInt64> = []
    var repeatedCount = 0
    var kept: [[UInt8]] = []
    do throws(DataError) {
      let encoder = try InputEncoder(type, preprocessing: preprocessing)
      var bytes = [UInt8](repeating: 0, count: type.byteCount)
      for index in 0..<data.count {
        do throws(DataError) {
          try encoder.write(try data.sample(index), into: &bytes)
          guard hashes.insert(bytes.withUnsafeBytes(xxh64)).inserted else {
            repeatedCount += 1
            continue
          }
          usable.append(index)
          if (kept.count + 1) * bytes.count <= CalibrationSet.maximumKeptByteCount { kept.append(bytes) }
        } catch {
          unreadable.add(error)
        }
      }
      try unreadable.note(of: data.count, path: data.path, in: &report)
    } catch {
      throw .data(error)
    }
    guard !usable.isEmpty else { throw .calibration("\(data.path) has no samples") }
    if repeatedCount > 0 {
      report.note(
        "\(data.path): \(repeatedCount) of \(repeatedCount + usable.count) samples repeat others exactly; each counts once"
      )
    }
    let (places, encoded) = (usable, kept)
    self.init(count: usable.count) { () throws(QuantError) -> Fill in
      let encoder: InputEncoder
      do throws(DataError) { encoder = try InputEncoder(type, preprocessing: preprocessing) } catch {
        throw .data(error)
      }
      return { index, executor throws(QuantError) in
        guard index >= encoded.count else { return executor.input(0).copyBytes(from: encoded[index]) }
        do throws(DataError) {
          try encoder.write(try data.sample(places[index]), into: executor.input(0))
        } catch {
          throw .data(error)
        }
      }
    }
  }
}

extension InputEncoder {
  fileprivate func write(_ sample: Sample, into bytes: inout [UInt8]) throws(DataError) {
    let result = bytes.withUnsafeMutableBytes { bytes in
      Result { () throws(DataError) in try write(sample, into: bytes) }
    }
    try result.get()
  }
}
