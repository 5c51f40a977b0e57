import EdgeModel
import EdgeTensor

extension Pass {
  /// Recognizes what exporters write for activation functions that have an operator of their own:
  ///
  /// | operator | written as |
  /// | --- | --- |
  /// | `hard_swish` | `x · clip(x + 3, 0, 6) / 6`, `x · clip(x/6 + 1/2, 0, 1)` |
  /// | `gelu`, `approximate` | `x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 x³)))` |
  /// | `swish` | `x · sigmoid(x)` |
  /// | `l2_normalization` | `x / √Σx²` along the last axis |
  ///
  /// in whatever order the constants are multiplied.
  static let composeActivations = Pass("compose-activations") { graph, _ in
    graph.rewrite { graph, index, links in graph.composeGate(index, links) || graph.composeL2(index, links) }
  }
}

/// A polynomial of one tensor, constant coefficient first, of degree 3 at most.
private struct Polynomial: Equatable {
  var coefficients = [0.0, 0, 0, 0]

  static let x = Polynomial(coefficients: [0, 1, 0, 0])

  init(coefficients: [Double]) { self.coefficients = coefficients }
  init(_ constant: Float) { coefficients[0] = Double(constant) }

  /// nil if the degree exceeds 3.
  static func * (a: Polynomial, b: Polynomial) -> Polynomial? {
    var product = Polynomial(0)
    for (i, x) in a.coefficients.enumerated() where x != 0 {
      for (j, y) in b.coefficients.enumerated() where y != 0 {
        guard i + j < 4 else { return nil }
        product.coefficients[i + j] += x * y
      }
    }
    return product
  }

  static func + (a: Polynomial, b: Polynomial) -> Polynomial {
    Polynomial(coefficients: zip(a.coefficients, b.coefficients).map { $0 + $1 })
  }

  static prefix func - (a: Polynomial) -> Polynomial { Polynomial(coefficients: a.coefficients.map { -$0 }) }

  /// Equal but for the rounding of float32 constants.
  func isClose(to other: [Double]) -> Bool { zip(coefficients, other).allSatisfy { isNear($0, $1) } }
}

private func isNear(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-4 * max(abs(b), 1e-2) }

/// `x · (gain · g(p(x)) + bias)`: what makes an activation function out of a simpler one.
private struct Gate {
  let inner: String
  let polynomial: [Double]
  let gain: Double
  let bias: Double
  let result: String
  var attributes: [Attribute] = []

  static let all = [
    Gate(inner: "relu6", polynomial: [3, 1, 0, 0], gain: 1.0 / 6, bias: 0, result: "hard_swish"),
    Gate(inner: "relu_0_to_1", polynomial: [0.5, 1.0 / 6, 0, 0], gain: 1, bias: 0, result: "hard_swish"),
    Gate(inner: "logistic", polynomial: [0, 1, 0, 0], gain: 1, bias: 0, result: "swish"),
    Gate(
      inner: "tanh",
      polynomial: [0, (2 / Double.pi).squareRoot(), 0, 0.044715 * (2 / Double.pi).squareRoot()], gain: 0.5, bias: 0.5,
      result: "gelu", attributes: [Attribute("approximate", ints: [1])]),
  ]
}

extension Graph {
  /// - Returns: `tensor` as a polynomial of `x`, or nil if it is something else or takes more than `depth` operators.
  private func polynomial(_ tensor: Int, of x: Int, _ links: Links, depth: Int = 6) -> Polynomial? {
    if tensor == x { return .x }
    if let value = scalar(tensor) { return Polynomial(value) }
    guard depth > 0, let producer = links.producer[tensor], nodes[producer].hasNoActivation,
      nodes[producer].inputs.count == 2, let first = nodes[producer].inputs[0], let second = nodes[producer].inputs[1],
      let a = polynomial(first, of: x, links, depth: depth - 1),
      let b = polynomial(second, of: x, links, depth: depth - 1)
    else { return nil }
    switch nodes[producer].operatorName {
    case "add": return a + b
    case "sub": return a + -b
    case "mul": return a * b
    case "div":
      guard let divisor = scalar(second), divisor != 0 else { return nil }
      return a * Polynomial(coefficients: [1 / Double(divisor), 0, 0, 0])
    default: return nil
    }
  }

  /// The tensors that a chain of sums and products begins with, `tensor` included.
  private func ancestors(_ tensor: Int, _ links: Links, depth: Int = 6) -> [Int] {
    guard scalar(tensor) == nil else { return [] }
    guard depth > 0, let producer = links.producer[tensor],
      ["add", "sub", "mul", "div"].contains(nodes[producer].operatorName)
    else { return [tensor] }
    return [tensor] + nodes[producer].inputs.flatMap { $0.map { ancestors($0, links, depth: depth - 1) } ?? [] }
  }

  fileprivate mutating func composeGate(_ index: Int, _ links: Links) -> Bool {
    let node = nodes[index]
    // A clamp may stand fused in the sum before it.
    let isFused = ["add", "mul", "sub"].contains(node.operatorName) && !node.hasNoActivation
    let inner = isFused ? node.attributes.text("activation") ?? "" : node.operatorName
    guard Gate.all.contains(where: { $0.inner == inner }), let output = node.outputs.first,
      tensors[output].dataType == .float32
    else { return false }
    let argument: Int
    var plain = self
    if isFused {
      plain.nodes[index].attributes.set(Attribute("activation", text: "none"))
      argument = output
    } else {
      guard node.inputs.count == 1, let input = node.inputs[0] else { return false }
      argument = input
    }
    for x in Set(plain.ancestors(argument, links)).sorted() {
      guard !isFused || x != output, let polynomial = plain.polynomial(argument, of: x, links) else { continue }
      for gate in Gate.all where gate.inner == inner && polynomial.isClose(to: gate.polynomial) {
        if let end = gateEnd(output, x, gate, links) {
          nodes[end] = Node(
            gate.result, name: nodes[end].name, inputs: [x], outputs: nodes[end].outputs,
            attributes: Attributes(gate.attributes), source: nodes[end].source)
          return true
        }
      }
    }
    return false
  }

  /// Follows what is made of an inner function's result to the node that completes the gate.
  private func gateEnd(_ start: Int, _ x: Int, _ gate: Gate, _ links: Links) -> Int? {
    var (current, gain, bias, isProduct) = (start, 1.0, 0.0, false)
    for _ in 0..<6 {
      guard let reader = links.soleReader(of: current), nodes[reader].inputs.count == 2,
        let first = nodes[reader].inputs[0], let second = nodes[reader].inputs[1], nodes[reader].outputs.count == 1
      else { return nil }
      let other = first == current ? second : first
      let constant = scalar(other).map { Double($0) }
      switch (nodes[reader].operatorName, constant) {
      case ("mul", let factor?): (gain, bias) = (gain * factor, bias * factor)
      case ("div", let divisor?) where first == current && divisor != 0: (gain, bias) = (gain / divisor, bias / divisor)
      case ("add", let summand?) where !isProduct: bias += summand
      case ("mul", nil) where !isProduct:
        guard let factor = polynomial(other, of: x, links), factor.coefficients[1] != 0,
          factor == Polynomial(coefficients: [0, factor.coefficients[1], 0, 0])
        else { return nil }
        (gain, bias, isProduct) = (gain * factor.coefficients[1], bias * factor.coefficients[1], true)
      default: return nil
      }
      current = nodes[reader].outputs[0]
      let shapesAgree = tensors[current].shape == tensors[x].shape
      if isProduct, shapesAgree, isNear(gain, gate.gain), isNear(bias, gate.bias) {
        return nodes[reader].hasNoActivation ? reader : nil
      }
      guard nodes[reader].hasNoActivation else { return nil }
    }
    return nil
  }

  /// `x / √(Σx² + ε)` or `x / max(√Σx², ε)`, ε being too small to matter but for rows of zeros.
  fileprivate mutating func composeL2(_ index: Int, _ links: Links) -> Bool {
    let node = nodes[index]
    guard node.operatorName == "div", node.hasNoActivation, let x = node.inputs[0], var divisor = node.inputs[1],
      let rank = tensors[x].shape?.rank, tensors[x].dataType == .float32
    else { return false }
    func skip(_ tensor: Int, _ names: [String]) -> Int {
      guard let producer = links.producer[tensor], names.contains(nodes[producer].operatorName),
        nodes[producer].inputs.count == 2, let epsilon = scalar(nodes[producer].inputs[1]), epsilon >= 0,
        epsilon <= 1e-6
      else { return tensor }
      return nodes[producer].inputs[0] ?? tensor
    }
    divisor = skip(divisor, ["maximum", "add"])
    guard let root = links.producer[divisor], nodes[root].operatorName == "sqrt", let radicand = nodes[root].inputs[0],
      let sum = links.producer[skip(radicand, ["maximum", "add"])], nodes[sum].operatorName == "sum",
      nodes[sum].attributes.bool("keep_dims"), nodes[sum].inputs.count == 2,
      let axes = constantInts(nodes[sum].inputs[1]), axes == [-1] || axes == [rank - 1],
      let squares = nodes[sum].inputs[0], let square = links.producer[squares], nodes[square].operatorName == "mul",
      nodes[square].inputs == [x, x], nodes[square].hasNoActivation
    else { return false }
    nodes[index].operatorName = "l2_normalization"
    nodes[index].inputs = [x]
    nodes[index].attributes = Attributes()
    return true
  }
}
