/// How a changed network learns the original's answers again.
public struct RefinementSettings: Equatable, Sendable {
  /// Of the squared differences of the answer, over the energy of the original's; before a softmax without the mean over classes, which
  /// changes nothing there.
  public var answerWeight = 1.0
  /// Of the squared differences of what each addition gives, or in a network without any what every layer gives, over the energy of the
  /// original's.
  public var featureWeight = 1.0
  /// The largest step of a parameter, as a part of the root mean square of the layer's weights or biases at the start: folded batch
  /// normalization leaves layers of very different size. Reached after the warm-up; then it falls along half a cosine to 0.
  public var learningRate = 0.015
  /// The part of the steps in which the rate rises.
  public var warmUp = 0.08
  /// Adam's means of gradients and of their squares forget by these.
  public var momentum = 0.9
  public var squareMomentum = 0.99
  /// Whether weights of convolutions and dense layers take steps in which every direction counts alike instead of Adam's.
  public var isOrthogonal = false
  public var batchSize = 64
  /// At most so many; `maximumMacs` may allow fewer.
  public var stepCount = 2000
  /// Bounds the time for large networks: the multiply-accumulates of all samples shown, forwards through the changed network, where each
  /// element of an activation counts as `macsPerElement`. On two cores that make 100 billion float32 operations a second this is
  /// about eight minutes. nil: no bound.
  public var maximumMacs: Double? = 4e12
  public var augmentation = Augmentation()
  public var seed: UInt64 = 1

  public init() {}

  /// What reading and writing an activation takes beside the products, measured on MobileNetV2 0.35 and ResNet8 with AVX2.
  static let macsPerElement = 20

  /// Steps for a network of so many multiply-accumulates.
  func steps(macs: Int) -> Int {
    guard let maximumMacs else { return max(stepCount, 1) }
    return max(min(stepCount, Int(maximumMacs / (Double(max(macs, 1)) * Double(max(batchSize, 1))))), 1)
  }
}

/// Changes to samples that make more of them. Only pictures `[1, height, width, channels]` are mirrored and shifted.
public struct Augmentation: Equatable, Sendable {
  /// Whether every other picture is mirrored left to right.
  public var mirrors = true
  /// Pictures are shifted by up to so many pixels; beyond the border they are mirrored.
  public var shift = 4
  /// The part of the samples that are mixed with another one, in proportions drawn evenly.
  public var mixed = 0.5

  public init() {}

  /// Every sample stays as it is.
  public static var none: Augmentation {
    var none = Augmentation()
    (none.mirrors, none.shift, none.mixed) = (false, 0, 0)
    return none
  }
}
