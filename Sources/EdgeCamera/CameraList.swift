import CEdgeSystem

/// A video device, for people to choose from.
public struct CameraListing: Sendable {
  public let path: [UInt8]
  public let name: String
  /// Its formats' four letters; empty if it gives no pictures.
  public let formats: [String]
  /// Of its JPEG frames; empty without such.
  public let modes: [CameraMode]

  public var hasJPEG: Bool { !modes.isEmpty }

  /// All devices `/dev/video*`, by number. Those that cannot be opened are left out.
  public static func all() -> [CameraListing] {
    var numbers: [Int] = []
    guard let folder = withCString(Array("/dev".utf8), { edge_directory_open($0) }) else { return [] }
    var kind: Int32 = 0
    while let name = edge_directory_next(folder, &kind) {
      let text = String(cString: name)
      guard text.utf8.starts(with: "video".utf8),
        let number = Int(String(decoding: text.utf8.dropFirst(5), as: UTF8.self)),
        number >= 0
      else { continue }
      numbers.append(number)
    }
    edge_directory_close(folder)
    numbers.sort()
    return numbers.compactMap { number in
      let path = devicePath(number)
      guard let device = try? V4L2Device(path: path) else { return nil }
      let modes = device.jpegFormat.map { device.modes($0) } ?? []
      return CameraListing(
        path: path, name: device.name, formats: device.formats.map { V4L2Device.letters($0) },
        modes: modes.isEmpty && device.jpegFormat != nil ? [CameraMode(width: 0, height: 0, milliHertz: 0)] : modes)
    }
  }

  /// The first camera with JPEG frames.
  public static func first() throws(CameraError) -> [UInt8] {
    guard let camera = all().first(where: { $0.hasJPEG }) else { throw .noCamera }
    return camera.path
  }

  public static func devicePath(_ number: Int) -> [UInt8] { Array("/dev/video\(number)".utf8) }
}
