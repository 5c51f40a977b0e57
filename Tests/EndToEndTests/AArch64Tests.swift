import EdgeModel
import EdgeQuant
import EdgeRuntime
import EdgeTensor
import Foundation
import Testing
import _EdgeTestSupport

/// The program that ships, as it ships: static, for aarch64, on every core we promise. QEMU has each core's instructions and
/// no others.
@Suite(.serialized) struct AArch64Tests {
  static let cores = ["cortex-a53", "cortex-a72", "cortex-a76", "max"]

  @Test(.needsAArch64, .needsSharedData, arguments: cores)
  func integerModelsGiveTheReferenceBytesWithAnyThreadCount(_ core: String) throws {
    for test in Manifest.sharedCases("goldens") where !test.isFloat {
      let model = try ConvertedModel(try TestData.shared("models/\(test.model)"))
      for threads in 1...4 {
        try expectReferenceBytes(
          test, model, in: try TestData.shared("goldens"), core: core, threads: threads, label: "\(threads) threads")
      }
    }
  }

  @Test(.needsAArch64, arguments: cores)
  func operatorsGiveTheReferenceBytes(_ core: String) throws {
    let folder = TestData.fixtures.appendingPathComponent("operators")
    for test in try Manifest(folder).cases where !test.isFloat {
      let model = try ConvertedModel(folder.appendingPathComponent(test.model))
      try expectReferenceBytes(test, model, in: folder, core: core, threads: 2, label: "")
    }
  }

  @Test(.needsAArch64, .needsSharedData, arguments: cores)
  func floatModelsStayWithinTheirTolerance(_ core: String) throws {
    for test in Manifest.sharedCases("goldens") where test.isFloat {
      let model = try ConvertedModel(try TestData.shared("models/\(test.model)"))
      let folder = try TestData.shared("goldens")
      let outputs = try run(test, model, in: folder, core: core, threads: 1)
      for (output, expected) in zip(outputs, test.outputs) {
        let difference = Comparison.relative(
          Comparison.floats(output), Comparison.floats(try Manifest.bytes(of: expected, in: folder)),
          tolerance: GoldenModelTests.hybridTolerances[test.model] ?? 1e-4)
        #expect(difference == nil, "\(test.model) \(test.case)")
      }
    }
  }

  /// The network that has no stored outputs.
  @Test(.needsAArch64, .needsSharedData, .needsLiteRT, arguments: cores)
  func mobileNetV2GivesTheBytesOfTheReferenceKernels(_ core: String) throws {
    let source = try TestData.shared("models/tf2_mobilenet_v2_1.0_224_ptq.tflite")
    let model = try ConvertedModel(source)
    let type = model.conversion.model.tensors[model.conversion.model.inputs[0]].type
    var random = SplitMix64(seed: 6)
    let input = (0..<type.byteCount).map { _ in UInt8(random.int(in: 0...255)) }
    let expected = try Programs.litertReference(source, input, type)
    for threads in 1...4 {
      for flags in [[], ["--no-fuse"]] {
        let output = try run(model, [input], core: core, threads: threads, flags: flags)[0]
        #expect(Comparison.exact(output, expected) == nil, "\(threads) threads \(flags), seed 6")
      }
    }
  }

  @Test(.needsAArch64, .needsSharedData, arguments: cores)
  func theStoredChecksHold(_ core: String) throws {
    for name in ["vww_96_int8", "pretrainedResnet", "kws_ref_model"] {
      let model = try ConvertedModel(try TestData.shared("models/\(name).tflite"))
      try Programs.withTemporaryFolder { folder in
        let file = folder.appendingPathComponent("model.edge")
        try Data(model.conversion.bytes).write(to: file)
        try Programs.run(
          #require(Programs.qemu), ["-cpu", core, #require(Programs.aarch64).path, "verify", "-m", file.path])
      }
    }
  }

  private func expectReferenceBytes(
    _ test: Manifest.Case, _ model: ConvertedModel, in folder: URL, core: String, threads: Int, label: String
  ) throws {
    for (output, expected) in zip(try run(test, model, in: folder, core: core, threads: threads), test.outputs) {
      let difference = Comparison.exact(output, try Manifest.bytes(of: expected, in: folder))
      #expect(difference == nil, "\(test.model) \(test.case) \(label), output \(expected.name ?? "")")
    }
  }

  /// `edgeinfer run` on one case.
  private func run(
    _ test: Manifest.Case, _ model: ConvertedModel, in folder: URL, core: String, threads: Int
  ) throws -> [[UInt8]] {
    try run(model, test.inputs.map { try Manifest.bytes(of: $0, in: folder) }, core: core, threads: threads)
  }

  /// `edgeinfer run`: bytes by input to bytes by output, in model order.
  private func run(
    _ model: ConvertedModel, _ inputs: [[UInt8]], core: String, threads: Int, flags: [String] = []
  ) throws -> [[UInt8]] {
    try Programs.withTemporaryFolder { temporary in
      let file = temporary.appendingPathComponent("model.edge")
      try Data(model.conversion.bytes).write(to: file)
      var arguments = ["-cpu", core, try #require(Programs.aarch64).path, "run", "-m", file.path, "-t", "\(threads)"]
      arguments += flags + ["-o", temporary.path]
      let edge = model.conversion.model
      for (index, input) in inputs.enumerated() {
        let array = temporary.appendingPathComponent("input-\(index).npy")
        try Programs.writeNumpy(input, edge.tensors[edge.inputs[index]].type, to: array)
        arguments += ["-i", array.path]
      }
      try Programs.run(#require(Programs.qemu), arguments)
      return try edge.outputs.indices.map {
        try Programs.readNumpy(temporary.appendingPathComponent("output-\($0).npy"))
      }
    }
  }
}
