"""Elementwise operators with one input. The quantized ones see all 256 codes."""

import numpy as np

from .model import RANGE, Model, options

QUANTIZED = ["int8", "uint8", "float32"]
DTYPES = {
    "RELU": QUANTIZED, "RELU6": QUANTIZED, "RELU_N1_TO_1": QUANTIZED, "RELU_0_TO_1": QUANTIZED,
    "LEAKY_RELU": QUANTIZED, "HARD_SWISH": QUANTIZED, "LOGISTIC": QUANTIZED, "TANH": QUANTIZED, "GELU": QUANTIZED,
    "ELU": ["int8", "float32"], "SQRT": ["int8", "float32"], "RSQRT": ["int8", "float32"], "FLOOR": ["float32"],
}
FLOAT_SHAPES = [("one_dimension", (97,)), ("four_dimensions", (2, 3, 5, 4)), ("five_dimensions", (1, 2, 3, 2, 5))]
# label, input scale, zero point (as int8), output scale, zero point; None: drawn
RESCALING = [
    ("drawn", None, None, None, None),
    ("same_scale", 0.05, -3, 0.05, -3),
    ("low_zero_points", 0.047, -128, 0.024, -128),
    ("high_zero_point", 0.031, 60, 0.025, 20),
    ("ties", 0.125, 5, 0.25, -6),
    ("ties_at_four", 0.0625, -7, 0.25, 3),
    ("gain", 0.21, 10, 0.032, -128),
    ("large_gain", 1.7, -3, 0.23, 4),
    ("small", 0.0031, 2, 0.017, 1),
]
TABLES = ("LOGISTIC", "TANH", "GELU", "ELU")
KEPT = {"uint8": ("drawn", "ties", "high_zero_point")}
KEPT_BY_TABLES = {"int8": ("drawn", "same_scale", "low_zero_points", "high_zero_point", "small"),
                  "uint8": ("drawn", "high_zero_point")}


def all_codes(dtype, zero_point, above_zero=False):
    """Every code, reordered; with `above_zero` those below the zero point are replaced by ones above."""
    low, high = RANGE[dtype]
    codes = np.arange(low, high + 1)[(np.arange(256) * 37 + 11) % 256]
    if above_zero:
        codes = np.where(codes < zero_point, high - (zero_point - codes) % (high - zero_point + 1), codes)
    return codes.astype(dtype)


def attributes(operator, label):
    if operator == "LEAKY_RELU":
        return options("LeakyReluOptions", alpha=SLOPES.get(label, 0.1))
    if operator == "GELU":
        return options("GeluOptions", approximate="approximate" in label)
    return options("HardSwishOptions") if operator == "HARD_SWISH" else None


SLOPES = {"same_scale": 0.01, "low_zero_points": 0.2, "ties": 0.5, "ties_at_four": 0.25, "gain": -0.3,
          "large_gain": 1.5, "five_dimensions": 0.3, "four_dimensions": -0.25}
# The output quantization that the kernels demand or that is usual: scale and zero point as int8
FIXED_OUTPUT = {"LOGISTIC": (1 / 256, -128), "TANH": (1 / 128, 0)}


def quantized(m):
    operator, dtype = m.operator, m.dtype
    kept = (KEPT_BY_TABLES if operator in TABLES else KEPT).get(dtype, [row[0] for row in RESCALING])
    for label, s, z, out_s, out_z in (row for row in RESCALING if row[0] in kept):
        shape = (1, 16, 16, 1) if label == "drawn" else (256,)
        z = m.zero_point() if z is None else m.code(z)
        if operator in ("SQRT", "RSQRT") and label == "high_zero_point":
            z = m.code(90)
        s = s or m.scale(0.02, 0.08)
        out_s = out_s or m.scale(0.02, 0.08)
        if operator == "SQRT":
            out_s = float(np.float32(np.sqrt(s * 200) / 130))
        if operator == "RSQRT":
            out_s = float(np.float32(1 / np.sqrt(s) / 120))
        out_z = m.zero_point() if out_z is None else m.code(out_z)
        if operator in FIXED_OUTPUT:
            out_s, out_z = FIXED_OUTPUT[operator][0], m.code(FIXED_OUTPUT[operator][1])
        if operator == "ELU" and label == "small":
            out_s = 0.004
        y = m.output(out_s, out_z)
        x = m.input(shape, s, z, all_codes(dtype, z, operator in ("SQRT", "RSQRT")))
        m.node(label, [x], y, attributes(operator, label))
        if operator == "GELU":
            m.node(label + "_approximate", [x_copy(m, x)], m.output(out_s, out_z), attributes(operator, "approximate"))
    if operator == "TANH":
        m.node("other_output", [m.input((256,), 0.03, m.code(4), all_codes(dtype, 0))], m.output(0.011, m.code(-9)))
    if operator == "LOGISTIC" and dtype == "int8":
        m.node("output_scale_other_than_1_256", [m.input((9,))], m.output(0.01, -128), refused=True)


def x_copy(m, x):
    return m.input(x.shape, x.scale, x.zero_point, x.values)


def floats(m):
    for label, shape in FLOAT_SHAPES:
        x = m.input(shape)
        if m.operator in ("SQRT", "RSQRT"):
            x.values = np.abs(x.values) + np.float32(0.001)
            x.values.reshape(-1)[0] = 4096
        if m.operator == "SQRT":
            x.values.reshape(-1)[-1] = 0
        if m.operator == "FLOOR":
            x.values *= np.float32(7)
            x.values.reshape(-1)[:1] = [-0.25]
        m.node(label, [x], m.output(), attributes(m.operator, label))
        if m.operator == "GELU":
            m.node(label + "_approximate", [m.input(shape)], m.output(), attributes(m.operator, "approximate"))


def unary(operator, dtype):
    # The reference resolver has no ELU at all.
    m = Model(operator, dtype, kernels="optimized" if operator == "ELU" else "reference")
    (quantized if m.quantized else floats)(m)
    return m


def models():
    return [unary(operator, dtype) for operator in DTYPES for dtype in DTYPES[operator]]
