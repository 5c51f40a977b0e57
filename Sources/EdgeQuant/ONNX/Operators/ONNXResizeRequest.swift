import EdgeKernels
import EdgeModel
import EdgeTensor

/// What a Resize asks for.
struct ResizeRequest {
  struct Axis {
    let input: Int
    let output: Int
    /// Output elements for each input element, as the node says it.
    let scale: Float
  }

  var axes: [Axis] = []
  let coordinates: String
  let nearestMode: String
  let usesAntialias: Bool
  /// Whether elements beyond the edge have no weight.
  let excludesOutside: Bool

  init(_ node: ONNXNode) {
    let isUpsample = node.operatorName == "Upsample"
    coordinates = isUpsample ? "asymmetric" : node.text("coordinate_transformation_mode", default: "half_pixel")
    nearestMode = isUpsample ? "floor" : node.text("nearest_mode", default: "round_prefer_floor")
    excludesOutside = node.int("exclude_outside", default: 0) != 0
    usesAntialias = node.int("antialias", default: 0) != 0
  }

  /// Where output element i lies between the input's elements. Each operation rounds to float32, as in onnxruntime: nearest elements
  /// depend on it.
  func position(_ i: Int, _ axis: Axis) throws(Refusal) -> Float {
    let x = Float(i)
    switch coordinates {
    case "half_pixel": return (x + 0.5) / axis.scale - 0.5
    case "pytorch_half_pixel": return axis.output > 1 ? (x + 0.5) / axis.scale - 0.5 : 0
    case "asymmetric": return x / axis.scale
    case "align_corners": return axis.output > 1 ? x * Float(axis.input - 1) / Float(axis.output - 1) : 0
    case "half_pixel_symmetric":
      let adjustment = Float(axis.output) / (axis.scale * Float(axis.input))
      return Float(axis.input) / 2 * (1 - adjustment) + (x + 0.5) / axis.scale - 0.5
    default:
      throw Refusal(
        "coordinate_transformation_mode is \"\(coordinates)\"; supported: half_pixel, pytorch_half_pixel, half_pixel_symmetric, "
          + "asymmetric, align_corners")
    }
  }

  /// The input element that each output element repeats.
  func nearest(_ axis: Axis) throws(Refusal) -> [Int] {
    var elements: [Int] = []
    for i in 0..<axis.output {
      let position = try position(i, axis)
      guard !position.isNaN else { throw Refusal("its scales are out of range") }
      let isTie = position == position.rounded(.down) + 0.5
      let element: Float
      switch nearestMode {
      case "round_prefer_floor": element = position.rounded(isTie ? .down : .toNearestOrAwayFromZero)
      case "round_prefer_ceil": element = position.rounded(isTie ? .up : .toNearestOrAwayFromZero)
      case "floor": element = position.rounded(.down)
      case "ceil": element = position.rounded(.up)
      default: throw Refusal("nearest_mode is \"\(nearestMode)\"")
      }
      elements.append(Int(min(max(element, 0), Float(axis.input - 1))))
    }
    return elements
  }

  /// The runtime's two flags, in the order in which they are tried.
  static let rules: [(alignsCorners: Bool, halfPixels: Bool)] = [
    (false, true), (false, false), (true, false), (true, true),
  ]

  static func attributes(_ rule: (alignsCorners: Bool, halfPixels: Bool)) -> [Attribute] {
    [
      Attribute("align_corners", ints: [rule.alignsCorners ? 1 : 0]),
      Attribute("half_pixel_centers", ints: [rule.halfPixels ? 1 : 0]),
    ]
  }
}

extension ONNXBuilder {
  mutating func nearest(_ x: Int, _ request: ResizeRequest) throws(Refusal) -> Int {
    let elements = try request.axes.map { axis throws(Refusal) in try request.nearest(axis) }
    let isPicture = request.axes.count == 4 && request.axes[..<2].allSatisfy { $0.input == $0.output }
    let rule = ResizeRequest.rules.first { rule in
      request.axes.indices.suffix(2).allSatisfy { request.axes[$0].repeats(elements[$0], rule) }
    }
    if isPicture, let rule { return try resize("resize_nearest_neighbor", x, request, rule) }
    var result = x
    for (axis, list) in elements.enumerated() where list != Array(0..<request.axes[axis].input) {
      result = try gather(result, list, axis: axis)
    }
    return result
  }

  mutating func bilinear(_ x: Int, _ request: ResizeRequest) throws(Refusal) -> Int {
    guard request.axes.count == 4, request.axes[..<2].allSatisfy({ $0.input == $0.output }) else {
      throw Refusal("linear resizing of \(shape(x)) is supported along height and width of NCHW alone")
    }
    if request.usesAntialias, request.axes.contains(where: { $0.output < $0.input }) {
      return try interpolated(x, request, .linear)
    }
    var positions: [[Float]] = []
    for axis in request.axes[2...] {
      positions.append(try (0..<axis.output).map { i throws(Refusal) in try request.position(i, axis) })
    }
    let rule = ResizeRequest.rules.prefix(3).first { rule in
      zip(request.axes[2...], positions).allSatisfy { axis, positions in axis.interpolates(at: positions, rule) }
    }
    guard let rule else { return try interpolated(x, request, .linear) }
    return try resize("resize_bilinear", x, request, rule)
  }

  private mutating func resize(
    _ operatorName: String, _ x: Int, _ request: ResizeRequest, _ rule: (alignsCorners: Bool, halfPixels: Bool)
  ) throws(Refusal) -> Int {
    let size = constant([request.axes[2].output, request.axes[3].output], "size")
    return try channelsFirst(try emit(operatorName, [try channelsLast(x), size], ResizeRequest.attributes(rule)))
  }
}

extension ResizeRequest.Axis {
  /// Whether the runtime's rule repeats these elements.
  fileprivate func repeats(_ elements: [Int], _ rule: (alignsCorners: Bool, halfPixels: Bool)) -> Bool {
    let sampler = ResizeAxis(
      input: input, output: output, alignsCorners: rule.alignsCorners, usesHalfPixels: rule.halfPixels)
    return elements.enumerated().allSatisfy { sampler.nearest($0.offset) == $0.element }
  }

  /// Whether the runtime's rule samples at these positions, to a thousandth of an element.
  fileprivate func interpolates(at positions: [Float], _ rule: (alignsCorners: Bool, halfPixels: Bool)) -> Bool {
    let sampler = ResizeAxis(
      input: input, output: output, alignsCorners: rule.alignsCorners, usesHalfPixels: rule.halfPixels)
    return positions.enumerated().allSatisfy { i, position in
      let sample = sampler.sample(i)
      let found = sample.lower == sample.upper ? Float(sample.lower) : Float(sample.lower) + sample.weight
      return abs(found - min(max(position, 0), Float(input - 1))) <= 1e-3
    }
  }
}
