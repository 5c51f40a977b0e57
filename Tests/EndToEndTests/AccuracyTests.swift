import EdgeRuntime
import Foundation
import Testing

/// Labelled pictures: as many right answers as the reference kernels give.
@Suite struct AccuracyTests {
  /// CIFAR-10 records: a label byte, then 32 x 32 red, green and blue bytes.
  static let recordByteCount = 1 + 3 * 1024

  @Test(.needsSharedData) func `ResNet8 gives as many right answers as the reference`() throws {
    let model = try ConvertedModel(try TestData.shared("models/pretrainedResnet_quant.tflite"))
    let records = try TestData.bytes(try TestData.shared("cifar10/test_500.bin"))
    let interpreter = try Interpreter(try Plan(model.conversion.model, threads: 2))
    var rightCount = 0
    for start in stride(from: 0, to: records.count, by: AccuracyTests.recordByteCount) {
      let input = interpreter.input(0)
      for pixel in 0..<1024 {
        for channel in 0..<3 { input[3 * pixel + channel] = records[start + 1 + 1024 * channel + pixel] ^ 0x80 }
      }
      try interpreter.invoke()
      let codes = interpreter.output(0).map { Int8(bitPattern: $0) }
      if codes.firstIndex(of: codes.max()!) == Int(records[start]) { rightCount += 1 }
    }
    #expect(records.count / AccuracyTests.recordByteCount == 500)
    #expect(rightCount == 436)
  }
}
