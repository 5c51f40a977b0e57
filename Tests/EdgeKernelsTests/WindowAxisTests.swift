import EdgeKernels
import Testing

@Suite struct WindowAxisTests {
  @Test func tapsAreExactlyThoseInsideTheInput() throws {
    for input in 1...9 {
      for kernel in 1...5 {
        for stride in 1...4 {
          for dilation in 1...3 {
            for padding in [.same, .valid, .explicit(before: kernel / 2, after: kernel - 1)] as [Padding] {
              guard
                let axis = WindowAxis(
                  input: input, kernel: kernel, stride: stride, dilation: dilation, padding: padding)
              else {
                #expect(padding != .same && (kernel - 1) * dilation >= input)
                continue
              }
              for output in 0..<axis.outputExtent {
                let inside = (0..<kernel).filter {
                  (0..<input).contains(output * stride - axis.paddingBefore + $0 * dilation)
                }
                #expect(Array(axis.taps(output)) == inside)
                if padding == .valid { #expect(inside.count == kernel) }
              }
            }
          }
        }
      }
    }
  }

  @Test func validWindowsStopOneStrideBeforeTheyWouldLeaveTheInput() throws {
    let axis = try #require(WindowAxis(input: 10, kernel: 3, stride: 2, dilation: 2, padding: .valid))
    #expect(axis.outputExtent == 3)
    #expect(axis.start(axis.outputExtent) + 5 > 10)
  }

  @Test func sameWindowsPutTheOddPositionAfter() throws {
    let axis = try #require(WindowAxis(input: 6, kernel: 3, stride: 2, padding: .same))
    #expect(axis.outputExtent == 3)
    #expect(axis.paddingBefore == 0)
    let centred = try #require(WindowAxis(input: 7, kernel: 3, stride: 2, padding: .same))
    #expect(centred.outputExtent == 4)
    #expect(centred.paddingBefore == 1)
  }

  @Test func `explicit padding widens the input and stays below the reach of the window`() throws {
    // 8 pixels, 3x3 stride 2, one pixel on each side: what PyTorch writes and SAME cannot say.
    let axis = try #require(WindowAxis(input: 8, kernel: 3, stride: 2, padding: .explicit(before: 1, after: 1)))
    #expect((axis.outputExtent, axis.paddingBefore) == (4, 1))
    #expect(WindowAxis(input: 8, kernel: 3, stride: 2, padding: .explicit(before: 2, after: 0))?.outputExtent == 4)
    #expect(WindowAxis(input: 2, kernel: 5, stride: 1, padding: .explicit(before: 3, after: 0))?.outputExtent == 1)
    #expect(WindowAxis(input: 2, kernel: 5, stride: 1, padding: .explicit(before: 2, after: 0)) == nil)
    #expect(WindowAxis(input: 8, kernel: 3, stride: 1, padding: .explicit(before: 3, after: 0)) == nil)
    #expect(WindowAxis(input: 8, kernel: 3, stride: 1, padding: .explicit(before: 0, after: 3)) == nil)
    #expect(WindowAxis(input: 8, kernel: 3, stride: 1, dilation: 2, padding: .explicit(before: 4, after: 4)) != nil)
    #expect(WindowAxis(input: 8, kernel: 3, stride: 1, padding: .explicit(before: -1, after: 0)) == nil)
    #expect(WindowAxis(input: 8, kernel: 3, stride: 1, padding: .explicit(before: 0, after: .min)) == nil)
    #expect(WindowAxis(input: 0, kernel: 3, stride: 1, padding: .explicit(before: 2, after: 2)) == nil)
    let huge = Int(Int32.max)
    let far = Padding.explicit(before: (huge - 1) * huge, after: (huge - 1) * huge)
    #expect(WindowAxis(input: huge, kernel: huge, stride: 1, dilation: huge, padding: far) == nil)
  }

  @Test func impossibleValuesGiveNilAndHugeOnesDoNotOverflow() {
    let huge = Int(Int32.max)
    #expect(WindowAxis(input: 4, kernel: 0, stride: 1, padding: .same) == nil)
    #expect(WindowAxis(input: 4, kernel: 1, stride: 0, padding: .same) == nil)
    #expect(WindowAxis(input: 4, kernel: 1, stride: -1, padding: .valid) == nil)
    #expect(WindowAxis(input: -1, kernel: 1, stride: 1, padding: .same) == nil)
    #expect(WindowAxis(input: 4, kernel: huge + 1, stride: 1, padding: .same) == nil)
    #expect(WindowAxis(input: 4, kernel: 1, stride: .max, padding: .same) == nil)
    #expect(WindowAxis(input: 4, kernel: huge, stride: huge, dilation: huge, padding: .valid) == nil)
    let axis = WindowAxis(input: huge, kernel: huge, stride: huge, dilation: huge, padding: .same)
    #expect(axis?.outputExtent == 1)
    #expect(axis?.taps(0).count == 1)
    #expect(WindowAxis(input: 0, kernel: 3, stride: 1, padding: .same)?.outputExtent == 0)
  }
}
