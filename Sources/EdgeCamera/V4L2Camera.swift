import CEdgeSystem

/// A camera of Linux: Video for Linux 2, JPEG or else YUYV frames in memory-mapped buffers.
public final class V4L2Camera: FrameSource {
  public let isLive = true
  public let path: [UInt8]
  public let name: String
  /// What it was set to.
  public let mode: CameraMode
  public let encoding: FrameEncoding
  public var givesJPEG: Bool { if case .jpeg = encoding { true } else { false } }

  private let device: V4L2Device
  private let stream: OpaquePointer
  private var firstSequence: UInt32?
  /// Longer without a frame, and it counts as lost.
  private static let patience: Int64 = 10_000_000_000
  private static let bufferCount: Int32 = 4

  /// Opens a camera, chooses its mode and starts it.
  public init(path: [UInt8], wish: CameraMode.Wish) throws(CameraError) {
    device = try V4L2Device(path: path)
    (self.path, name) = (path, device.name)
    guard let format = device.bestFormat else {
      let formats = device.formats
      if formats.isEmpty { throw .notACamera(path: path) }
      if device.needsSetup { throw .needsSetup(path: path) }
      throw .noFormat(path: path, formats: formats.map { V4L2Device.letters($0) })
    }
    let wanted =
      CameraMode.best(of: device.modes(format), for: wish)
      ?? CameraMode(width: wish.width ?? 640, height: wish.height ?? 480, milliHertz: 0)
    var set = edge_video_mode()
    (set.width, set.height) = (UInt32(clamping: wanted.width), UInt32(clamping: wanted.height))
    set.interval = edge_video_fraction(
      numerator: 1000, denominator: UInt32(clamping: wish.frameRate == nil ? 0 : wanted.milliHertz))
    guard edge_video_configure(device.descriptor, format, &set) else {
      throw .refused(path: path, action: "cannot set size and format", reason: systemReason())
    }
    mode = CameraMode(width: Int(set.width), height: Int(set.height), milliHertz: set.interval.milliHertz)
    if format == UInt32(edge_video_yuyv) {
      guard
        let pixels = YUYV(
          width: mode.width, height: mode.height, bytesPerRow: Int(set.bytes_per_row), isFullRange: set.is_full_range)
      else { throw .noFormat(path: path, formats: device.formats.map { V4L2Device.letters($0) }) }
      encoding = .yuyv(pixels)
    } else {
      encoding = .jpeg
    }
    guard let stream = edge_video_start(device.descriptor, V4L2Camera.bufferCount) else {
      throw .refused(path: path, action: "cannot start the camera", reason: systemReason())
    }
    self.stream = stream
  }

  deinit { edge_video_stop(stream) }

  public func next(into frame: CapturedFrame, until stop: StopCondition) throws(CameraError) -> Bool {
    let patienceEnds = edge_clock_ns() + V4L2Camera.patience
    while true {
      var taken = edge_video_frame()
      switch edge_video_take(stream, &taken) {
      case edge_video_taken:
        frame.clear()
        frame.append(UnsafeRawBufferPointer(start: taken.bytes, count: taken.byte_count))
        let first = firstSequence ?? taken.sequence
        firstSequence = first
        frame.number = Int(taken.sequence &- first)
        frame.captured = taken.captured_ns
        frame.encoding = encoding
        guard edge_video_give_back(stream, &taken) else { throw .lost(path: path, reason: systemReason()) }
        return true
      case edge_video_lost: throw .lost(path: path, reason: systemReason())
      default: break
      }
      switch stop.wait(device.descriptor, until: patienceEnds) {
      case edge_event_readable: break
      case edge_event_failed: throw .lost(path: path, reason: systemReason())
      case edge_event_time where stop.deadline > patienceEnds:
        throw .lost(path: path, reason: "no frame for \(V4L2Camera.patience / 1_000_000_000) seconds")
      default: return false
      }
    }
  }

  public func takeNotes() -> [String] { [] }
}
