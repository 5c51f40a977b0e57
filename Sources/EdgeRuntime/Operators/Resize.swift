import EdgeKernels
import EdgeModel
import EdgeTensor

extension OperatorDefinition {
  /// Resizes pictures by interpolating between the four nearest pixels.
  ///
  /// Inputs: x `[N, H, W, C]`, int8 or float32; size, constant, the new height and width. Attributes: `align_corners` or `half_pixel_centers`;
  /// `uint8_rule`: int8 codes that were uint8 are interpolated in float32, as TensorFlow Lite does for uint8. Scales are ignored.
  static let resizeBilinear = OperatorDefinition(
    "resize_bilinear", inputs: 2...2,
    outputTypes: { node throws(PlanError) in
      guard !(node.attributes.bool("align_corners") && node.attributes.bool("half_pixel_centers")) else {
        throw .badAttribute("half_pixel_centers", reason: "excludes align_corners")
      }
      return try node.resizedOutput()
    },
    plan: { context throws(PlanError) in
      let geometry = try context.node.resize()
      let (x, y) = (context.inputs[0], context.outputs[0])
      let rowCount = context.node.resizedRowCount
      let usesUInt8Rule = context.node.attributes.bool("uint8_rule")
      switch context.node.outputs[0].dataType {
      case .int8:
        if let kernel = KernelSet.bilinearS8(for: context.cpu) {
          return Step(unitCount: rowCount, kernel: kernel.name) { frame, rows in
            geometry.bilinear(
              rows, frame.read(x), frame.write(y), usesUInt8Rule: usesUInt8Rule, kernel: kernel)
          }
        }
        return Step(unitCount: rowCount) { frame, rows in
          if usesUInt8Rule {
            geometry.bilinearU8(rows, frame.read(x), frame.write(y))
          } else {
            geometry.bilinearS8(rows, frame.read(x), frame.write(y))
          }
        }
      case .float32:
        return Step(unitCount: rowCount) { frame, rows in geometry.bilinearF32(rows, frame.read(x), frame.write(y)) }
      case let type: throw .unsupportedType(operand: "x", got: type, supported: "int8, float32")
      }
    })

  /// Resizes pictures by repeating or leaving out pixels.
  ///
  /// Inputs: x `[N, H, W, C]` of any type; size, constant, the new height and width. Attributes: `align_corners`, `half_pixel_centers`.
  static let resizeNearestNeighbor = OperatorDefinition(
    "resize_nearest_neighbor", inputs: 2...2,
    outputTypes: { node throws(PlanError) in try node.resizedOutput() },
    plan: { context throws(PlanError) in
      let geometry = try context.node.resize()
      let (x, y) = (context.inputs[0], context.outputs[0])
      let byteCount = context.node.outputs[0].dataType.byteCount
      return Step(unitCount: context.node.resizedRowCount) { frame, rows in
        geometry.copyNearest(
          rows, UnsafeRawPointer(frame.read(x, as: UInt8.self)),
          UnsafeMutableRawPointer(frame.write(y, as: UInt8.self)), elementByteCount: byteCount)
      }
    })
}

extension Node {
  fileprivate func resizedOutput() throws(PlanError) -> [OutputType] {
    let x = try input(0, "x")
    guard x.shape.rank == 4 else { throw .rankMismatch(operand: "x", expected: "4", got: x.shape) }
    guard x.shape[1] > 0, x.shape[2] > 0 else { throw .badValue(operand: "x", reason: "pictures without pixels") }
    let size = try constantInts(1, "size")
    guard size.count == 2, size[0] > 0, size[1] > 0 else {
      throw .badValue(operand: "size", reason: "must be two positive numbers")
    }
    return [try OutputType(x.dataType, checking: [x.shape[0], size[0], size[1], x.shape[3]])]
  }

  /// - Precondition: `resizedOutput()` accepted the node.
  fileprivate func resize() throws(PlanError) -> Resize {
    let (x, y) = (try input(0, "x").shape, outputs[0].shape)
    func axis(_ index: Int) -> ResizeAxis {
      ResizeAxis(
        input: x[index], output: y[index], alignsCorners: attributes.bool("align_corners"),
        usesHalfPixels: attributes.bool("half_pixel_centers"))
    }
    return Resize(vertical: axis(1), horizontal: axis(2), channels: x[3])
  }

  fileprivate var resizedRowCount: Int {
    let y = outputs[0].shape
    return y.elementCount == 0 ? 0 : y[0] * y[1]
  }
}
