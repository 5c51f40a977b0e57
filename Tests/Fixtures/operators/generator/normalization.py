"""SOFTMAX, LOG_SOFTMAX and L2_NORMALIZATION."""

import numpy as np

from .model import ACTIVATION, Model, options

# label, shape, beta, input scale, zero point (as int8); None: drawn
SOFTMAX = [
    ("ten_classes", (1, 10), 1.0, 0.1, None),
    ("one_dimension", (19,), 1.0, 0.06, None),
    ("batch_3", (3, 33), 1.0, None, None),
    ("three_dimensions", (2, 3, 7), 1.0, 0.02, None),
    ("four_dimensions", (1, 2, 3, 5), 1.0, 0.11, None),
    ("one_class", (4, 1), 1.0, 0.1, None),
    ("two_classes", (40, 2), 1.0, 0.05, None),
    ("beta_half", (2, 12), 0.5, 0.1, None),
    ("beta_3", (2, 12), 3.0, 0.03, None),
    ("large_scale", (3, 21), 1.0, 0.9, None),
    ("tiny_scale", (3, 21), 1.0, 0.0007, None),
    ("many_classes", (1, 401), 1.0, 0.013, None),
    ("zero_point_at_end", (2, 16), 1.0, 0.08, 127),
    ("extremes", (4, 16), 1.0, 0.02, None),
]


def softmax(operator, dtype):
    m = Model(operator, dtype)
    few = ("ten_classes", "four_dimensions", "batch_3", "beta_3", "many_classes", "extremes")
    scale, zero = (1 / 256, -128) if operator == "SOFTMAX" else (1 / 16, 127)
    attributes = lambda beta: (
        options("SoftmaxOptions", beta=beta) if operator == "SOFTMAX" else options("LogSoftmaxOptions"))
    for label, shape, beta, s, z in SOFTMAX:
        if (dtype == "uint8" and label not in few) or (operator == "LOG_SOFTMAX" and beta != 1):
            continue
        x = m.input(shape, s, None if z is None else m.code(z), m.extremes(shape) if label == "extremes" else None)
        m.node(label, [x], m.output(scale, m.code(zero)), attributes(beta))
    if operator == "SOFTMAX" and m.quantized:
        x = m.input((1, 511), 0.1, 0, np.full(511, m.code(5)))
        m.node("equal_511", [x], m.output(scale, m.code(zero)), attributes(1.0))
        x = m.input((1, 512), 0.1, 0, np.full(512, m.code(5)))
        m.node("equal_512", [x], m.output(scale, m.code(zero)), attributes(1.0), refused=True)
    return m


def l2_normalization(dtype):
    m = Model("L2_NORMALIZATION", dtype)
    attributes = options("L2NormOptions", fusedActivationFunction=ACTIVATION["none"])
    table = [("pixels", (2, 3, 4, 5)), ("embedding", (1, 64)), ("short", (9, 2)), ("one_dimension", (33,)),
             ("one_channel", (1, 3, 3, 1)), ("three_dimensions", (2, 3, 17)), ("wide", (1, 1, 1, 259))]
    for label, shape in table if dtype != "uint8" else table[:3]:
        m.node(label, [m.input(shape)], m.output(1 / 128, m.code(0)), attributes)
    if m.quantized:
        x = m.input((4, 8))
        x.values[1], x.values[2] = x.zero_point, x.zero_point + np.arange(8) % 2
        m.node("zero_and_tiny_rows", [x], m.output(1 / 128, m.code(0)), attributes)
        m.node("extremes", [m.input((4, 16), values=m.extremes((4, 16)))], m.output(1 / 128, m.code(0)), attributes)
    m.node("relu", [m.input((2, 4))], m.output(1 / 128, m.code(0)),
           options("L2NormOptions", fusedActivationFunction=ACTIVATION["relu"]), refused=True)
    return m


def models():
    types = ("int8", "uint8", "float32")
    return [softmax(op, t) for op in ("SOFTMAX", "LOG_SOFTMAX") for t in types] + [l2_normalization(t) for t in types]
