import CEdgeSystem

/// A video device, for people to choose from.
public struct CameraListing: Sendable {
  public let path: [UInt8]
  public let name: String
  /// Its formats' four letters; empty if it gives no pictures.
  public let formats: [String]
  /// The one that would be used; empty if there is none.
  public let format: String
  /// Sizes and rates in that format. A camera need not say any.
  public let modes: [CameraMode]
  /// It gives no frames by itself: libcamera sets it up.
  public let needsSetup: Bool

  public var hasJPEG: Bool { !format.utf8.isEmpty && !isUncompressed }
  private let isUncompressed: Bool

  /// All devices `/dev/video*`, by number. Those that cannot be opened are left out.
  public static func all() -> [CameraListing] {
    // As many numbers as Linux gives.
    (0..<256).compactMap { number in
      let path = devicePath(number)
      guard let device = try? V4L2Device(path: path) else { return nil }
      let format = device.bestFormat
      return CameraListing(
        path: path, name: device.name, formats: device.formats.map { V4L2Device.letters($0) },
        format: format.map { V4L2Device.letters($0) } ?? "", modes: format.map { device.modes($0) } ?? [],
        needsSetup: device.needsSetup, isUncompressed: format == UInt32(edge_video_yuyv))
    }
  }

  /// The first camera with JPEG frames, or else the first with frames that can be used.
  public static func first() throws(CameraError) -> [UInt8] {
    let usable = all().filter { !$0.format.utf8.isEmpty }
    guard let camera = usable.first(where: { $0.hasJPEG }) ?? usable.first else { throw .noCamera }
    return camera.path
  }

  public static func devicePath(_ number: Int) -> [UInt8] { Array("/dev/video\(number)".utf8) }
}
