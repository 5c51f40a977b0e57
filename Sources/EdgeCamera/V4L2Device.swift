import CEdgeSystem

/// A video device of Linux, open.
final class V4L2Device {
  let descriptor: Int32
  let path: [UInt8]
  /// As its driver names it.
  let name: String
  private let isCapture: Bool
  /// The end of a chain of devices that libcamera must set up: no frames without.
  let needsSetup: Bool

  /// - Throws: `.unreadable`, `.notACamera`.
  init(path: [UInt8]) throws(CameraError) {
    self.path = path
    descriptor = withCString(path) { edge_video_open($0) }
    guard descriptor >= 0 else {
      throw .unreadable(path: path, isMissing: edge_last_error() == Int32(edge_error_missing), reason: systemReason())
    }
    var found = edge_video_device()
    let isVideo = edge_video_describe(descriptor, &found)
    (isCapture, needsSetup) = (isVideo && found.is_capture, isVideo && found.needs_setup)
    name = withUnsafeBytes(of: &found.name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    guard isVideo else { throw .notACamera(path: path) }
  }

  deinit { _ = edge_close_file(descriptor) }

  /// The codes of its pixel formats; none if it takes no pictures.
  var formats: [UInt32] {
    guard isCapture else { return [] }
    var list: [UInt32] = []
    while list.count < 64, case let format = edge_video_format(descriptor, Int32(list.count)), format != 0 {
      list.append(format)
    }
    return list
  }

  /// The format to use: JPEG if it has that, or else YUYV; nil if it has neither.
  var bestFormat: UInt32? {
    let found = needsSetup ? [] : formats
    return [UInt32(edge_video_mjpeg), UInt32(edge_video_jpeg), UInt32(edge_video_yuyv)].first { found.contains($0) }
  }

  /// The sizes and rates of a format. A range of sizes stands for common ones within it.
  func modes(_ format: UInt32) -> [CameraMode] {
    var modes: [CameraMode] = []
    var sizes = edge_video_sizes()
    var index: Int32 = 0
    while index < 256, edge_video_size(descriptor, format, index, &sizes) {
      index += 1
      for (width, height) in V4L2Device.sizes(sizes) {
        let rates = rates(format, width: width, height: height)
        modes += rates.map { CameraMode(width: Int(width), height: Int(height), milliHertz: $0) }
      }
    }
    return modes
  }

  private func rates(_ format: UInt32, width: UInt32, height: UInt32) -> [Int] {
    var rates: [Int] = []
    var interval = edge_video_fraction()
    while rates.count < 64, edge_video_interval(descriptor, format, width, height, Int32(rates.count), &interval) {
      rates.append(interval.milliHertz)
    }
    return rates.isEmpty ? [0] : rates
  }

  private static func sizes(_ range: edge_video_sizes) -> [(UInt32, UInt32)] {
    if range.width == range.largest_width, range.height == range.largest_height { return [(range.width, range.height)] }
    let common: [(UInt32, UInt32)] = [
      (160, 120), (320, 240), (640, 480), (800, 600), (1280, 720), (1920, 1080), (2560, 1440), (3840, 2160),
    ]
    let fitting = common.filter { width, height in
      (range.width...max(range.width, range.largest_width)).contains(width)
        && (range.height...max(range.height, range.largest_height)).contains(height)
        && (width - range.width) % max(range.width_step, 1) == 0
        && (height - range.height) % max(range.height_step, 1) == 0
    }
    return fitting.isEmpty ? [(range.largest_width, range.largest_height)] : fitting
  }

  /// Four letters as people know them.
  static func letters(_ format: UInt32) -> String {
    let bytes = (0..<4).map { UInt8(truncatingIfNeeded: format >> (8 * UInt32($0))) }
    return String(decoding: bytes.filter { (0x21...0x7E).contains($0) }, as: UTF8.self)
  }
}

extension edge_video_fraction {
  /// Of an interval; 0 if it is none.
  var milliHertz: Int { numerator == 0 ? 0 : Int(denominator) * 1000 / Int(numerator) }
}
