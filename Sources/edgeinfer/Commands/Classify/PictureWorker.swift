import CEdgeSystem
import EdgeRuntime

/// What became of one item.
struct PictureResult {
  let item: PictureItem
  /// The best classes; empty if there is an error.
  var top: [Ranked] = []
  var error: PictureError?
  var times = StageTimes()
  /// When the classes were known, on the monotonic clock.
  var finished: Int64 = 0
  /// A small JPEG file, if they are wanted.
  var thumbnail: [UInt8]?
}

/// Labels one picture after the other, with an arena and a decoder of its own.
final class PictureWorker {
  private let classifier: Classifier
  private let thumbnails: Thumbnails?

  /// - Parameter thumbnails: nil if none are wanted.
  init(_ classifier: Classifier, _ thumbnails: Thumbnails?) {
    (self.classifier, self.thumbnails) = (classifier, thumbnails)
  }

  func label(_ item: PictureItem) -> PictureResult {
    var result = PictureResult(item: item)
    if let problem = item.problem {
      result.error = PictureError(isMissing: false, text: problem)
      return result
    }
    do throws(PictureError) {
      result.top = try classifier.classify(item.path, &result.times)
      result.finished = edge_clock_ns()
      result.thumbnail = thumbnails?.make(classifier.file)
    } catch {
      result.error = error
    }
    return result
  }
}
