"""FULLY_CONNECTED and BATCH_MATMUL."""

import numpy as np

from .convolution import rows
from .convolution import operands as convolution_operands
from .model import ACTIVATION, Model, options

# label, input, filter (output units, inputs), everything else. "two_inputs": no bias operand; "absent": index -1.
FULLY_CONNECTED = [
    ("ten_classes", (1, 16), (10, 16), dict(types="iuf")),
    ("batch_3", (3, 17), (5, 17), dict(types="iuf", activation="relu")),
    ("batch_5_to_33", (5, 9), (33, 9), dict(activation="relu6")),
    ("wide", (1, 259), (3, 259), dict(types="iuf")),
    ("one_unit", (4, 3), (1, 3), {}),
    ("one_input", (2, 1), (7, 1), {}),
    ("image", (2, 2, 2, 3), (6, 12), dict(types="iuf", activation="relu_n1_to_1")),
    ("rows_are_regrouped", (4, 3), (5, 6), {}),
    ("vector", (12,), (4, 12), {}),
    ("keep_dimensions", (2, 3, 5), (4, 5), dict(types="iuf", keep=True)),
    ("keep_dimensions_4d", (1, 2, 3, 4), (3, 4), dict(keep=True, bias="absent", activation="relu")),
    ("bias_absent", (2, 12), (5, 12), dict(types="iuf", bias="absent")),
    ("two_inputs", (2, 12), (5, 12), dict(types="iuf", bias="two_inputs")),
    ("per_tensor", (3, 20), (6, 20), dict(types="i", per_channel=False)),
    ("per_tensor_zero_point", (3, 20), (6, 20), dict(types="i", per_channel=False, weight_zero=9)),
    ("per_tensor_zero_point_at_end", (2, 20), (6, 20), dict(types="i", per_channel=False, weight_zero=-128)),
    ("per_tensor_no_bias", (2, 33), (6, 33), dict(types="i", per_channel=False, weight_zero=-17, bias="absent")),
    ("per_channel_zero_point_ignored", (2, 20), (6, 20), dict(types="i", weight_zero=9)),
    ("extremes", (3, 64), (9, 64), dict(types="iuf", extreme=True)),
    ("saturating", (3, 15), (8, 15), dict(types="iu", gain=4.0)),
    ("left_shift", (3, 12), (8, 12), dict(types="iu", left_shift=True)),
    ("ties", (6, 12), (16, 12), dict(types="iu", ties=True)),
    ("ties_per_tensor", (6, 12), (16, 12), dict(types="i", ties=True, per_channel=False)),
    ("zero_points_at_ends", (2, 12), (8, 12), dict(types="iu", input_zero=-128, output_zero=127)),
]

# label, left, right, attributes and everything else
BATCH_MATMUL = [
    ("matrices", (3, 5), (5, 4), {}),
    ("batch_2", (2, 3, 5), (2, 5, 4), {}),
    ("adj_x", (2, 5, 3), (2, 5, 4), dict(adjX=True)),
    ("adj_y", (2, 3, 5), (2, 4, 5), dict(adjY=True)),
    ("adj_both", (1, 2, 7, 3), (1, 2, 4, 7), dict(adjX=True, adjY=True)),
    ("broadcast_left", (1, 3, 5), (3, 5, 2), {}),
    ("broadcast_both", (2, 1, 3, 5), (1, 3, 5, 2), {}),
    ("broadcast_ranks", (2, 3, 2, 4), (4, 3), {}),
    ("five_dimensions", (2, 1, 2, 2, 3), (2, 2, 1, 3, 2), {}),
    ("vector_row", (2, 1, 17), (2, 17, 5), {}),
    ("long", (1, 2, 33), (1, 33, 3), dict(adjX=False)),
    ("right_constant", (2, 3, 8), (8, 5), dict(fixed=True)),
    ("right_constant_adj_y", (1, 2, 3, 8), (1, 2, 5, 8), dict(fixed=True, adjY=True)),
    ("extremes", (2, 3, 32), (2, 32, 3), dict(extreme=True)),
    ("ties", (2, 6, 4), (2, 4, 8), dict(ties=True)),
]


def fully_connected(dtype):
    m = Model("FULLY_CONNECTED", dtype)
    for label, shape, kernel, more in rows(m, FULLY_CONNECTED):
        more = {k: m.code(v) if k in ("input_zero", "output_zero") else v for k, v in more.items()}
        attributes = options(
            "FullyConnectedOptions", fusedActivationFunction=ACTIVATION[more.pop("activation", "none")],
            keepNumDims=more.pop("keep", False))
        kind, weight_zero = more.pop("bias", "given"), more.pop("weight_zero", None)
        x, w, b, y = convolution_operands(m, shape, kernel, kernel[1], 0, bias=kind == "given", **more)
        if weight_zero is not None:
            w.zero_point = weight_zero
        m.node(label, [x, w] if kind == "two_inputs" else [x, w, b], y, attributes)
    return m


def batch_matmul(dtype):
    m = Model("BATCH_MATMUL", dtype)
    for label, left, right, more in BATCH_MATMUL:
        attributes = options("BatchMatMulOptions", adjX=more.get("adjX", False), adjY=more.get("adjY", False))
        terms = left[-2] if more.get("adjX") else left[-1]
        a, b, y = m.input(left), m.input(right), m.output()
        if m.quantized:
            y.scale = float(np.float32(a.scale * b.scale * 90 * np.sqrt(terms)))
        if more.get("ties") and m.quantized:
            a.scale, b.scale, y.scale = 0.125, 0.25, 0.125
            a.values = np.asarray(m.random.randint(-3, 4, left) + a.zero_point, dtype)
        if more.get("extreme"):
            a.values, b.values = m.extremes(left), m.extremes(right)
        if more.get("fixed"):
            b.constant, b.values = b.values, None
        m.node(label, [a, b], y, attributes)
    return m


def models():
    return [fully_connected(t) for t in ("int8", "uint8", "float32")] + [batch_matmul(t) for t in ("int8", "float32")]
