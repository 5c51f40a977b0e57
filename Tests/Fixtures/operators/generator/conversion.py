"""QUANTIZE, DEQUANTIZE and CAST."""

import numpy as np

from .model import TYPES, Model, Tensor, options
from .unary import all_codes

FROM_FLOAT = [("drawn", 0.04, 3), ("fine", 0.0013, -17), ("zero_point_low", 0.021, -128),
              ("zero_point_high", 0.033, 127), ("symmetric", 0.1, 0), ("coarse", 1.7, 5)]
# label, input scale, zero point (as int8), output scale, zero point
REQUANTIZE = [("drawn", 0.043, 5, 0.061, -9), ("same", 0.05, 3, 0.05, 3), ("ties", 0.25, 2, 0.5, -3),
              ("ties_at_eight", 0.125, 2, 1.0, 7), ("gain", 0.21, 10, 0.047, -20), ("small", 0.003, 4, 0.2, 0),
              ("zero_points", 0.05, -128, 0.081, -100)]


def quantize(dtype):
    m = Model("QUANTIZE", dtype)
    for kind in ("int8", "uint8"):
        center = 128 if kind == "uint8" else 0
        if dtype == "float32":
            for label, s, z in FROM_FLOAT if kind == "int8" else FROM_FLOAT[:4]:
                x = m.input((3, 37))
                x.values[0] = (np.arange(37) - 18 + 0.5) * np.float32(s)
                x.values[1] *= np.float32(60 * s)
                m.node(f"{label}_to_{kind}", [x], m.output(s, z + center, kind))
            m.node(f"image_to_{kind}", [m.input((1, 4, 5, 3))], m.output(1 / 128, center, kind))
            continue
        for label, s, z, out_s, out_z in REQUANTIZE if dtype == "int8" else REQUANTIZE[:4]:
            x = m.input((256,), s, m.code(z), all_codes(dtype, 0))
            m.node(f"{label}_to_{kind}", [x], m.output(out_s, out_z + center, kind))
    return m


def quantize_per_channel(dtype):
    m = Model("QUANTIZE", dtype, variant="_per_channel")
    for label, shape, axis in (("last", (4, 3, 5), 2), ("first", (6, 7), 0)):
        y = m.output([m.scale() for _ in range(shape[axis])], 0, "int8")
        y.axis = axis
        m.node(label, [m.input(shape)], y)
    return m


def dequantize(dtype):
    m = Model("DEQUANTIZE", dtype)
    for label, s, z in FROM_FLOAT:
        m.node(label, [m.input((256,), s, m.code(z), all_codes(dtype, 0))], m.output(dtype="float32"))
    m.node("image", [m.input((1, 3, 4, 5))], m.output(dtype="float32"))
    return m


def dequantize_per_channel(dtype):
    m = Model("DEQUANTIZE", dtype, variant="_per_channel")
    for label, shape, axis in (("last", (4, 3, 5), 2), ("first", (6, 7), 0)):
        x = m.input(shape, [m.scale() for _ in range(shape[axis])], 0)
        x.axis = axis
        m.node(label, [x], m.output(dtype="float32"))
    return m


def cast(dtype):
    """Between all types; floats stay inside the range of the target, whole numbers wrap."""
    m = Model("CAST", dtype)
    for kind in TYPES:
        values = m.draw(dtype, (5, 17))
        if dtype == "float32" and kind != "bool":
            low, high = {"uint8": (0, 255.9), "int8": (-128.9, 127.9)}.get(kind, (-2e9, 2e9))
            values = m.random.uniform(low, high, (5, 17))
            values[0] = np.arange(17) * 0.5 - (8 if low < 0 else 0)
        x = Tensor(dtype, [5, 17], values=values.astype(dtype))
        attributes = options("CastOptions", inDataType=TYPES[dtype], outDataType=TYPES[kind])
        m.node(f"to_{kind}", [x], Tensor(kind, []), attributes)
    return m


def models():
    return ([quantize(t) for t in ("float32", "int8", "uint8")] + [quantize_per_channel("float32")]
            + [dequantize(t) for t in ("int8", "uint8")] + [dequantize_per_channel("int8")] + [cast(t) for t in TYPES])
