import EdgeTensor

extension Graph {
  /// Who writes and who reads each tensor.
  struct Links {
    /// The node that writes a tensor, or nil.
    let producer: [Int?]
    /// The nodes that read it, in order; a node that reads it twice stands there twice.
    let readers: [[Int]]
    let isOutput: [Bool]

    /// The one node that reads a tensor, once, if nobody else sees it.
    func soleReader(of tensor: Int) -> Int? {
      readers[tensor].count == 1 && !isOutput[tensor] ? readers[tensor][0] : nil
    }
  }

  var links: Links {
    var readers = [[Int]](repeating: [], count: tensors.count)
    for (index, node) in nodes.enumerated() { for case let input? in node.inputs { readers[input].append(index) } }
    var isOutput = [Bool](repeating: false, count: tensors.count)
    for output in outputs { isOutput[output] = true }
    return Links(producer: producers, readers: readers, isOutput: isOutput)
  }

  /// Applies `rule` to one node after the other until it changes none; it says whether it changed the graph.
  ///
  /// A rule may rewrite, add and remove nodes as it likes; every change must bring the graph closer to one that it leaves alone.
  mutating func rewrite(_ rule: (inout Graph, Int, Links) -> Bool) {
    var (index, links) = (0, links)
    while index < nodes.count {
      if rule(&self, index, links) {
        links = self.links
        // What comes before may match now.
        index = max(0, index - 4)
      } else {
        index += 1
      }
    }
  }

  /// The value of a constant float32 tensor of one element.
  func scalar(_ tensor: Int?) -> Float? {
    guard let tensor, tensors[tensor].dataType == .float32, tensors[tensor].data?.count == 4 else { return nil }
    return tensors[tensor].values(as: Float.self).first
  }

  /// Adds a row-major constant.
  mutating func addConstant<T: BitwiseCopyable>(
    _ name: String, _ dataType: DataType, _ dimensions: [Int], _ values: [T]
  ) -> Int {
    add(Tensor(name: name, dataType: dataType, shape: Shape(dimensions), data: Tensor.bytes(of: values)))
  }

  /// The values of a constant int32 or int64 tensor.
  func constantInts(_ tensor: Int?) -> [Int]? {
    guard let tensor, tensors[tensor].isConstant else { return nil }
    switch tensors[tensor].dataType {
    case .int32: return tensors[tensor].values(as: Int32.self).map { Int($0) }
    case .int64: return tensors[tensor].values(as: Int64.self).map { Int($0) }
    default: return nil
    }
  }
}
