"""AVERAGE_POOL_2D, MAX_POOL_2D, MEAN, SUM, REDUCE_MAX, REDUCE_MIN and ARG_MAX."""

import numpy as np

from .convolution import rows
from .model import ACTIVATION, PADDING, TYPES, Model, options

# label, input, (filter, stride), everything else
POOLS = [
    ("same_even", (1, 6, 8, 3), (3, 3), (1, 1), dict(types="iuf")),
    ("same_odd_stride_2", (1, 7, 5, 5), (3, 3), (2, 2), dict(types="iuf", activation="relu6")),
    ("valid_2x2", (1, 6, 7, 17), (2, 2), (2, 2), dict(padding="valid")),
    ("valid_stride_3x1", (1, 7, 5, 3), (3, 2), (3, 1), dict(padding="valid", activation="relu")),
    ("same_2x2_odd", (1, 5, 7, 3), (2, 2), (2, 2), {}),
    ("filter_1x5", (1, 3, 9, 4), (1, 5), (1, 2), {}),
    ("filter_4x1", (1, 9, 3, 4), (4, 1), (3, 1), dict(activation="relu_n1_to_1")),
    ("global", (2, 5, 5, 9), (5, 5), (1, 1), dict(types="iuf", padding="valid")),
    ("beyond_image", (1, 2, 3, 3), (5, 7), (2, 2), {}),
    ("stride_beyond_filter", (1, 7, 7, 2), (2, 2), (3, 3), {}),
    ("one_pixel", (1, 1, 1, 33), (3, 3), (1, 1), {}),
    ("batch_3", (3, 4, 4, 1), (2, 2), (2, 2), {}),
    ("extremes", (1, 6, 6, 8), (1, 2), (1, 1), dict(types="iu", extreme=True)),
    ("pairs_tie", (1, 2, 32, 4), (1, 2), (1, 2), dict(types="iu", padding="valid")),
    ("scales_ignored", (1, 4, 4, 3), (2, 2), (1, 1), dict(types="i", other=True)),
]

# label, shape, axes, keep dimensions, everything else
REDUCTIONS = [
    ("image", (2, 4, 5, 3), (1, 2), False, dict(types="fiu")),
    ("image_keep", (1, 7, 7, 17), (1, 2), True, dict(types="fiu")),
    ("last", (3, 4, 9), (-1,), False, dict(types="i4fu8")),
    ("first_keep", (5, 3, 4), (0,), True, {}),
    ("middle", (2, 5, 3), (1,), False, dict(types="i4f")),
    ("first_and_last", (3, 2, 2, 7), (0, -1), False, {}),
    ("channels_keep", (1, 3, 4, 5), (3,), True, {}),
    ("all", (3, 5, 7), (0, 1, 2), False, dict(types="i4f8")),
    ("all_keep", (2, 2, 3, 4), (0, 1, 2, 3), True, {}),
    ("vector", (61,), (0,), False, {}),
    ("unsorted_axes", (2, 3, 4, 5), (2, 0), False, {}),
    ("five_dimensions", (2, 2, 3, 2, 3), (1, 3), False, {}),
    ("axis_without_dimensions", (4, 7), 1, True, dict(types="fi4")),
    ("length_one", (1, 5, 1, 3), (0, 2), False, {}),
    ("extremes", (3, 31), (1,), False, dict(types="iu", extreme=True)),
    ("same_scale", (2, 3, 3, 8), (1, 2), True, dict(types="iu", scales=(0.05, 0.05))),
    ("ties", (32, 8), (1,), False, dict(types="iu", scales=(0.25, 0.5))),
    ("finer_output", (8, 9), (1,), False, dict(types="i", scales=(0.31, 0.067))),
    ("coarser_output", (8, 9), (1,), False, dict(types="i", scales=(0.02, 0.33))),
    ("high_zero_points", (2, 4, 4, 5), (1, 2), False, dict(types="i", scales=(0.05, 0.07), zeros=(110, 90))),
]
# Those that REDUCE_MAX and REDUCE_MIN share
EXTREMA = ("image", "last", "first_keep", "middle", "all", "all_keep", "unsorted_axes", "five_dimensions", "length_one")


def pool(operator, dtype):
    m = Model(operator, dtype)
    for label, shape, size, stride, more in rows(m, POOLS):
        attributes = options(
            "Pool2DOptions", padding=PADDING[more.get("padding", "same")], filterHeight=size[0], filterWidth=size[1],
            strideH=stride[0], strideW=stride[1], fusedActivationFunction=ACTIVATION[more.get("activation", "none")])
        q = (m.scale(0.02, 0.06), m.zero_point()) if m.quantized else ()
        other = m.quantization() if more.get("other") else q
        x = m.input(shape, *q, values=m.extremes(shape) if more.get("extreme") else None)
        m.node(label, [x], m.output(*other), attributes)
    return m


def key(dtype):
    """The letter of a type in REDUCTIONS: 4 and 8 are int32 and int64."""
    return {"int32": "4", "int64": "8"}.get(dtype, dtype[0])


def reduction(operator, dtype):
    # The reference kernel of SUM reads int8 as uint8; the optimised one sums codes as they are.
    m = Model(operator, dtype, kernels="optimized" if (operator, dtype) == ("SUM", "int8") else "reference")
    for label, shape, axes, keep, more in REDUCTIONS:
        if key(dtype) not in more.get("types", "fi"):
            continue
        values = m.extremes(shape) if more.get("extreme") else m.small(20000, shape)
        if operator in ("REDUCE_MAX", "REDUCE_MIN"):
            if label in EXTREMA:
                m.copy(label, shape, [m.index(axes)], options("ReducerOptions", keepDims=keep), values=values)
            continue
        s, z = more.get("scales", (None, None)), more.get("zeros", (None, None))
        # Zero points near the middle, so that the mean of all codes does not saturate.
        x = m.input(shape, s[0], m.zero_point(6) if z[0] is None else z[0], values)
        y = m.output(s[1], z[1])
        if m.quantized and s[1] is None:
            y.scale = float(np.float32(x.scale * m.random.uniform(0.4, 1.4)))
        if m.quantized and operator == "SUM":
            count = np.prod(np.array(shape)[np.atleast_1d(axes)])
            y.scale = float(np.float32((s[1] or x.scale) * np.sqrt(count) * 1.5)) if label != "ties" else 2.0
        m.node(label, [x, m.index(axes)], y, options("ReducerOptions", keepDims=keep))
    return m


def arg_max(dtype):
    m = Model("ARG_MAX", dtype)
    table = [("last", (3, 10), -1, "int64"), ("classes", (1, 33), 1, "int32"), ("first", (5, 2, 3), 0, "int32"),
             ("channels", (1, 3, 4, 5), 3, "int64"), ("middle", (2, 7, 3), -2, "int32"), ("vector", (17,), 0, "int64"),
             ("five_dimensions", (2, 2, 3, 2, 2), 2, "int32")]
    for label, shape, axis, kind in table if dtype in ("int8", "float32") else table[:3]:
        x = m.input(shape)
        attributes = options("ArgMaxOptions", outputType=TYPES[kind])
        m.node(label, [x, m.index(axis if label == "channels" else [axis])], m.output(dtype=kind), attributes)
    x = m.input((4, 9))
    x.values[:, 2::3] = x.values.max()
    attributes = options("ArgMaxOptions", outputType=TYPES["int32"])
    m.node("first_of_equals", [x, m.index([1])], m.output(dtype="int32"), attributes)
    return m


def models():
    every = ("int8", "uint8", "float32", "int32", "int64")
    pools = [pool(op, t) for op in ("AVERAGE_POOL_2D", "MAX_POOL_2D") for t in every[:3]]
    reductions = [reduction(op, t) for op in ("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN") for t in every]
    return pools + reductions + [arg_max(t) for t in every[:4]]
