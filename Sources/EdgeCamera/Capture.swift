import CEdgeSystem

/// Reads frames in a thread of its own, so that none waits in the camera or the pipe while another one is looked at.
public final class Capture {
  /// What was read; see `FrameQueue`.
  public let frames: FrameQueue<CapturedFrame>
  private let reader: Reader
  private let condition: StopCondition
  private var thread: OpaquePointer?

  /// Starts reading.
  /// - Parameters:
  ///   - frameCount: how many frames are in use at once; at least 3.
  /// - Throws: `.noResources`.
  public init(_ source: any FrameSource, frameCount: Int, until stop: StopCondition) throws(CameraError) {
    guard let frames = FrameQueue((0..<frameCount).map { _ in CapturedFrame() }, replaces: source.isLive),
      let progress = Guarded(Reader.Progress())
    else { throw .noResources(reason: systemReason()) }
    self.frames = frames
    condition = stop
    reader = Reader(source, frames, progress, stop)
    let body: edge_thread_body = { Unmanaged<Reader>.fromOpaque($0!).takeUnretainedValue().run() }
    thread = edge_thread_start(body, Unmanaged.passUnretained(reader).toOpaque())
    guard thread != nil else { throw .noResources(reason: systemReason()) }
  }

  deinit { stop() }

  /// Asks the source to end, and waits until it has. What lies in the queue can still be fetched.
  public func stop() {
    guard let thread else { return }
    condition.request()
    frames.close()
    edge_thread_join(thread)
    self.thread = nil
  }

  /// Frames that the source had so far: those it gave, and those that a camera's driver dropped.
  public var receivedCount: Int { reader.progress.access { $0.received } }

  /// What ended it, if not its own end or a request to stop.
  public var error: CameraError? { reader.progress.access { $0.failure } }

  /// What is worth telling since the last call.
  public func takeNotes() -> [String] {
    reader.progress.access { progress in
      defer { progress.notes = [] }
      return progress.notes
    }
  }
}

/// What the thread does.
private final class Reader {
  struct Progress {
    var received = 0
    var failure: CameraError?
    var notes: [String] = []
  }

  let progress: Guarded<Progress>
  private let source: any FrameSource
  private let frames: FrameQueue<CapturedFrame>
  private let stop: StopCondition

  init(
    _ source: any FrameSource, _ frames: FrameQueue<CapturedFrame>, _ progress: Guarded<Progress>, _ stop: StopCondition
  ) {
    (self.source, self.frames, self.progress, self.stop) = (source, frames, progress, stop)
  }

  func run() {
    defer { frames.close() }
    while let frame = frames.empty() {
      do throws(CameraError) {
        let hasFrame = try source.next(into: frame, until: stop)
        let news = source.takeNotes()
        progress.access {
          $0.notes += news
          if hasFrame { $0.received = frame.number + 1 }
        }
        guard hasFrame else { return }
      } catch {
        return progress.access { $0.failure = error }
      }
      frames.send(frame)
    }
  }
}
