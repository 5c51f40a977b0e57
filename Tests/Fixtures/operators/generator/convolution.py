"""CONV_2D, DEPTHWISE_CONV_2D and TRANSPOSE_CONV."""

import numpy as np

from .model import ACTIVATION, PADDING, RANGE, Model, options

TYPES = ["int8", "uint8", "float32"]


def filter_quantization(m, terms, output_channels, per_channel, output_scale, gain):
    """Input scale, filter scales and filter zero point such that results fill the codes, times `gain`."""
    count = output_channels if per_channel and m.dtype == "int8" else 1
    weight = [m.scale(0.002, 0.02) for _ in range(count)]
    # Uniform codes have a deviation of 74; 60 codes of deviation are wanted.
    target = gain * output_scale * 60 / (74 * 74 * np.sqrt(terms) * np.exp(np.mean(np.log(weight))))
    zero_point = int(m.random.randint(90, 170)) if m.dtype == "uint8" else 0
    return float(np.float32(target)), weight, zero_point


def product_scale(input_scale, weight_scales):
    return [float(np.float32(np.float32(input_scale) * np.float32(s))) for s in weight_scales]


def operands(m, shape, filter_shape, terms, channel_axis, *, per_channel=True, gain=1.0, extreme=False, ties=False,
             left_shift=False, input_zero=None, output_zero=None, bias=True):
    """Input, filter, bias and output of one convolution; `filter_shape` as the operator stores it."""
    channels = filter_shape[channel_axis]
    if not m.quantized:
        x = m.input(shape, values=m.extremes(shape) if extreme else None)
        w = m.constant(m.random.standard_normal(filter_shape) / np.sqrt(terms))
        b = m.constant(m.random.standard_normal(channels)) if bias else None
        return x, w, b, m.output()
    out = m.scale(0.02, 0.08)
    s, ws, wz = filter_quantization(m, terms, channels, per_channel, out, gain)
    if ties:
        s, out, ws = 2.0**-5, 2.0**-5, [2.0 ** -(4 + c % 4) for c in range(len(ws))]
    if left_shift:
        s, ws = out, [m.scale(1.2, 9.0) for _ in ws]
    x = m.input(shape, s, input_zero, m.extremes(shape) if extreme else None)
    codes = m.extremes(filter_shape) if extreme else m.draw(m.dtype, filter_shape)
    if ties or left_shift:
        codes = m.random.randint(-2, 3, filter_shape) + wz
    if left_shift:
        x.values = np.asarray(m.random.randint(-4, 5, shape) + x.zero_point, dtype=m.dtype)
    codes.reshape(-1)[0] = RANGE[m.dtype][0]
    w = m.constant(codes, scale=ws, zero_point=wz, axis=channel_axis)
    spread = 4 if ties or left_shift else int(74 * 74 * np.sqrt(terms))
    b = m.constant(m.random.randint(-spread, spread + 1, channels), "int32", product_scale(s, ws), 0) if bias else None
    return x, w, b, m.output(out, output_zero)


def attributes(kind, padding="same", stride=1, dilation=1, activation="none", **more):
    pair = lambda v: v if isinstance(v, tuple) else (v, v)
    values = dict(padding=PADDING[padding], strideH=pair(stride)[0], strideW=pair(stride)[1],
                  fusedActivationFunction=ACTIVATION[activation], **more)
    if kind != "TransposeConvOptions":
        values.update(dilationHFactor=pair(dilation)[0], dilationWFactor=pair(dilation)[1])
    return options(kind, **values)


GEOMETRY = ("padding", "stride", "dilation", "activation")

# `types` names the types a row is made in: i(nt8), u(int8), f(loat32); without it, int8 and float32.

# label, input NHWC, filter OHWI, everything else
CONV = [
    ("same_even", (1, 6, 8, 3), (5, 3, 3, 3), dict(types="iuf")),
    ("same_odd", (1, 5, 7, 3), (4, 3, 3, 3), {}),
    ("same_even_stride_2", (1, 6, 8, 3), (8, 3, 3, 3), dict(stride=2, activation="relu6")),
    ("same_odd_stride_2", (1, 7, 5, 3), (8, 3, 3, 3), dict(types="iuf", stride=2, activation="relu")),
    ("same_stride_3_kernel_2", (1, 8, 7, 2), (3, 2, 2, 2), dict(types="i", stride=3)),
    ("valid_stride_2x1", (1, 7, 6, 4), (3, 3, 3, 4), dict(padding="valid", stride=(2, 1))),
    ("same_stride_1x3", (1, 6, 8, 1), (3, 3, 2, 1), dict(types="i", stride=(1, 3), activation="relu_n1_to_1")),
    ("valid_no_remainder", (1, 3, 3, 5), (3, 3, 3, 5), dict(types="i", padding="valid")),
    ("dilation_2", (1, 7, 8, 3), (4, 3, 3, 3), dict(types="iuf", dilation=2)),
    ("dilation_2x3_valid", (1, 8, 9, 2), (3, 3, 3, 2), dict(padding="valid", dilation=(2, 3))),
    ("dilation_2_stride_2", (1, 9, 8, 2), (3, 3, 3, 2), dict(dilation=2, stride=2, activation="relu6")),
    ("kernel_1x5", (1, 4, 9, 3), (4, 1, 5, 3), dict(types="iuf")),
    ("kernel_5x1", (1, 9, 4, 3), (4, 5, 1, 3), dict(stride=2)),
    ("kernel_1x7_valid", (1, 2, 9, 1), (2, 1, 7, 1), dict(types="i", padding="valid")),
    ("pointwise_17_to_33", (1, 3, 3, 17), (33, 1, 1, 17), dict(types="iuf", activation="relu6")),
    ("pointwise_16_to_16", (1, 3, 4, 16), (16, 1, 1, 16), dict(types="i")),
    ("pointwise_33_to_1", (1, 2, 5, 33), (1, 1, 1, 33), {}),
    ("pointwise_64_to_8", (1, 1, 9, 64), (8, 1, 1, 64), dict(types="i", gain=2.0)),
    ("pointwise_stride_2", (1, 5, 6, 8), (5, 1, 1, 8), dict(types="i", stride=2)),
    ("one_pixel", (1, 1, 1, 5), (3, 3, 3, 5), {}),
    ("kernel_beyond_image", (1, 2, 3, 2), (3, 5, 7, 2), {}),
    ("kernel_4x4", (1, 5, 6, 3), (3, 4, 4, 3), dict(activation="relu")),
    ("one_to_one_channel", (1, 6, 5, 1), (1, 3, 3, 1), dict(types="i")),
    ("seventeen_to_five", (1, 4, 3, 17), (5, 3, 3, 17), dict(types="i")),
    ("groups_2", (1, 5, 5, 6), (4, 3, 3, 3), dict(types="iuf")),
    ("groups_4_of_one", (1, 4, 5, 4), (8, 3, 3, 1), dict(stride=2)),
    ("batch_2", (2, 4, 5, 3), (5, 3, 3, 3), dict(types="iuf")),
    ("batch_3_valid", (3, 3, 4, 2), (3, 2, 2, 2), dict(types="i", padding="valid")),
    ("per_tensor", (1, 5, 5, 3), (5, 3, 3, 3), dict(types="i", per_channel=False)),
    ("extremes", (1, 5, 5, 8), (7, 3, 3, 8), dict(types="iu", extreme=True)),
    ("extremes_batch_2_pointwise", (2, 3, 3, 32), (9, 1, 1, 32), dict(types="i", extreme=True)),
    ("saturating", (1, 5, 5, 4), (5, 3, 3, 4), dict(types="iu", gain=4.0)),
    ("left_shift", (1, 4, 4, 2), (4, 2, 2, 2), dict(types="iu", left_shift=True)),
    ("tiny_results", (1, 4, 4, 4), (4, 3, 3, 4), dict(types="i", gain=0.02)),
    ("ties", (1, 5, 6, 2), (8, 3, 3, 2), dict(types="iu", ties=True)),
    ("zero_point_low_padding", (1, 5, 4, 3), (4, 3, 3, 3), dict(types="iu", input_zero=-128, output_zero=30)),
    ("zero_point_high_padding", (1, 4, 5, 3), (4, 3, 3, 3), dict(types="i", input_zero=127, output_zero=-128)),
    ("padding_differs_by_axis", (1, 4, 7, 2), (3, 2, 3, 2), dict(types="i", stride=(2, 2))),
]

# label, input NHWC, kernel, depth multiplier, everything else
DEPTHWISE = [
    ("same_even", (1, 6, 8, 3), (3, 3), 1, {}),
    ("same_odd", (1, 5, 7, 8), (3, 3), 1, dict(types="iuf", activation="relu6")),
    ("same_even_stride_2", (1, 6, 8, 5), (3, 3), 1, dict(types="iuf", stride=2, activation="relu6")),
    ("same_odd_stride_2", (1, 7, 5, 16), (3, 3), 1, dict(stride=2, activation="relu")),
    ("valid_stride_2", (1, 7, 6, 17), (3, 3), 1, dict(padding="valid", stride=2)),
    ("valid_stride_1x2", (1, 5, 7, 4), (2, 3), 1, dict(types="i", padding="valid", stride=(1, 2))),
    ("same_stride_3x2", (1, 7, 7, 3), (3, 3), 1, dict(stride=(3, 2))),
    ("channels_33", (1, 3, 4, 33), (3, 3), 1, dict(types="iu")),
    ("one_channel", (1, 6, 5, 1), (3, 3), 1, dict(types="i")),
    ("multiplier_2", (1, 5, 4, 3), (3, 3), 2, dict(types="iuf")),
    ("multiplier_3_stride_2", (1, 6, 5, 2), (3, 3), 3, dict(stride=2, activation="relu_n1_to_1")),
    ("multiplier_8_of_one", (1, 6, 6, 1), (3, 3), 8, dict(types="iuf", stride=2, activation="relu6")),
    ("multiplier_5_kernel_5", (1, 5, 5, 1), (5, 5), 5, dict(types="i")),
    ("multiplier_2_channels_17", (1, 3, 3, 17), (2, 2), 2, dict(types="i")),
    ("dilation_2", (1, 7, 8, 5), (3, 3), 1, dict(types="iuf", dilation=2)),
    ("dilation_3x2_valid", (1, 9, 8, 3), (3, 3), 1, dict(padding="valid", dilation=(3, 2))),
    ("dilation_2_stride_2_multiplier_2", (1, 9, 8, 2), (3, 3), 2, dict(dilation=2, stride=2)),
    ("kernel_1x5", (1, 4, 9, 5), (1, 5), 1, dict(types="i")),
    ("kernel_7x1_stride_2", (1, 9, 3, 4), (7, 1), 1, dict(types="iuf", stride=2)),
    ("kernel_1x1", (1, 3, 4, 9), (1, 1), 1, dict(types="i")),
    ("kernel_5x5", (1, 6, 7, 8), (5, 5), 1, dict(activation="relu")),
    ("kernel_4x10_stride_2", (1, 9, 10, 1), (4, 10), 4, dict(stride=2, activation="relu")),
    ("kernel_is_image", (1, 4, 4, 12), (4, 4), 1, dict(types="i", padding="valid")),
    ("kernel_beyond_image", (1, 2, 2, 3), (5, 5), 1, {}),
    ("one_pixel", (1, 1, 1, 7), (3, 3), 1, dict(types="i")),
    ("batch_2", (2, 4, 5, 6), (3, 3), 1, dict(types="iuf")),
    ("per_tensor", (1, 5, 5, 6), (3, 3), 1, dict(types="i", per_channel=False)),
    ("no_bias", (1, 4, 4, 5), (3, 3), 1, dict(types="iuf", bias=False)),
    ("extremes", (1, 5, 5, 9), (3, 3), 1, dict(types="iu", extreme=True)),
    ("saturating", (1, 5, 4, 4), (3, 3), 1, dict(types="iu", gain=4.0)),
    ("left_shift", (1, 4, 4, 3), (2, 2), 1, dict(types="iu", left_shift=True)),
    ("tiny_results", (1, 4, 4, 4), (3, 3), 1, dict(types="i", gain=0.02)),
    ("ties", (1, 5, 6, 8), (3, 3), 1, dict(types="iu", ties=True)),
    ("zero_point_low_padding", (1, 5, 4, 3), (3, 3), 1, dict(types="iu", input_zero=-128, output_zero=30)),
    ("zero_point_high_padding", (1, 4, 5, 8), (3, 3), 1, dict(types="i", input_zero=127, output_zero=-128)),
]

# label, output NHWC, kernel, input channels, everything else
TRANSPOSE = [
    ("same_stride_2", (1, 8, 6, 3), (3, 3), 5, dict(stride=2)),
    ("same_odd_stride_2", (1, 7, 5, 4), (3, 3), 3, dict(types="iuf", stride=2)),
    ("valid_stride_2", (1, 7, 9, 2), (3, 3), 3, dict(types="iuf", padding="valid", stride=2)),
    ("valid_stride_2_remainder", (1, 8, 10, 2), (3, 3), 3, dict(types="i", padding="valid", stride=2)),
    ("same_stride_1", (1, 5, 6, 5), (3, 3), 4, dict(types="i", stride=1)),
    ("kernel_2_stride_2", (1, 6, 8, 3), (2, 2), 8, dict(padding="valid", stride=2)),
    ("kernel_4_stride_2", (1, 8, 8, 2), (4, 4), 5, dict(types="i", stride=2)),
    ("kernel_2_stride_3_gaps", (1, 8, 9, 2), (2, 2), 3, dict(types="iuf", stride=3)),
    ("stride_1x2", (1, 4, 8, 3), (3, 3), 2, dict(types="iuf", stride=(1, 2))),
    ("stride_3x2_valid", (1, 9, 7, 3), (3, 3), 2, dict(padding="valid", stride=(3, 2))),
    ("kernel_1x5", (1, 3, 8, 2), (1, 5), 3, dict(stride=(1, 2))),
    ("kernel_5x1", (1, 9, 3, 3), (5, 1), 1, dict(types="i", stride=(2, 1))),
    ("pointwise_stride_2", (1, 6, 6, 3), (1, 1), 4, dict(stride=2)),
    ("no_bias", (1, 6, 6, 4), (3, 3), 3, dict(types="iuf", stride=2, bias=False)),
    ("no_bias_per_tensor", (1, 6, 5, 3), (3, 3), 3, dict(types="i", stride=2, bias=False, per_channel=False)),
    ("batch_2", (2, 6, 4, 3), (3, 3), 3, dict(types="iuf", stride=2)),
    ("channels_17_to_33", (1, 4, 4, 33), (2, 2), 17, dict(stride=2)),
    ("per_tensor", (1, 5, 6, 3), (3, 3), 3, dict(types="i", stride=2, per_channel=False)),
    ("relu6", (1, 6, 6, 3), (3, 3), 3, dict(types="iuf", stride=2, activation="relu6")),
    ("relu", (1, 6, 6, 3), (3, 3), 3, dict(types="i", stride=2, activation="relu")),
    ("extremes", (1, 6, 6, 5), (3, 3), 8, dict(types="iu", stride=2, extreme=True)),
    ("left_shift", (1, 4, 6, 3), (2, 2), 3, dict(types="i", stride=2, left_shift=True)),
    ("ties", (1, 6, 6, 8), (3, 3), 2, dict(types="i", stride=2, ties=True)),
    ("zero_points_at_ends", (1, 6, 5, 3), (3, 3), 3, dict(types="iu", stride=2, input_zero=-128, output_zero=30)),
]


def rows(m, table):
    """The rows for the type of this model, without their `types`."""
    for *row, more in table:
        if m.dtype[0] in more.get("types", "if"):
            yield *row, {k: v for k, v in more.items() if k != "types"}


def split(m, more):
    """The entries of `more` for the attributes, and those for the operands, with zero points in the model's type."""
    geometry = {k: v for k, v in more.items() if k in GEOMETRY}
    rest = {k: m.code(v) if k.endswith("_zero") else v for k, v in more.items() if k not in GEOMETRY}
    return geometry, rest


def conv_2d(dtype):
    m = Model("CONV_2D", dtype)
    for label, shape, kernel, more in rows(m, CONV):
        geometry, rest = split(m, more)
        x, w, b, y = operands(m, shape, kernel, np.prod(kernel[1:]), 0, **rest)
        m.node(label, [x, w, b], y, attributes("Conv2DOptions", **geometry))
    x, w, _, y = operands(m, (1, 3, 3, 2), (2, 1, 1, 2), 2, 0, bias=False)
    m.node("no_bias", [x, w], y, attributes("Conv2DOptions"), refused=True)
    return m


def depthwise_conv_2d(dtype):
    m = Model("DEPTHWISE_CONV_2D", dtype)
    for label, shape, kernel, multiplier, more in rows(m, DEPTHWISE):
        geometry, rest = split(m, more)
        stored = (1, *kernel, shape[3] * multiplier)
        x, w, b, y = operands(m, shape, stored, np.prod(kernel), 3, **rest)
        inputs = [x, w, b] if b is not None else [x, w]
        m.node(label, inputs, y, attributes("DepthwiseConv2DOptions", depthMultiplier=multiplier, **geometry))
    return m


def forward_size(size, kernel, stride, padding):
    return -(-size // stride) if padding == "same" else (size - kernel) // stride + 1


def transpose_conv(dtype):
    m = Model("TRANSPOSE_CONV", dtype)
    for label, result, kernel, channels, more in rows(m, TRANSPOSE):
        geometry, rest = split(m, more)
        stride = geometry["stride"] if isinstance(geometry["stride"], tuple) else (geometry["stride"],) * 2
        space = [forward_size(result[1 + i], kernel[i], stride[i], geometry.get("padding", "same")) for i in (0, 1)]
        shape, stored = (result[0], *space, channels), (result[3], *kernel, channels)
        terms = max(1, np.prod(kernel) / np.prod(stride)) * channels
        x, w, b, y = operands(m, shape, stored, terms, 0, **rest)
        inputs = [m.index(result), w, x] + ([b] if b is not None else [])
        m.node(label, inputs, y, attributes("TransposeConvOptions", **geometry))
    return m


def models():
    return [build(dtype) for build in (conv_2d, depthwise_conv_2d, transpose_conv) for dtype in TYPES]
