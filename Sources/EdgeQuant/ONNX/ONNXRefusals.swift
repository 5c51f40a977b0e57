/// What to say about operators that cannot be imported: why, and the nearest form that can.
enum ONNXRefusals {
  static func reason(_ node: ONNX_NodeProto) -> String {
    guard ONNXFile.isStandard(node.domain) || node.domain == "com.microsoft" else {
      return
        "operators of the domain \"\(node.domain)\" are not supported; export the model with standard operators, and "
        + "with its functions inlined"
    }
    return reasons[node.opType] ?? "this operator is not supported"
  }

  private static let dynamic =
    "computes its scales while running; quantize the model statically (QDQ) instead, or give the float model"
  private static let recurrent =
    "recurrent operators are not supported; a network must be convolutions, dense layers and the like"
  private static let control = "control flow is not supported; export the model without it"

  private static let reasons = [
    "DynamicQuantizeLinear": dynamic, "DynamicQuantizeMatMul": dynamic, "MatMulInteger": dynamic,
    "MatMulIntegerToFloat": dynamic, "ConvInteger": dynamic, "DynamicQuantizeLSTM": dynamic,
    "LSTM": recurrent, "GRU": recurrent, "RNN": recurrent,
    "If": control, "Loop": control, "Scan": control,
    "NonMaxSuppression": "its output has no fixed shape; cut the model before it, and select boxes in the program",
    "NonZero": "its output has no fixed shape; cut the model before it",
    "TopK": "its order of elements is not supported; supported: ArgMax, or choose the best in the program",
    "Einsum": "not supported; supported: MatMul and Gemm",
    "ScatterND": "not supported; supported: Concat and Pad",
    "ScatterElements": "not supported; supported: Concat and Pad",
    "GridSample": "not supported; supported: Resize with fixed scales or sizes",
    "RoiAlign": "not supported; cut the model before it",
    "Erf": "not supported on its own; supported: Gelu, also written as x * 0.5 * (1 + Erf(x / sqrt 2))",
  ]
}
