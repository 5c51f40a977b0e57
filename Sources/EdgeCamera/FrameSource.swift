/// Where frames come from: a camera, a stream or a folder.
public protocol FrameSource: AnyObject {
  /// Frames that come faster than they are used may be left out: true for anything live, false for a file.
  var isLive: Bool { get }

  /// Frames are JPEG files; see `FrameEncoding`.
  var givesJPEG: Bool { get }

  /// Waits for the next frame.
  /// - Returns: false at the end of the source, or when reading is to stop.
  func next(into frame: CapturedFrame, until stop: StopCondition) throws(CameraError) -> Bool

  /// What is worth telling about the source since the last call; empty if nothing.
  func takeNotes() -> [String]
}

extension FrameSource {
  public var givesJPEG: Bool { true }
}
