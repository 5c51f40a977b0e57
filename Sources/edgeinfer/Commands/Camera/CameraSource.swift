import EdgeCamera
import EdgeTensor

/// Turns what stands behind `--camera` into a source of frames.
enum CameraSource {
  /// - Parameters:
  ///   - text: a device, a number, `-`, a file or a folder; nil for the first camera.
  ///   - reconnects: a camera that was lost is looked for again.
  static func open(_ text: [UInt8]?, wish: CameraMode.Wish, reconnects: Bool, _ verbosity: Verbosity) throws(Failure)
    -> any FrameSource
  {
    do throws(CameraError) {
      guard let text, !text.isEmpty else {
        return try camera({ () throws(CameraError) in try CameraListing.first() }, wish, reconnects, verbosity)
      }
      if text.elementsEqual("-".utf8) { return StreamSource() }
      if let number = Int(ascii: text), number >= 0 {
        return try camera({ CameraListing.devicePath(number) }, wish, reconnects, verbosity)
      }
      switch Path(text).kind {
      case .file: return try StreamSource(path: text, isLive: false)
      case .directory: return try FolderSource(path: text)
      case .other, .missing: return try deviceOrPipe(text, wish, reconnects, verbosity)
      }
    } catch {
      throw failure(error)
    }
  }

  static func failure(_ error: CameraError) -> Failure {
    let devices: StaticString = "/dev/"
    let code: ExitCode =
      switch error {
      case .unreadable(let path, true, _) where !path.starts(with: devices.bytes): .noInput
      case .unreadable, .noCamera, .notACamera, .noFormat, .needsSetup, .refused: .cameraUnavailable
      case .lost: .cameraLost
      case .brokenStream, .noResources: .inputOutput
      }
    return Failure(code, Text(error.description))
  }

  /// A device that is no camera may be a named pipe.
  private static func deviceOrPipe(
    _ path: [UInt8], _ wish: CameraMode.Wish, _ reconnects: Bool, _ verbosity: Verbosity
  ) throws(CameraError) -> any FrameSource {
    if Path(path).isPipe { return try StreamSource(path: path, isLive: true) }
    return try camera({ path }, wish, reconnects, verbosity)
  }

  private static func camera(
    _ path: @escaping () throws(CameraError) -> [UInt8], _ wish: CameraMode.Wish, _ reconnects: Bool,
    _ verbosity: Verbosity
  ) throws(CameraError) -> any FrameSource {
    let open = { () throws(CameraError) in try V4L2Camera(path: path(), wish: wish) }
    let camera = try open()
    let format: StaticString = if case .jpeg = camera.encoding { "JPEG" } else { "YUYV" }
    verbosity.note(
      .normal, "\(utf8: camera.path) (\(Text(camera.name).printable())): \(format) \(describe(camera.mode))")
    return reconnects ? ReconnectingCamera(camera, open: open) : camera
  }

  /// `640x480 at 30 frames a second`.
  static func describe(_ mode: CameraMode) -> Text {
    let size: Text = mode.width > 0 ? "\(mode.width)x\(mode.height)" : "any size"
    guard mode.milliHertz > 0 else { return size }
    let rate: Text = mode.milliHertz % 1000 == 0 ? "\(mode.milliHertz / 1000)" : decimals(mode.milliHertz, 3)
    return "\(size) at \(rate) frames a second"
  }

  /// What `--list-cameras` prints.
  static func list() -> Text {
    var text: Text = ""
    for camera in CameraListing.all() {
      text += "\(utf8: camera.path)  \(Text(camera.name).printable())\n"
      if camera.format.utf8.isEmpty {
        var formats: Text = ""
        for format in camera.formats { formats += formats.isEmpty ? "\(format)" : ", \(format)" }
        text +=
          formats.isEmpty
          ? "  no pictures\n"
          : camera.needsSetup
            ? "  no frames without libcamera; pipe those of rpicam-vid\n"
            : "  neither JPEG nor YUYV frames, only \(formats)\n"
      } else if camera.modes.isEmpty {
        text += "  \(camera.format) of any size\n"
      }
      for mode in camera.modes { text += "  \(camera.format) \(describe(mode))\n" }
    }
    return text
  }
}
