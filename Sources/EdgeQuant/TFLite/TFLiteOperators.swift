/// The TensorFlow Lite operators that can be converted, one line each.
struct TFLiteOperator {
  /// `BuiltinOperator` in the schema.
  let code: Int32
  let source: String
  /// In the operator registry.
  let name: String
  /// How fields of the options table become attributes.
  let options: [TFLiteOption]

  private init(_ code: Int32, _ source: String, _ name: String, _ options: TFLiteOption...) {
    self.code = code
    self.source = source
    self.name = name
    self.options = options
  }

  static let byCode = Dictionary(uniqueKeysWithValues: all.map { ($0.code, $0) })

  static let all: [TFLiteOperator] = [
    .init(0, "ADD", "add", .activation(0)),
    .init(
      1, "AVERAGE_POOL_2D", "average_pool_2d", .padding(0), .stride(w: 1, h: 2), .filter(w: 3, h: 4), .activation(5)),
    .init(2, "CONCATENATION", "concatenation", .int("axis", 0), .activation(1)),
    .init(3, "CONV_2D", "conv_2d", .padding(0), .stride(w: 1, h: 2), .activation(3), .dilation(w: 4, h: 5)),
    .init(
      4, "DEPTHWISE_CONV_2D", "depthwise_conv_2d", .padding(0), .stride(w: 1, h: 2), .int("depth_multiplier", 3),
      .activation(4), .dilation(w: 5, h: 6)),
    .init(5, "DEPTH_TO_SPACE", "depth_to_space", .int("block_size", 0)),
    .init(6, "DEQUANTIZE", "dequantize"),
    .init(8, "FLOOR", "floor"),
    .init(
      9, "FULLY_CONNECTED", "fully_connected", .activation(0), .zero("weights_format", 1), .bool("keep_num_dims", 2)),
    .init(11, "L2_NORMALIZATION", "l2_normalization", .activation(0)),
    .init(14, "LOGISTIC", "logistic"),
    .init(17, "MAX_POOL_2D", "max_pool_2d", .padding(0), .stride(w: 1, h: 2), .filter(w: 3, h: 4), .activation(5)),
    .init(18, "MUL", "mul", .activation(0)),
    .init(19, "RELU", "relu"),
    .init(20, "RELU_N1_TO_1", "relu_n1_to_1"),
    .init(21, "RELU6", "relu6"),
    .init(22, "RESHAPE", "reshape", .ints("new_shape", 0)),
    .init(23, "RESIZE_BILINEAR", "resize_bilinear", .bool("align_corners", 2), .bool("half_pixel_centers", 3)),
    .init(25, "SOFTMAX", "softmax", .float("beta", 0)),
    .init(26, "SPACE_TO_DEPTH", "space_to_depth", .int("block_size", 0)),
    .init(28, "TANH", "tanh"),
    .init(34, "PAD", "pad"),
    .init(36, "GATHER", "gather", .int("axis", 0), .int("batch_dims", 1)),
    .init(39, "TRANSPOSE", "transpose"),
    .init(40, "MEAN", "mean", .bool("keep_dims", 0)),
    .init(41, "SUB", "sub", .activation(0)),
    .init(42, "DIV", "div", .activation(0)),
    .init(43, "SQUEEZE", "squeeze", .ints("squeeze_dims", 0)),
    .init(
      45, "STRIDED_SLICE", "strided_slice", .int("begin_mask", 0), .int("end_mask", 1), .int("ellipsis_mask", 2),
      .int("new_axis_mask", 3), .int("shrink_axis_mask", 4), .zero("offset", 5)),
    .init(49, "SPLIT", "split", .int("num_splits", 0)),
    .init(50, "LOG_SOFTMAX", "log_softmax"),
    .init(53, "CAST", "cast"),
    .init(54, "PRELU", "prelu"),
    .init(55, "MAXIMUM", "maximum"),
    .init(56, "ARG_MAX", "arg_max"),
    .init(57, "MINIMUM", "minimum"),
    .init(60, "PADV2", "padv2"),
    .init(65, "SLICE", "slice"),
    .init(67, "TRANSPOSE_CONV", "transpose_conv", .padding(0), .stride(w: 1, h: 2), .activation(3)),
    .init(70, "EXPAND_DIMS", "expand_dims"),
    .init(74, "SUM", "sum", .bool("keep_dims", 0)),
    .init(75, "SQRT", "sqrt"),
    .init(76, "RSQRT", "rsqrt"),
    // Has no kernel: conversion knows every shape and folds it.
    .init(77, "SHAPE", "shape"),
    .init(79, "ARG_MIN", "arg_min"),
    .init(82, "REDUCE_MAX", "reduce_max", .bool("keep_dims", 0)),
    .init(83, "PACK", "pack", .int("values_count", 0), .int("axis", 1)),
    .init(88, "UNPACK", "unpack", .int("num", 0), .int("axis", 1)),
    .init(89, "REDUCE_MIN", "reduce_min", .bool("keep_dims", 0)),
    .init(90, "FLOOR_DIV", "floor_div"),
    .init(
      97, "RESIZE_NEAREST_NEIGHBOR", "resize_nearest_neighbor", .bool("align_corners", 0),
      .bool("half_pixel_centers", 1)),
    .init(98, "LEAKY_RELU", "leaky_relu", .float("alpha", 0)),
    .init(99, "SQUARED_DIFFERENCE", "squared_difference"),
    .init(100, "MIRROR_PAD", "mirror_pad", .mirrorMode(0)),
    .init(102, "SPLIT_V", "split_v", .int("num_splits", 0)),
    .init(107, "GATHER_ND", "gather_nd"),
    .init(111, "ELU", "elu"),
    .init(114, "QUANTIZE", "quantize"),
    .init(117, "HARD_SWISH", "hard_swish"),
    .init(126, "BATCH_MATMUL", "batch_matmul", .bool("adj_x", 0), .bool("adj_y", 1)),
    .init(130, "BROADCAST_TO", "broadcast_to"),
    .init(150, "GELU", "gelu", .bool("approximate", 0)),
    .init(152, "RELU_0_TO_1", "relu_0_to_1"),
  ]
}
