import EdgeRuntime

/// What became of one item.
struct PictureResult {
  let item: PictureItem
  /// The best classes; empty if there is an error.
  var top: [Ranked] = []
  var error: PictureError?
  var times = StageTimes()
}

/// Labels one picture after the other, with an arena and a decoder of its own.
final class PictureWorker {
  private let classifier: Classifier

  init(_ classifier: Classifier) { self.classifier = classifier }

  func label(_ item: PictureItem) -> PictureResult {
    var result = PictureResult(item: item)
    if let problem = item.problem {
      result.error = PictureError(isMissing: false, text: problem)
      return result
    }
    do throws(PictureError) {
      result.top = try classifier.classify(item.path, &result.times)
    } catch {
      result.error = error
    }
    return result
  }
}
