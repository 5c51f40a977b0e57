import EdgeModel
import EdgeTensor

/// Models of two operators, small enough to know their outputs by heart.
enum TinyModel {
  /// `y = reshape(x + [10, −20, 30, 40])`: int8, scale 1, zero point 0; x is 1x2x2x1, y is 1x4.
  static func int8(labels: [String] = []) -> ModelContents {
    var contents = ModelContents()
    contents.name = "tiny"
    contents.tensors = [
      tensor("x", .int8, [1, 2, 2, 1]), tensor("bias", .int8, [1, 2, 2, 1], data: [10, 236, 30, 40]),
      tensor("sum", .int8, [1, 2, 2, 1]), tensor("y", .int8, [1, 4]),
    ]
    contents.operators = [
      ModelContents.Operator(name: "add", node: "net/add", inputs: [0, 1], outputs: [2]),
      ModelContents.Operator(
        name: "reshape", node: "net/flat", inputs: [2], outputs: [3],
        attributes: Attributes([Attribute("new_shape", ints: [1, 4])])),
    ]
    contents.inputs = [0]
    contents.outputs = [3]
    contents.labels = labels
    // The sum is written over x.
    contents.plans = (1...4).map { plan(threads: $0, x: 0, sum: 0) }
    return contents
  }

  /// y has the bytes of the sum.
  static func plan(threads: Int = 1, x: Int, sum: Int) -> Model.MemoryPlan {
    let nowhere = Model.MemoryPlan.nowhere
    return Model.MemoryPlan(
      threads: threads, peak: max(x, sum) + 64, tensorOffsets: [x, nowhere, sum, sum],
      scratchOffsets: [nowhere, nowhere])
  }

  /// `y = a + b`, in any type that is not quantized, 1x3.
  static func sum(_ dataType: DataType) -> ModelContents {
    var contents = ModelContents()
    contents.name = "sum"
    contents.tensors = ["a", "b", "y"].map {
      ModelContents.Tensor(name: $0, dataType: dataType, shape: Shape([1, 3]))
    }
    contents.operators = [ModelContents.Operator(name: "add", node: "add", inputs: [0, 1], outputs: [2])]
    contents.inputs = [0, 1]
    contents.outputs = [2]
    return contents
  }

  /// A classifier whose scores are the pixels of a gray picture of 2x2: `y = reshape(x + 0)`, all int8 with scale 1 and zero
  /// point −128, so that real values are 0…255.
  static func pixels(labels: [String] = []) -> ModelContents {
    var contents = int8(labels: labels)
    for index in contents.tensors.indices { contents.tensors[index].zeroPoints = [-128] }
    contents.tensors[1].data = [128, 128, 128, 128]
    contents.preprocessing = Preprocessing(color: .gray, mean: [0], standardDeviation: [1])
    return contents
  }

  private static func tensor(_ name: String, _ type: DataType, _ extents: [Int], data: [UInt8]? = nil)
    -> ModelContents.Tensor
  {
    ModelContents.Tensor(name: name, dataType: type, shape: Shape(extents), scales: [1], zeroPoints: [0], data: data)
  }
}
