import EdgeQuant
import Foundation
import FoundationXML
import Testing

/// Figures of answers that are written down here.
@Suite struct EvaluationTests {
  private func evaluation(_ answers: [(label: Int?, best: [Int])?], classCount: Int = 3) -> Evaluation {
    Evaluation(
      classCount: classCount,
      predictions: answers.map { answer in answer.map { Evaluation.Prediction(label: $0.label, best: $0.best) } })
  }

  @Test func `counts, recall, precision and the matrix follow from the answers`() {
    let evaluation = evaluation([
      (0, [0, 1, 2]), (0, [1, 0, 2]), (1, [1, 2, 0]), nil, (2, [1, 0, 2]), (nil, [2, 1, 0]),
    ])
    #expect(evaluation.evaluatedCount == 5 && evaluation.labelledCount == 4)
    #expect(evaluation.top1 == Proportion(2, of: 4) && evaluation.top5 == Proportion(4, of: 4))
    #expect(evaluation.confusion == [1, 1, 0, 0, 1, 0, 0, 1, 0])
    let classes = evaluation.classes
    #expect(classes.map { $0.recall } == [Proportion(1, of: 2), Proportion(1, of: 1), Proportion(0, of: 1)])
    #expect(classes.map { $0.precision } == [Proportion(1, of: 1), Proportion(1, of: 3), Proportion(0, of: 0)])
  }

  @Test func `of six classes the sixth answer is not among the top five`() {
    let best = [(5, [0, 1, 2, 3, 4]), (4, [0, 1, 2, 3, 4])].map { (label: Optional($0.0), best: $0.1) }
    #expect(evaluation(best, classCount: 6).top5 == Proportion(1, of: 2))
  }

  @Test func `Wilson's interval ends where the share is 1.96 deviations away`() {
    for (count, total) in [(436, 500), (0, 10), (10, 10), (1, 2), (999, 1000)] {
      let (share, interval) = (Proportion(count, of: total), Proportion(count, of: total).interval)
      for end in [interval.lowerBound, interval.upperBound] where end > 1e-9 && end < 1 - 1e-9 {
        let deviation = (end * (1 - end) / Double(total)).squareRoot()
        #expect(abs(abs(share.value - end) / deviation - 1.959963984540054) < 1e-9, "\(count) of \(total)")
      }
      #expect(interval.contains(share.value) && interval.upperBound - interval.lowerBound > 1e-3)
    }
    #expect(Proportion(0, of: 0).interval == 0...1)
  }

  @Test func `paired answers give agreement, drop and McNemar's exact test`() {
    // Only the first right 5 times, only the second once, both 10 times, neither once; then one that the second cannot use.
    let first = [[Int]](repeating: [0], count: 5) + [[1]] + [[Int]](repeating: [0], count: 10) + [[1], [0]]
    let second = [[Int]](repeating: [1], count: 5) + [[0]] + [[Int]](repeating: [0], count: 10) + [[1], []]
    let a = evaluation(first.map { (0, $0) })
    let b = evaluation(second.map { $0.isEmpty ? nil : (0, $0) })
    let paired = a.paired(with: b)
    #expect(paired.onlyFirstRight == 5 && paired.onlySecondRight == 1 && paired.bothRight == 10)
    #expect(paired.bothWrong == 1 && paired.total == 17)
    #expect(a.agreement(with: b) == Proportion(11, of: 17))
    #expect(abs(paired.drop - 4.0 / 17) < 1e-12)
    // 2 · (C(6, 0) + C(6, 1)) / 2^6
    #expect(abs(paired.pValue - 14.0 / 64) < 1e-12)
    // (6 - 2) / 19 ± 1.96 · sqrt((8/19 - (4/19)²) / 19)
    #expect(abs(paired.dropInterval.lowerBound + 0.0654597) < 1e-6)
    #expect(abs(paired.dropInterval.upperBound - 0.4865124) < 1e-6)
    let same = a.paired(with: a)
    #expect(same.drop == 0 && same.pValue == 1 && same.dropInterval.contains(0))
  }

  @Test func `many differences do not overflow McNemar's test`() {
    let half = [[Int]](repeating: [0], count: 3000) + [[Int]](repeating: [1], count: 3000)
    let a = evaluation(half.map { (0, $0) })
    let b = evaluation(half.reversed().map { (0, $0) })
    #expect(a.paired(with: b).pValue > 0.999)
    let worse = evaluation([(label: Int?, best: [Int])](repeating: (0, [1]), count: 6000))
    #expect(a.paired(with: worse).pValue < 1e-300)
  }

  @Test func `the drawn matrix is XML with every count in it, and names are made harmless`() throws {
    let evaluation = Evaluation(
      classCount: 2, classNames: ["<a & b>", "c"],
      predictions: [
        Evaluation.Prediction(label: 0, best: [1, 0]), Evaluation.Prediction(label: 0, best: [1, 0]),
        Evaluation.Prediction(label: 1, best: [1, 0]),
      ])
    let svg = try #require(evaluation.confusionSVG)
    #expect(svg.contains("<title>&lt;a &amp; b&gt; taken for c: 2</title>"))
    #expect(XMLParser(data: Data(svg.utf8)).parse())
    let large = Evaluation(classCount: 200, predictions: [Evaluation.Prediction(label: 7, best: [199])])
    let drawn = try #require(large.confusionSVG)
    #expect(drawn.contains("<title>7 taken for 199: 1</title>") && drawn.components(separatedBy: "<title>").count == 2)
    #expect(Evaluation(classCount: 257, predictions: []).confusionSVG == nil)
  }
}
