import EdgeModel
import EdgeRuntime
import EdgeTensor
import Testing
import _EdgeTestSupport

/// What the fixtures of `conv_2d` and `depthwise_conv_2d` leave to chance.
@Suite struct ConvolutionTests {
  @Test(arguments: [("conv_2d", Layout.o16), ("depthwise_conv_2d", .c16)])
  func `dilation along the height and along the width are told apart`(name: String, layout: Layout) throws {
    let image: [[Float]] = [[1, 2, 3, 4, 5, 6], [7, 8, 9, 0, 1, 2], [3, 4, 5, 6, 7, 8], [9, 0, 1, 2, 3, 4]]
    let taps: [Float] = [1, 10, 100, 1000]
    var contents = TinyModel(
      name,
      [
        .init(image.flatMap { $0 }, [1, 4, 6, 1]), .init(taps, [1, 2, 2, 1], isConstant: true),
        .init([0] as [Float], isConstant: true),
      ],
      outputs: [TensorType(.float32, 1, 3, 3, 1)],
      attributes: [
        Attribute("padding", text: "valid"), Attribute("dilation_h", 1), Attribute("dilation_w", 3),
      ]
    ).contents()
    // One channel: sixteen places for each tap, the first of them in use.
    contents.tensors[1].layout = layout
    contents.tensors[1].data = taps.flatMap { [$0] + [Float](repeating: 0, count: 15) }.withUnsafeBytes { Array($0) }

    let interpreter = try Interpreter(Plan(Model(ModelBytes(copying: contents.encoded()))))
    image.flatMap { $0 }.withUnsafeBytes { interpreter.input(0).copyMemory(from: $0) }
    try interpreter.invoke()
    let output = interpreter.output(0).bindMemory(to: Float.self)
    for y in 0..<3 {
      for x in 0..<3 {
        let expected =
          image[y][x] + 10 * image[y][x + 3] + 100 * image[y + 1][x] + 1000 * image[y + 1][x + 3]
        #expect(output[3 * y + x] == expected)
      }
    }
  }

  @Test(arguments: 1...3) func `a transposed convolution with explicit padding inverts the shape rule`(threads: Int)
    throws
  {
    // 3x3, stride 2, one pixel of padding before and none after: output 2·3 − 2 + 3 − 1 = 6.
    let x: [Float] = [1, 2, 3, 4, 5, 6, 7, 8, 9]
    let taps: [Float] = [1, 10, 100, 1000, 10_000, 100_000, 2, 20, 200]
    let output = try TinyModel(
      "transpose_conv",
      [
        .init([1, 6, 6, 1] as [Int32], isConstant: true), .init(taps, [1, 3, 3, 1], isConstant: true),
        .init(x, [1, 3, 3, 1]),
      ],
      outputs: [TensorType(.float32, 1, 6, 6, 1)],
      attributes: [
        Attribute("padding", text: "explicit"), Attribute("pads", ints: [1, 1, 0, 0]), Attribute("stride_h", 2),
        Attribute("stride_w", 2),
      ]
    ).values(threads: threads, as: Float.self)
    var expected = [Float](repeating: 0, count: 36)
    for (i, value) in x.enumerated() {
      for (t, tap) in taps.enumerated() {
        let (row, column) = (i / 3 * 2 - 1 + t / 3, i % 3 * 2 - 1 + t % 3)
        if (0..<6).contains(row), (0..<6).contains(column) { expected[6 * row + column] += value * tap }
      }
    }
    #expect(output == expected)
  }
}
