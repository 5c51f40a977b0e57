extension GraphDrawing {
  /// What operators do, in the colour of their mark.
  enum Kind: CaseIterable {
    case boundary, convolution, dense, pooling, activation, arithmetic, quantization, movement

    init(_ operatorName: String) {
      let name = operatorName.lowercased().replacing("_", with: "")
      func has(_ words: String...) -> Bool { words.contains { name.contains($0) } }
      self =
        if has("conv") {
          .convolution
        } else if has("fullyconnected", "gemm", "matmul") {
          .dense
        } else if has("quantize", "cast") {
          .quantization
        } else if has("pool", "mean", "reduce") || name == "sum" {
          .pooling
        } else if has("relu", "softmax", "logistic", "sigmoid", "tanh", "swish", "gelu", "elu", "clip") {
          .activation
        } else if has("add", "sub", "mul", "div", "max", "min", "sqrt", "pow", "norm", "squared", "erf", "exp", "floor")
        {
          .arithmetic
        } else {
          .movement
        }
    }

    var title: String {
      switch self {
      case .boundary: "input, output"
      case .convolution: "convolution"
      case .dense: "dense"
      case .pooling: "pooling, reduction"
      case .activation: "activation"
      case .arithmetic: "arithmetic"
      case .quantization: "quantization"
      case .movement: "data movement"
      }
    }
  }

  static let style = """
    text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
    .page{fill:#fff}.box{fill:#f6f8fa;stroke:#d0d7de}.refused{fill:#fff1f0;stroke:#cf222e;stroke-dasharray:5 3}
    .title{font-size:18px;font-weight:600;fill:#1f2328}.op{font-size:13px;font-weight:600;fill:#1f2328}
    .small{font-size:11px;fill:#59636e}.problem{font-size:11px;fill:#cf222e}
    .shape{font-size:10.5px;fill:#3d444d;stroke:#fff;stroke-width:3px;stroke-linejoin:round;paint-order:stroke}
    .left{text-anchor:end}
    .edge{fill:none;stroke:#8c959f;stroke-width:1.4}.tip{fill:#8c959f}
    .boundary{fill:#6e7781}.convolution{fill:#0969da}.dense{fill:#8250df}.pooling{fill:#1a7f37}.activation{fill:#bf8700}
    .arithmetic{fill:#bc4c00}.quantization{fill:#0e8a8a}.movement{fill:#afb8c1}
    @media (prefers-color-scheme:dark){.page{fill:#0d1117}.box{fill:#161b22;stroke:#3d444d}
    .refused{fill:#2d1214;stroke:#f85149}.title,.op{fill:#f0f6fc}.small{fill:#9198a1}.problem{fill:#ff7b72}
    .shape{fill:#c9d1d9;stroke:#0d1117}.edge{stroke:#6e7681}.tip{fill:#6e7681}
    .boundary{fill:#9198a1}.convolution{fill:#4493f8}.dense{fill:#ab7df8}.pooling{fill:#3fb950}.activation{fill:#d29922}
    .arithmetic{fill:#f0883e}.quantization{fill:#39c5cf}.movement{fill:#656c76}}
    """
}
