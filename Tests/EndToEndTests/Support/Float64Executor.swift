import EdgeModel
import EdgeQuant
import EdgeTensor
import Foundation

/// Runs an imported graph of a few operators in float64, loop by loop, straight from the operators' definitions. Weights are
/// dequantized on the way.
struct Float64Executor {
  struct Unsupported: Error { let reason: String }

  private let graph: Graph

  init(_ graph: Graph) { self.graph = graph }

  /// - Returns: the first output.
  func run(_ input: [Double]) throws -> [Double] {
    var values: [Int: [Double]] = [graph.inputs[0]: input]
    func value(_ index: Int) throws -> [Double] {
      if let known = values[index] { return known }
      let tensor = graph.tensors[index]
      if let real = tensor.dequantized() { return real.map { Double($0) } }
      guard tensor.dataType == .float32 else { throw Unsupported(reason: "\(tensor)") }
      return tensor.values(as: Float.self).map { Double($0) }
    }
    for node in graph.nodes {
      guard let first = node.inputs[0] else { throw Unsupported(reason: "no input") }
      let x = try value(first)
      let y: [Double]
      switch node.operatorName {
      case "conv_2d", "depthwise_conv_2d":
        y = convolution(
          node, x, try value(node.inputs[1]!), try value(node.inputs[2]!),
          isDepthwise: node.operatorName == "depthwise_conv_2d")
      case "fully_connected": y = dense(node, x, try value(node.inputs[1]!), try value(node.inputs[2]!))
      case "average_pool_2d": y = averagePool(node, x)
      case "softmax": y = softmax(x, beta: Double(node.attributes.float("beta") ?? 1))
      case "reshape": y = x
      default: throw Unsupported(reason: node.operatorName)
      }
      values[node.outputs[0]] = activated(y, node.attributes.text("activation"))
    }
    return values[graph.outputs[0]] ?? []
  }

  private func activated(_ values: [Double], _ name: String?) -> [Double] {
    switch name {
    case "relu": values.map { max($0, 0) }
    case "relu6": values.map { min(max($0, 0), 6) }
    default: values
    }
  }

  /// Where output position `index` begins in the input along one axis.
  private func origin(_ index: Int, _ input: Int, _ output: Int, _ kernel: Int, _ stride: Int, _ isSame: Bool) -> Int {
    let before = isSame ? max((output - 1) * stride + kernel - input, 0) / 2 : 0
    return index * stride - before
  }

  private func convolution(
    _ node: Graph.Node, _ x: [Double], _ w: [Double], _ bias: [Double], isDepthwise: Bool
  ) -> [Double] {
    let (xs, ws, ys) = (shape(node.inputs[0]!), shape(node.inputs[1]!), shape(node.outputs[0]))
    let (sh, sw) = (node.attributes.int("stride_h")!, node.attributes.int("stride_w")!)
    let isSame = node.attributes.text("padding") == "same"
    var y = [Double](repeating: 0, count: ys.elementCount)
    for oy in 0..<ys[1] {
      for ox in 0..<ys[2] {
        for c in 0..<ys[3] {
          var sum = bias[c]
          for ky in 0..<ws[1] {
            for kx in 0..<ws[2] {
              let iy = origin(oy, xs[1], ys[1], ws[1], sh, isSame) + ky
              let ix = origin(ox, xs[2], ys[2], ws[2], sw, isSame) + kx
              guard iy >= 0, iy < xs[1], ix >= 0, ix < xs[2] else { continue }
              if isDepthwise {
                sum += x[(iy * xs[2] + ix) * xs[3] + c * xs[3] / ys[3]] * w[(ky * ws[2] + kx) * ys[3] + c]
              } else {
                for i in 0..<xs[3] {
                  sum += x[(iy * xs[2] + ix) * xs[3] + i] * w[((c * ws[1] + ky) * ws[2] + kx) * xs[3] + i]
                }
              }
            }
          }
          y[(oy * ys[2] + ox) * ys[3] + c] = sum
        }
      }
    }
    return y
  }

  private func dense(_ node: Graph.Node, _ x: [Double], _ w: [Double], _ bias: [Double]) -> [Double] {
    let depth = shape(node.inputs[1]!)[1]
    return bias.indices.map { o in (0..<depth).reduce(bias[o]) { $0 + x[$1] * w[o * depth + $1] } }
  }

  /// VALID padding, as in the models this runs.
  private func averagePool(_ node: Graph.Node, _ x: [Double]) -> [Double] {
    let (xs, ys) = (shape(node.inputs[0]!), shape(node.outputs[0]))
    let (fh, fw) = (node.attributes.int("filter_h")!, node.attributes.int("filter_w")!)
    let (sh, sw) = (node.attributes.int("stride_h")!, node.attributes.int("stride_w")!)
    var y = [Double](repeating: 0, count: ys.elementCount)
    for oy in 0..<ys[1] {
      for ox in 0..<ys[2] {
        for c in 0..<ys[3] {
          var sum = 0.0
          for ky in 0..<fh { for kx in 0..<fw { sum += x[((oy * sh + ky) * xs[2] + ox * sw + kx) * xs[3] + c] } }
          y[(oy * ys[2] + ox) * ys[3] + c] = sum / Double(fh * fw)
        }
      }
    }
    return y
  }

  private func softmax(_ x: [Double], beta: Double) -> [Double] {
    let powers = x.map { exp(beta * ($0 - (x.max() ?? 0))) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  private func shape(_ tensor: Int) -> Shape { graph.tensors[tensor].shape ?? Shape([]) }
}
