/// What a picture may cost. Checked before anything is allocated for it.
public struct ImageLimits: Sendable {
  /// libjpeg's own limit, below the 65,535 that the format can express.
  public static let maximumSide = 65_500

  /// Stored width times height.
  public var maximumPixels: Int
  /// Bytes libjpeg may hold. It needs less than 2 MB for most pictures, but progressive ones keep every coefficient: 3 bytes a
  /// pixel with 4:2:0 subsampling, 6 without.
  public var maximumDecoderBytes: Int
  /// Progressive encoders write about 10; each costs a pass over the picture.
  public var maximumScans: Int

  /// - Parameters: as the properties of the same names; the defaults suit the largest common cameras.
  public init(
    maximumPixels: Int = 100_000_000, maximumDecoderBytes: Int = 256 << 20, maximumScans: Int = 100
  ) {
    self.maximumPixels = maximumPixels
    self.maximumDecoderBytes = maximumDecoderBytes
    self.maximumScans = maximumScans
  }
}
