"""CONCATENATION, SPLIT, PACK and UNPACK."""

from .model import ACTIVATION, Model, options
from .movement import EVERY, limited

CONCATENATION = [("channels", ((1, 3, 4, 3), (1, 3, 4, 5)), -1), ("first", ((2, 3), (1, 3), (3, 3)), 0),
                 ("height", ((1, 2, 3, 2), (1, 5, 3, 2)), 1), ("width", ((2, 3, 1, 2), (2, 3, 4, 2)), 2),
                 ("vectors", ((5,), (17,)), 0), ("five_inputs", ((2, 1), (2, 3), (2, 2), (2, 7), (2, 1)), 1),
                 ("one_input", ((3, 5),), 1), ("negative_inner", ((2, 2, 3), (2, 4, 3)), -2),
                 ("five_dimensions", ((1, 2, 1, 2, 3), (1, 2, 2, 2, 3)), 2)]
SPLIT = [("channels", (1, 2, 3, 6), -1, 3), ("first", (4, 3), 0, 2), ("width", (2, 3, 4, 2), 2, 4),
         ("into_one", (3, 5), 1, 1), ("vector", (15,), 0, 5), ("negative", (2, 6, 5), -2, 2),
         ("five_dimensions", (1, 2, 4, 1, 3), 2, 2)]
PACK = [("first", (3, 4), 0, 2), ("last", (2, 3), -1, 3), ("middle", (2, 3, 4), 1, 2), ("scalars", (), 0, 4),
        ("one", (5,), 0, 1), ("before_last", (2, 2, 3), -2, 2), ("five_dimensions", (2, 1, 2, 3), 2, 2)]
UNPACK = [("first", (3, 4), 0), ("last", (2, 3, 3), -1), ("middle", (2, 3, 4), 1), ("vector", (4,), 0),
          ("one", (1, 5), 0), ("negative", (2, 2, 3, 2), -2)]


def concatenation(dtype):
    m = Model("CONCATENATION", dtype)
    attributes = lambda axis, activation="none": options(
        "ConcatenationOptions", axis=axis, fusedActivationFunction=ACTIVATION[activation])
    for label, shapes, axis in limited(dtype, CONCATENATION):
        q = m.quantization()
        m.node(label, [m.input(shape, *q) for shape in shapes], m.output(*q), attributes(axis))
    q = m.quantization()
    m.node("constant_operand", [m.input((2, 3), *q), m.operand((2, 4), *q)], m.output(*q), attributes(1))
    if dtype == "uint8":
        for label, scales in (("scales_differ", (0.02, 0.05, 0.05)), ("zero_points_differ", (0.03, 0.03, 0.03)),
                              ("ties", (0.5, 0.25, 1.0)), ("saturating", (0.2, 0.01, 0.02))):
            inputs = [m.input((3, 17), scales[0]), m.input((3, 20), scales[1])]
            m.node(label, inputs, m.output(scales[2]), attributes(1))
    if dtype == "int8":
        m.node("scales_differ", [m.input((2, 3)), m.input((2, 3))], m.output(), attributes(1), refused=True)
    if dtype in ("int8", "float32"):
        q = m.quantization()
        m.node("relu", [m.input((2, 3), *q), m.input((2, 3), *q)], m.output(*q), attributes(1, "relu"), refused=True)
    return m


def split(dtype):
    m = Model("SPLIT", dtype)
    for label, shape, axis, count in limited(dtype, SPLIT):
        before = [m.index([axis] if label == "first" else axis)]
        m.copy(label, shape, [], options("SplitOptions", numSplits=count), before, outputs=count)
    return m


def pack(dtype):
    m = Model("PACK", dtype)
    for label, shape, axis, count in limited(dtype, PACK):
        q = m.quantization()
        inputs = [m.input(shape, *q) for _ in range(count)]
        m.node(label, inputs, m.output(*q), options("PackOptions", axis=axis, valuesCount=count))
    return m


def unpack(dtype):
    m = Model("UNPACK", dtype)
    for label, shape, axis in limited(dtype, UNPACK):
        m.copy(label, shape, [], options("UnpackOptions", axis=axis, num=shape[axis]), outputs=shape[axis])
    return m


def models():
    joined = [concatenation(dtype) for dtype in (*EVERY, "uint8")]
    return joined + [build(dtype) for build in (split, pack) for dtype in EVERY] + [unpack(t) for t in EVERY[:3]]
