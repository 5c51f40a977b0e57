import EdgeModel
import EdgeRuntime
import Foundation
import Testing
import _EdgeTestSupport

/// Damaged files go through everything a program does with a model: load, plan, run. Each ends in a typed error or a result;
/// anything else ends the test process, in particular under `--sanitize=address`.
@Suite("The .edge file: damage")
struct DamageTests {
  /// Tests run in slices so that every processor has work.
  static let slices = 8

  static let triesEveryValue = ProcessInfo.processInfo.environment["EDGEINFER_EVERY_CORRUPTION"] != nil

  @Test("Every truncation ends in a typed error", arguments: 0..<slices)
  func truncations(_ slice: Int) throws {
    let bytes = try fullContents().encoded()
    for count in stride(from: slice, to: bytes.count, by: DamageTests.slices) {
      // Bytes at the end may be padding; everything else is needed.
      if exercise([UInt8](bytes[..<count])) != .refused { #expect(count > bytes.count - 64) }
    }
  }

  /// Bytes of structure get every bit flipped, and extreme and neighbouring values; constants, which decide less, two others. With
  /// EDGEINFER_EVERY_CORRUPTION set, every byte gets all 255 others, which takes minutes: `make test-every-corruption`.
  @Test("Every damaged byte ends in a typed error or a result", arguments: 0..<slices)
  func singleBytes(_ slice: Int) throws {
    let bytes = try fullContents().encoded()
    let model = try load(bytes)
    var isConstant = [Bool](repeating: false, count: bytes.count)
    for tensor in model.tensors {
      for offset in tensor.data ?? 0..<0 { isConstant[offset] = true }
    }
    var outcomes: [Outcome: Int] = [:]
    for offset in stride(from: slice, to: bytes.count, by: DamageTests.slices) {
      let byte = bytes[offset]
      var others = Set((0..<8).map { byte ^ 1 << $0 } + [0, 0x7F, 0xFF, byte &- 1])
      if isConstant[offset] { others = [~byte, byte ^ 0x80] }
      if DamageTests.triesEveryValue { others = Set(0...255) }
      var damaged = bytes
      for other in others where other != byte {
        damaged[offset] = other
        outcomes[exercise(damaged, threads: offset % 64 == slice ? 2 : 1), default: 0] += 1
      }
    }
    // The test means little unless damage gets as far as each stage.
    for outcome in [Outcome.refused, .unplannable, .ran] { #expect(outcomes[outcome, default: 0] > 100) }
  }

  @Test("Several damaged bytes at once end in a typed error or a result", arguments: 0..<slices)
  func manyBytes(_ slice: Int) throws {
    let bytes = try fullContents().encoded()
    var random = SplitMix64(seed: UInt64(slice))
    for _ in 0..<150 {
      var damaged = bytes
      for _ in 0..<random.int(in: 2...4) {
        damaged[random.int(in: 0...(bytes.count - 1))] = UInt8(truncatingIfNeeded: random.next())
      }
      _ = exercise(damaged)
    }
  }

  @Test("Whole 32-bit words replaced by hostile numbers end in a typed error or a result", arguments: 0..<slices)
  func words(_ slice: Int) throws {
    let bytes = try fullContents().encoded()
    for offset in stride(from: 4 * slice, to: bytes.count - 3, by: 4 * DamageTests.slices) {
      for value in [1, .max, .min, -1, 1 << 16] as [Int32] {
        var damaged = bytes
        withUnsafeBytes(of: value.littleEndian) { damaged.replaceSubrange(offset..<(offset + 4), with: $0) }
        _ = exercise(damaged)
      }
    }
  }

  enum Outcome: Hashable { case refused, unplannable, tooLarge, failed, ran }

  /// Loads, reads everything, plans and runs.
  private func exercise(_ bytes: [UInt8], threads: Int = 1) -> Outcome {
    do throws(ModelError) {
      let model = try load(bytes)
      var characters = 0
      for index in model.tensors.indices {
        characters += model.tensorName(index).utf8.count + model.scales(index).count
      }
      for index in model.operators.indices { characters += model.nodeName(index).utf8.count }
      for index in -1...model.labelCount { characters += model.label(index)?.utf8.count ?? 0 }
      #expect(characters <= 8 * bytes.count)
      return run(model, threads: threads)
    } catch {
      #expect(!error.description.isEmpty)
      return .refused
    }
  }

  private func run(_ model: Model, threads: Int) -> Outcome {
    let interpreter: Interpreter
    do throws(LoadError) {
      let plan = try Plan(model, threads: threads)
      // Damage may ask for any amount of memory, which the system may grant.
      guard plan.memory.peak <= 16 << 20 else { return .tooLarge }
      interpreter = try Interpreter(plan)
    } catch {
      #expect(!error.description.isEmpty)
      return .unplannable
    }
    for index in 0..<interpreter.inputCount {
      for (offset, _) in interpreter.input(index).enumerated() {
        interpreter.input(index)[offset] = UInt8(truncatingIfNeeded: 37 &* offset)
      }
    }
    do throws(InvokeError) { try interpreter.invoke() } catch { return .failed }
    for index in 0..<interpreter.outputCount { _ = xxh64(interpreter.output(index)) }
    return .ran
  }
}
