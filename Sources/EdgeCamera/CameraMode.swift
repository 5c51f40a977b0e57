import CEdgeSystem

/// A frame size and rate that a camera offers for JPEG frames.
public struct CameraMode: Sendable, Equatable {
  public var width: Int
  public var height: Int
  /// Frames in a thousand seconds; 0 if the camera does not say.
  public var milliHertz: Int

  /// What is asked of a camera.
  public struct Wish: Sendable {
    /// The model's input: smaller frames lack detail, larger ones only cost time.
    public var inputWidth: Int
    public var inputHeight: Int
    /// nil for the smallest that covers the input.
    public var width: Int?
    public var height: Int?
    /// Frames a second; nil for as many as the camera gives at that size.
    public var frameRate: Int?

    public init(inputWidth: Int, inputHeight: Int, width: Int? = nil, height: Int? = nil, frameRate: Int? = nil) {
      (self.inputWidth, self.inputHeight) = (inputWidth, inputHeight)
      (self.width, self.height, self.frameRate) = (width, height, frameRate)
    }
  }

  /// The mode to use: of those with the rate asked for, or else of all, the one of the size asked for or the next larger, or else
  /// the smallest that covers the input, or else the largest; of equal ones that with the lowest rate that suffices, or the highest if
  /// no rate was asked for.
  /// - Returns: nil if there are no modes.
  public static func best(of modes: [CameraMode], for wish: Wish) -> CameraMode? {
    let rate = (wish.frameRate ?? 0) * 1000
    let fastEnough = modes.filter { $0.milliHertz >= rate || $0.milliHertz == 0 }
    let candidates = fastEnough.isEmpty ? modes : fastEnough
    let (width, height) = (wish.width ?? wish.inputWidth, wish.height ?? wish.inputHeight)
    let covering = candidates.filter { $0.width >= width && $0.height >= height }
    guard let size = covering.min(by: { $0.area < $1.area }) ?? candidates.max(by: { $0.area < $1.area }) else {
      return nil
    }
    let same = candidates.filter { $0.width == size.width && $0.height == size.height }
    return wish.frameRate == nil || fastEnough.isEmpty
      ? same.max { $0.milliHertz < $1.milliHertz } : same.min { $0.milliHertz < $1.milliHertz }
  }

  private var area: Int { width * height }
}
