/// How a picture becomes an input tensor. Stored in the model file, so that calibration and device cannot disagree.
///
/// The picture is cropped, resized to the input's height and width by the one rule of `EdgeImage`, and each sample
/// becomes `(pixel − mean) / standardDeviation`, pixel in 0…255, before it is quantized.
public struct Preprocessing: Equatable, Sendable {
  /// The order of the channels.
  public enum Color: UInt8, Sendable, CaseIterable {
    case rgb, bgr, gray

    /// As written in model files and on the command line.
    public var name: StaticString {
      switch self {
      case .rgb: "rgb"
      case .bgr: "bgr"
      case .gray: "gray"
      }
    }

    /// 3, or 1 for gray.
    public var channelCount: Int { self == .gray ? 1 : 3 }
  }

  /// How a picture of another aspect ratio fits the model's input.
  public enum Crop: UInt8, Sendable, CaseIterable {
    /// The whole picture, its aspect ratio given up.
    case stretch
    /// A centred rectangle of the input's aspect ratio; `cropFraction` of the largest that fits.
    case center
    /// The whole picture with bars of mean colour, its aspect ratio kept.
    case letterbox

    /// As written in model files and on the command line.
    public var name: StaticString {
      switch self {
      case .stretch: "stretch"
      case .center: "center"
      case .letterbox: "letterbox"
      }
    }
  }

  /// The order in which the input has the channels.
  public var color: Color
  /// How a picture of another aspect ratio fits.
  public var crop: Crop
  /// Above 0, at most 1; used by `.center` alone.
  public var cropFraction: Float
  /// One for each channel, in pixel units.
  public var mean: [Float]
  /// One for each channel, in pixel units; finite and not 0. Negative values invert the picture.
  public var standardDeviation: [Float]

  public init(
    color: Color = .rgb, crop: Crop = .stretch, cropFraction: Float = 1, mean: [Float], standardDeviation: [Float]
  ) {
    self.color = color
    self.crop = crop
    self.cropFraction = cropFraction
    self.mean = mean
    self.standardDeviation = standardDeviation
  }
}
