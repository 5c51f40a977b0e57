import CEdgeSystem
import EdgeCamera
import EdgeTensor

/// Hands items to workers, each in a thread of its own, and gives their results back in the order of the items.
///
/// A worker takes the next item as soon as it is free, but no item is taken that is more than `window` ahead of the result that comes
/// next: so memory does not depend on the number of items, and one slow picture seldom makes the other workers wait. With one
/// worker everything happens in the caller's thread.
final class PictureQueue {
  private let crew: Crew
  private let isThreaded: Bool
  private var threads: [OpaquePointer] = []

  private static let itemsPerWorker = 64

  /// - Parameter workers: at least one.
  init(_ source: PictureSource, _ workers: [PictureWorker]) throws(Failure) {
    guard let crew = Crew(source, workers, window: PictureQueue.itemsPerWorker * workers.count) else {
      throw Failure(.inputOutput, "no memory for threads: \(SystemError.text)")
    }
    self.crew = crew
    isThreaded = workers.count > 1
    guard isThreaded else { return }
    let body: edge_thread_body = { Unmanaged<Crew>.fromOpaque($0!).takeRetainedValue().work() }
    for _ in workers {
      let reference = Unmanaged.passRetained(crew)
      guard let thread = edge_thread_start(body, reference.toOpaque()) else {
        reference.release()
        // Fewer threads label the same.
        guard threads.isEmpty else { break }
        throw Failure(.inputOutput, "cannot start threads: \(SystemError.text)")
      }
      threads.append(thread)
    }
  }

  /// - Returns: nil at the end, when all threads have ended.
  /// - Throws: what was wrong with the list of pictures, after the results of those before.
  func next() throws(Failure) -> PictureResult? {
    if !isThreaded {
      guard let item = try crew.source.access({ $0.take() }).get() else { return nil }
      return crew.workers[0].label(item)
    }
    let (result, failure) = crew.window.wait(
      for: { $0.hasNext || $0.isAtEnd }, then: { ($0.removeFirst(), $0.failure) })
    if let result { return result }
    for thread in threads { edge_thread_join(thread) }
    threads = []
    if let failure { throw failure }
    return nil
  }

  var skippedCount: Int { crew.source.access { $0.pictures.skippedCount } }
}

/// What the threads share.
private final class Crew: @unchecked Sendable {
  let workers: [PictureWorker]
  let source: Guarded<Source>
  let window: Guarded<Window>

  init?(_ source: PictureSource, _ workers: [PictureWorker], window: Int) {
    guard let source = Guarded(Source(pictures: source)), let window = Guarded(Window(capacity: window)) else {
      return nil
    }
    (self.source, self.window, self.workers) = (source, window, workers)
  }

  /// The life of a thread.
  func work() {
    let worker = workers[source.access { $0.nextWorker() }]
    while let (item, place) = take() {
      let result = worker.label(item)
      window.access { $0.insert(result, at: place) }
    }
  }

  /// The next item, when there is room for its result. Who waits for room or for standard input keeps the others waiting, too.
  private func take() -> (PictureItem, place: Int)? {
    source.access { source in
      window.wait(for: { $0.hasRoom || $0.isClosed }, then: { _ in })
      let next: Result<PictureItem?, Failure> = window.access { $0.isClosed } ? .success(nil) : source.take()
      return window.access { window in
        switch next {
        case .success(let item?): return (item, window.reserve())
        case .success(nil): window.close(nil)
        case .failure(let failure): window.close(failure)
        }
        return nil
      }
    }
  }
}

private struct Source {
  var pictures: PictureSource
  private var workerCount = 0

  init(pictures: PictureSource) { self.pictures = pictures }

  mutating func nextWorker() -> Int {
    defer { workerCount += 1 }
    return workerCount
  }

  mutating func take() -> Result<PictureItem?, Failure> {
    do throws(Failure) { return .success(try pictures.next()) } catch { return .failure(error) }
  }
}

/// Results that wait for those before them. Item i is at `i mod count`.
private struct Window {
  private var results: [PictureResult?]
  /// Items taken, and results given back.
  private var (takenCount, finishedCount) = (0, 0)
  private(set) var isClosed = false
  private(set) var failure: Failure?

  init(capacity: Int) { results = Array(repeating: nil, count: capacity) }

  var hasRoom: Bool { takenCount - finishedCount < results.count }
  var hasNext: Bool { results[finishedCount % results.count] != nil }
  var isAtEnd: Bool { isClosed && takenCount == finishedCount }

  mutating func reserve() -> Int {
    defer { takenCount += 1 }
    return takenCount
  }

  mutating func insert(_ result: PictureResult, at place: Int) { results[place % results.count] = result }

  mutating func removeFirst() -> PictureResult? {
    guard let result = results[finishedCount % results.count] else { return nil }
    results[finishedCount % results.count] = nil
    finishedCount += 1
    return result
  }

  /// No more items are taken; the first failure counts.
  mutating func close(_ failure: Failure?) {
    isClosed = true
    if self.failure == nil { self.failure = failure }
  }
}
