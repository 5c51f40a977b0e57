/// The TensorFlow Lite operators that can be converted, one line each.
struct TFLiteOperator {
  /// `BuiltinOperator` in the schema.
  let code: Int32
  let source: String
  /// In the operator registry.
  let name: String
  /// The version that files declare where the first input, or the second, is int8. Versions count what an operator has learned;
  /// interpreters refuse those that they do not know.
  let int8Version: Int32
  /// Which table the options are, in the union of the schema; 0 for none.
  let optionsTable: UInt8
  /// How fields of the options table become attributes.
  let options: [TFLiteOption]

  private init(
    _ code: Int32, _ source: String, _ name: String, int8 version: Int32 = 1, table: UInt8 = 0,
    _ options: TFLiteOption...
  ) {
    self.code = code
    self.source = source
    self.name = name
    int8Version = version
    optionsTable = table
    self.options = options
  }

  static let byCode = Dictionary(uniqueKeysWithValues: all.map { ($0.code, $0) })
  static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

  static let all: [TFLiteOperator] = [
    .init(0, "ADD", "add", int8: 2, table: 11, .activation(0)),
    .init(
      1, "AVERAGE_POOL_2D", "average_pool_2d", int8: 2, table: 5, .padding(0), .stride(w: 1, h: 2), .filter(w: 3, h: 4),
      .activation(5)),
    .init(2, "CONCATENATION", "concatenation", int8: 2, table: 10, .int("axis", 0), .activation(1)),
    .init(
      3, "CONV_2D", "conv_2d", int8: 3, table: 1, .padding(0), .stride(w: 1, h: 2), .activation(3),
      .dilation(w: 4, h: 5)),
    .init(
      4, "DEPTHWISE_CONV_2D", "depthwise_conv_2d", int8: 3, table: 2, .padding(0), .stride(w: 1, h: 2),
      .int("depth_multiplier", 3), .activation(4), .dilation(w: 5, h: 6)),
    .init(5, "DEPTH_TO_SPACE", "depth_to_space", table: 94, .int("block_size", 0)),
    .init(6, "DEQUANTIZE", "dequantize", int8: 2),
    .init(8, "FLOOR", "floor"),
    .init(
      9, "FULLY_CONNECTED", "fully_connected", int8: 4, table: 8, .activation(0), .zero("weights_format", 1),
      .bool("keep_num_dims", 2)),
    .init(11, "L2_NORMALIZATION", "l2_normalization", int8: 2, table: 12, .activation(0)),
    .init(14, "LOGISTIC", "logistic", int8: 2),
    .init(
      17, "MAX_POOL_2D", "max_pool_2d", int8: 2, table: 5, .padding(0), .stride(w: 1, h: 2), .filter(w: 3, h: 4),
      .activation(5)),
    .init(18, "MUL", "mul", int8: 2, table: 21, .activation(0)),
    .init(19, "RELU", "relu", int8: 2),
    .init(20, "RELU_N1_TO_1", "relu_n1_to_1"),
    .init(21, "RELU6", "relu6", int8: 2),
    .init(22, "RESHAPE", "reshape", table: 17, .ints("new_shape", 0)),
    .init(
      23, "RESIZE_BILINEAR", "resize_bilinear", int8: 2, table: 15, .bool("align_corners", 2),
      .bool("half_pixel_centers", 3)),
    .init(25, "SOFTMAX", "softmax", int8: 2, table: 9, .float("beta", 0)),
    .init(26, "SPACE_TO_DEPTH", "space_to_depth", int8: 2, table: 19, .int("block_size", 0)),
    .init(28, "TANH", "tanh", int8: 2),
    .init(34, "PAD", "pad", int8: 2),
    .init(36, "GATHER", "gather", int8: 2, table: 23, .int("axis", 0), .int("batch_dims", 1)),
    .init(39, "TRANSPOSE", "transpose", int8: 2),
    .init(40, "MEAN", "mean", int8: 2, table: 27, .bool("keep_dims", 0)),
    .init(41, "SUB", "sub", int8: 2, table: 28, .activation(0)),
    .init(42, "DIV", "div", table: 29, .activation(0)),
    .init(43, "SQUEEZE", "squeeze", table: 30, .ints("squeeze_dims", 0)),
    .init(
      45, "STRIDED_SLICE", "strided_slice", int8: 2, table: 32, .int("begin_mask", 0), .int("end_mask", 1),
      .int("ellipsis_mask", 2), .int("new_axis_mask", 3), .int("shrink_axis_mask", 4), .zero("offset", 5)),
    .init(47, "EXP", "exp"),
    .init(49, "SPLIT", "split", int8: 2, table: 35, .int("num_splits", 0)),
    .init(50, "LOG_SOFTMAX", "log_softmax", int8: 2),
    .init(53, "CAST", "cast"),
    .init(54, "PRELU", "prelu"),
    .init(55, "MAXIMUM", "maximum", int8: 2),
    .init(56, "ARG_MAX", "arg_max", int8: 2, table: 40, .outputType(0)),
    .init(57, "MINIMUM", "minimum", int8: 2),
    .init(60, "PADV2", "padv2", int8: 2),
    .init(65, "SLICE", "slice", int8: 2),
    .init(67, "TRANSPOSE_CONV", "transpose_conv", int8: 3, table: 49, .padding(0), .stride(w: 1, h: 2), .activation(3)),
    .init(70, "EXPAND_DIMS", "expand_dims"),
    .init(73, "LOG", "log"),
    .init(74, "SUM", "sum", int8: 2, table: 27, .bool("keep_dims", 0)),
    .init(75, "SQRT", "sqrt"),
    .init(76, "RSQRT", "rsqrt", int8: 2),
    // Has no kernel: conversion knows every shape and folds it.
    .init(77, "SHAPE", "shape"),
    .init(79, "ARG_MIN", "arg_min", int8: 2, table: 57, .outputType(0)),
    .init(82, "REDUCE_MAX", "reduce_max", int8: 2, table: 27, .bool("keep_dims", 0)),
    .init(83, "PACK", "pack", int8: 2, table: 59, .int("values_count", 0), .int("axis", 1)),
    .init(88, "UNPACK", "unpack", int8: 2, table: 64, .int("num", 0), .int("axis", 1)),
    .init(89, "REDUCE_MIN", "reduce_min", int8: 2, table: 27, .bool("keep_dims", 0)),
    .init(90, "FLOOR_DIV", "floor_div"),
    .init(
      97, "RESIZE_NEAREST_NEIGHBOR", "resize_nearest_neighbor", int8: 2, table: 74, .bool("align_corners", 0),
      .bool("half_pixel_centers", 1)),
    .init(98, "LEAKY_RELU", "leaky_relu", int8: 2, table: 75, .float("alpha", 0)),
    .init(99, "SQUARED_DIFFERENCE", "squared_difference", int8: 2),
    .init(100, "MIRROR_PAD", "mirror_pad", int8: 2, table: 77, .mirrorMode(0)),
    .init(102, "SPLIT_V", "split_v", int8: 2, table: 79, .int("num_splits", 0)),
    .init(107, "GATHER_ND", "gather_nd"),
    .init(111, "ELU", "elu"),
    .init(114, "QUANTIZE", "quantize"),
    .init(117, "HARD_SWISH", "hard_swish"),
    .init(126, "BATCH_MATMUL", "batch_matmul", int8: 2, table: 101, .bool("adj_x", 0), .bool("adj_y", 1)),
    .init(130, "BROADCAST_TO", "broadcast_to", int8: 2),
    .init(150, "GELU", "gelu", table: 116, .bool("approximate", 0)),
    .init(152, "RELU_0_TO_1", "relu_0_to_1"),
  ]
}
