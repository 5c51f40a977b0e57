/// How a stored picture is turned to be seen upright: the EXIF orientation tag, whose values these are.
public enum Orientation: UInt8, Sendable, CaseIterable {
  case up = 1
  case upMirrored = 2
  case down = 3
  case downMirrored = 4
  case leftMirrored = 5
  case right = 6
  case rightMirrored = 7
  case left = 8

  /// Stored columns become rows: upright width is stored height.
  public var swapsAxes: Bool { rawValue >= 5 }

  /// Stored columns run right to left along their upright axis.
  var reversesColumns: Bool {
    switch self {
    case .upMirrored, .down, .rightMirrored, .left: true
    case .up, .downMirrored, .leftMirrored, .right: false
    }
  }

  /// Stored rows run bottom to top along their upright axis.
  var reversesRows: Bool {
    switch self {
    case .down, .downMirrored, .right, .rightMirrored: true
    case .up, .upMirrored, .leftMirrored, .left: false
    }
  }
}
