import EdgeKernels
import EdgeModel
import EdgeRuntime
import Foundation
import Testing

/// Every kernel variant in turn: the same bytes, fused and unfused, with 1 to 4 threads.
@Suite struct VariantTests {
  /// What this CPU has of each list of features that some kernel asks for; the empty one leaves the kernels that run everywhere.
  static let variants: [CPUFeatures] = {
    let lists: [CPUFeatures] = [
      [], .avx2, [.avx2, .fma], [.avx2, .fma, .avxvnni], [.avx2, .fma, .avx512vnni], .neon, [.neon, .dotprod],
    ]
    return lists.filter { CPUFeatures.detected.isSuperset(of: $0) }
  }()

  /// A short form: what runs everywhere is slow in unoptimized builds, so it gets one thread count.
  @Test(.needsSharedData, arguments: Manifest.sharedCases("goldens").filter { !$0.isFloat && $0.case.hasPrefix("r") })
  func `kernels of every kind give the reference bytes`(_ test: Manifest.Case) throws {
    let model = try ConvertedModel(try TestData.shared("models/\(test.model)"))
    let folder = try TestData.shared("goldens")
    let inputs = try test.inputs.map { try Manifest.bytes(of: $0, in: folder) }
    let expected = try test.outputs.map { try Manifest.bytes(of: $0, in: folder) }
    for cpu in VariantTests.variants {
      for fuses in [true, false] {
        for threads in cpu.isEmpty ? [2] : [1, 2, 3, 4] {
          let plan = try Plan(model.conversion.model, threads: threads, fuses: fuses, cpu: cpu)
          let interpreter = try Interpreter(plan)
          try ConvertedModel.fill(interpreter, inputs)
          try interpreter.invoke()
          let outputs = (0..<interpreter.outputCount).map { [UInt8](interpreter.output($0)) }
          #expect(outputs == expected, "\(cpu.description), \(threads) threads, fuses: \(fuses)")
        }
      }
    }
  }
}

/// The same of a program, with every variant forced by `EDGEINFER_CPU`: `make test-every-variant`, minutes.
///
/// `EDGEINFER_UNDER_TEST` is the program, perhaps behind an emulator; `EDGEINFER_VARIANTS` what `EDGEINFER_CPU` is to be, in turn.
@Suite struct ProgramVariantTests {
  static let command = words("EDGEINFER_UNDER_TEST")
  static let variants = words("EDGEINFER_VARIANTS")

  private static func words(_ variable: String) -> [String] {
    (ProcessInfo.processInfo.environment[variable] ?? "").split(separator: " ").map { String($0) }
  }

  @Test(
    .needsSharedData, .enabled(if: !variants.isEmpty, "run `make test-every-variant`"),
    arguments: Manifest.sharedCases("goldens").filter { !$0.isFloat })
  func `every variant gives the reference bytes`(_ test: Manifest.Case) throws {
    let model = try ConvertedModel(try TestData.shared("models/\(test.model)"))
    let folder = try TestData.shared("goldens")
    let expected = try test.outputs.map { try Manifest.bytes(of: $0, in: folder) }
    try Programs.withTemporaryFolder { temporary in
      let edge = model.conversion.model
      let file = temporary.appendingPathComponent("model.edge")
      try Data(model.conversion.bytes).write(to: file)
      var arguments = ["run", "-m", file.path, "-o", temporary.path]
      for (index, input) in test.inputs.enumerated() {
        let array = temporary.appendingPathComponent("input-\(index).npy")
        try Programs.writeNumpy(Manifest.bytes(of: input, in: folder), edge.tensors[edge.inputs[index]].type, to: array)
        arguments += ["-i", array.path]
      }
      try forEachVariant { run, label in
        try run(arguments)
        for index in edge.outputs.indices {
          let output = temporary.appendingPathComponent("output-\(index).npy")
          #expect(try Programs.readNumpy(output) == expected[index], "\(label), output \(index)")
          try FileManager.default.removeItem(at: output)
        }
      }
    }
  }

  /// The network that has no stored outputs: every operator's output is compared with those of this process.
  @Test(.needsSharedData, .enabled(if: !variants.isEmpty, "run `make test-every-variant`"))
  func `every variant computes what conversion stored of MobileNetV2`() throws {
    let model = try ConvertedModel(try TestData.shared("models/tf2_mobilenet_v2_1.0_224_ptq.tflite"))
    try Programs.withTemporaryFolder { temporary in
      let file = temporary.appendingPathComponent("model.edge")
      try Data(model.conversion.bytes).write(to: file)
      try forEachVariant { run, label in
        #expect(throws: Never.self, "\(label)") { try run(["verify", "-m", file.path]) }
      }
    }
  }

  private func forEachVariant(_ body: (_ run: ([String]) throws -> Void, _ label: String) throws -> Void) throws {
    let program = URL(fileURLWithPath: try #require(ProgramVariantTests.command.first))
    for variant in ProgramVariantTests.variants {
      for flags in [[], ["--no-fuse"]] {
        for threads in 1...4 {
          let options = flags + ["-t", "\(threads)"]
          try body(
            { arguments in
              try Programs.run(
                program, ProgramVariantTests.command.dropFirst() + arguments + options,
                environment: ["EDGEINFER_CPU": variant])
            }, "\(variant) \(options)")
        }
      }
    }
  }
}
