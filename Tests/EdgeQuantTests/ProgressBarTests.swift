import Testing

@testable import edgequant

@Suite struct ProgressBarTests {
  @Test func `what is left is reckoned from what is done`() {
    #expect(ProgressBar.rest(50, .seconds(61)) == ", about 1:01 left")
    #expect(ProgressBar.rest(25, .seconds(30)) == ", about 1:30 left")
    #expect(ProgressBar.rest(1, .seconds(60)) == ", about 1:39:00 left")
  }

  @Test func `nothing is promised at the start and at the end`() {
    #expect(ProgressBar.rest(0, .seconds(60)) == "")
    #expect(ProgressBar.rest(2, .seconds(1)) == "")
    #expect(ProgressBar.rest(100, .seconds(60)) == "")
  }
}
