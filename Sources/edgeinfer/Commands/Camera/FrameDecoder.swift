import CEdgeSystem
import EdgeCamera
import EdgeImage
import EdgeTensor

/// A frame, and what became of it.
final class DecodedFrame {
  /// As it came. Never nil once the frame was sent.
  fileprivate(set) var frame: CapturedFrame?
  /// The picture, unless there is an error.
  let image: ImageInput
  fileprivate(set) var error: Text?
  /// Nanoseconds.
  fileprivate(set) var decodeTime: Int64 = 0

  init(_ image: ImageInput) { self.image = image }
}

/// Decodes frames in a thread of its own while the model runs on the one before.
///
/// Of a live source it takes the newest frame just in time: so late that the picture is ready when the model is, for what is decoded
/// earlier is older.
final class FrameDecoder {
  let pictures: FrameQueue<DecodedFrame>
  private let worker: Worker
  private var thread: OpaquePointer?

  /// Frames in use at once: one is filled, one is ready, one was just fetched, and each of three pictures holds one.
  static let frameCount = 6

  /// - Parameters:
  ///   - images: three.
  ///   - wantsGray: the model's input has no colours.
  init(_ frames: FrameQueue<CapturedFrame>, _ images: [ImageInput], wantsGray: Bool) throws(Failure) {
    guard let pictures = FrameQueue(images.map { DecodedFrame($0) }, replaces: frames.replaces),
      let pace = Guarded(Pace())
    else { throw Failure(.inputOutput, "no memory for frames: \(SystemError.text)") }
    self.pictures = pictures
    worker = Worker(frames, pictures, pace, wantsGray: wantsGray)
    let body: edge_thread_body = { Unmanaged<Worker>.fromOpaque($0!).takeUnretainedValue().run() }
    thread = edge_thread_start(body, Unmanaged.passUnretained(worker).toOpaque())
    guard thread != nil else { throw Failure(.inputOutput, "cannot start decoding frames: \(SystemError.text)") }
  }

  /// Ends when the source has ended and all was fetched; `finish` waits for that.
  func finish() {
    guard let thread else { return }
    pictures.close()
    edge_thread_join(thread)
    self.thread = nil
  }

  deinit { finish() }

  /// The model begins to run now, and takes about as long as the last few times.
  func modelStarts() {
    let now = edge_clock_ns()
    worker.pace.access { $0.modelEnds = now + $0.model }
  }

  /// It took so many nanoseconds.
  func modelEnded(after duration: Int64) { worker.pace.access { $0.model += (duration - $0.model) / 4 } }
}

/// What decides when to take the next frame. All in nanoseconds.
private struct Pace {
  /// Means of the last few times.
  var model: Int64 = 0
  var decoding: Int64 = 0
  /// When the running inference is expected to end.
  var modelEnds: Int64 = 0

  var nextStart: Int64 { modelEnds - decoding - decoding / 4 - 1_000_000 }
}

private final class Worker {
  let pace: Guarded<Pace>
  private let frames: FrameQueue<CapturedFrame>
  private let pictures: FrameQueue<DecodedFrame>
  private let wantsGray: Bool
  /// Of an uncompressed frame.
  private var pixels: [UInt8] = []

  init(
    _ frames: FrameQueue<CapturedFrame>, _ pictures: FrameQueue<DecodedFrame>, _ pace: Guarded<Pace>, wantsGray: Bool
  ) {
    (self.frames, self.pictures, self.pace, self.wantsGray) = (frames, pictures, pace, wantsGray)
  }

  func run() {
    defer {
      pictures.close()
      frames.close()
    }
    while let picture = pictures.empty() {
      if frames.replaces { pictures.waitUntilAwaited(deadline: pace.access { $0.nextStart }) }
      guard let frame = frames.receive() else { return }
      if let old = picture.frame { frames.giveBack(old) }
      picture.frame = frame
      decode(frame, picture)
      pictures.send(picture)
    }
  }

  private func decode(_ frame: CapturedFrame, _ picture: DecodedFrame) {
    let start = edge_clock_ns()
    do throws(ImageError) {
      picture.error = nil
      switch frame.encoding {
      case .jpeg: try picture.image.load(frame.bytes)
      case .yuyv(let layout): try load(frame.bytes, layout, picture)
      }
    } catch {
      picture.error = Text(error.description)
    }
    let duration = edge_clock_ns() - start
    picture.decodeTime = duration
    pace.access { $0.decoding += (duration - $0.decoding) / 4 }
  }

  private func load(_ bytes: [UInt8], _ layout: YUYV, _ picture: DecodedFrame) throws(ImageError) {
    guard bytes.count >= layout.byteCount else {
      picture.error = "\(bytes.count) of the frame's \(layout.byteCount) bytes came"
      return
    }
    let channels = wantsGray ? 1 : 3
    let count = layout.width * layout.height * channels
    if pixels.count != count { pixels = [UInt8](repeating: 0, count: count) }
    pixels.withUnsafeMutableBufferPointer { pixels in
      bytes.withUnsafeBufferPointer {
        wantsGray ? layout.writeGray($0, into: pixels) : layout.writeRGB($0, into: pixels)
      }
    }
    let result: Result<Void, ImageError> = pixels.withUnsafeBufferPointer { pixels in
      do throws(ImageError) {
        return .success(
          try picture.image.load(
            pixels: pixels, width: layout.width, height: layout.height, channelCount: channels))
      } catch {
        return .failure(error)
      }
    }
    try result.get()
  }
}
