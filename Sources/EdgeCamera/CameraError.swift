import CEdgeSystem
import EdgeTensor

/// Why there are no frames.
public enum CameraError: Error, Sendable {
  /// It cannot be opened or read. `reason` is the system's.
  case unreadable(path: [UInt8], isMissing: Bool, reason: String)
  /// No camera was found at all.
  case noCamera
  /// A device that gives no pictures, such as the metadata node of a camera.
  case notACamera(path: [UInt8])
  /// A camera with neither JPEG nor YUYV frames. `formats` are the four letters of those it has.
  case noFormat(path: [UInt8], formats: [String])
  /// The end of a chain of devices, such as that of a Raspberry Pi's own camera, which libcamera sets up.
  case needsSetup(path: [UInt8])
  /// It refuses what is asked of it.
  case refused(path: [UInt8], action: StaticString, reason: String)
  /// It was there and is gone, or gives no more frames.
  case lost(path: [UInt8], reason: String)
  /// A stream cannot be read on.
  case brokenStream(reason: String)
  /// No more threads or memory.
  case noResources(reason: String)
}

extension CameraError: CustomStringConvertible {
  /// One line: what was found, and what to do about it.
  public var description: String { text.string }

  private var text: Text {
    switch self {
    case .unreadable(let path, _, let reason): "cannot read \(utf8: path): \(reason)"
    case .noCamera:
      "no camera with JPEG or YUYV frames at /dev/video*: plug one in, name its device with --camera=/dev/videoN, or pipe frames: \(pipe)"
    case .notACamera(let path): "\(utf8: path) is no camera; edgeinfer camera --list-cameras shows those there are"
    case .noFormat(let path, let formats):
      "\(utf8: path) gives neither JPEG nor YUYV frames, only \(joined(formats)); let a tool encode them: \(pipe)"
    case .needsSetup(let path):
      "\(utf8: path) gives no frames without libcamera; let a tool of it encode them: \(pipe)"
    case .refused(let path, let action, let reason): "\(utf8: path): \(action): \(reason)"
    case .lost(let path, let reason): "lost \(utf8: path): \(reason)"
    case .brokenStream(let reason): "cannot read the stream: \(reason)"
    case .noResources(let reason): "cannot start reading frames: \(reason)"
    }
  }

  private func joined(_ words: [String]) -> Text {
    var text: Text = ""
    for word in words { text = text.bytes.isEmpty ? "\(word)" : "\(text), \(word)" }
    return text
  }

  private var pipe: StaticString { "rpicam-vid -t 0 --codec mjpeg -o - | edgeinfer --camera=-" }
}

/// The system's reason for the last failed call of this thread.
func systemReason() -> String { String(cString: edge_error_text(edge_last_error())) }
