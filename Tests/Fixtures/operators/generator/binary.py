"""Elementwise operators with two inputs, and PRELU: broadcasting, fused activations, constant operands."""

import numpy as np

from .model import ACTIVATION, Model, options

# label, left shape, right shape
SHAPES = [
    ("same_1d_17", (17,), (17,)),
    ("same_4d", (1, 4, 5, 3), (1, 4, 5, 3)),
    ("scalar_right", (2, 3, 5), ()),
    ("scalar_left", (), (3, 7)),
    ("one_element", (2, 33), (1,)),
    ("channel", (2, 3, 4, 5), (5,)),
    ("pixel", (2, 3, 4, 5), (2, 3, 4, 1)),
    ("row_left", (1, 1, 4, 1), (2, 3, 4, 5)),
    ("both_sides", (3, 1, 5), (1, 4, 1)),
    ("both_sides_4d", (2, 1, 4, 1), (1, 3, 1, 5)),
    ("ranks_2_and_4", (4, 1), (2, 3, 1, 5)),
    ("same_5d", (2, 1, 3, 2, 2), (2, 1, 3, 2, 2)),
]
SOME = {"same_1d_17", "same_4d", "scalar_right", "channel", "row_left", "both_sides", "same_5d"}
FEW = {"same_4d", "channel", "both_sides"}
ARITHMETIC = {"ADD": "AddOptions", "SUB": "SubOptions", "MUL": "MulOptions", "DIV": "DivOptions"}
OPTIONS = ARITHMETIC | {
    "MAXIMUM": "MaximumMinimumOptions", "MINIMUM": "MaximumMinimumOptions",
    "SQUARED_DIFFERENCE": "SquaredDifferenceOptions", "FLOOR_DIV": "FloorDivOptions", "PRELU": None,
}
DTYPES = {
    "ADD": ["int8", "uint8", "float32", "int32", "int64"],
    "SUB": ["int8", "uint8", "float32", "int32", "int64"],
    "MUL": ["int8", "uint8", "float32", "int32", "int64"],
    "DIV": ["int8", "uint8", "float32", "int32"],
    "FLOOR_DIV": ["float32", "int32", "int8"],
    "MAXIMUM": ["int8", "uint8", "float32", "int32", "int64"],
    "MINIMUM": ["int8", "uint8", "float32", "int32", "int64"],
    "SQUARED_DIFFERENCE": ["int8", "float32", "int32"],
    "PRELU": ["int8", "uint8", "float32"],
}


def result_scale(operator, a, b):
    """A scale in which typical results fill the codes."""
    return float(np.float32({
        "ADD": np.hypot(a, b), "SUB": np.hypot(a, b), "MUL": a * b * 60, "DIV": a / b / 12,
        "SQUARED_DIFFERENCE": (a * a + b * b) * 50, "PRELU": max(a, a * b * 40),
    }[operator]))


class Binary:
    """Operands and nodes of one (operator, type)."""

    def __init__(self, operator, dtype):
        self.m = Model(operator, dtype)
        self.operator = operator
        # These three never look at scales; FLOOR_DIV of int8 divides the codes.
        self.codes_only = operator in ("MAXIMUM", "MINIMUM", "FLOOR_DIV")

    def attributes(self, activation="none"):
        kind = OPTIONS[self.operator]
        if self.operator in ARITHMETIC:
            return options(kind, fusedActivationFunction=ACTIVATION[activation])
        return options(kind) if kind else None

    def values(self, tensor, side):
        """Keeps whole numbers from overflowing, and denominators and quantized numerators of quotients from zero."""
        m, values = self.m, tensor.values
        if tensor.dtype in ("int32", "int64") and not self.codes_only:
            values = m.random.randint(-30000, 30001, tensor.shape)
        if tensor.dtype == "int32" and "DIV" in self.operator:
            values = m.random.randint(-3000, 3001, tensor.shape)
        if "DIV" in self.operator:
            zero = tensor.zero_point if m.quantized and not self.codes_only else 0
            if side == 1 or m.quantized:
                values = np.where(values == zero, zero + 3, values)
            if m.dtype == "int32" and side == 1:
                values = np.where(values % 8, values % 41 + 1, -1 - values % 300)
            if m.dtype == "float32" and side == 1:
                values = np.where(np.abs(values) < 0.2, 0.75, values)
        tensor.values = np.asarray(values, dtype=tensor.dtype).reshape(tensor.shape)

    def pair(self, left, right, *, scales=None, zeros=(None, None), extreme=False):
        """The two inputs and the output."""
        m = self.m
        tensors = []
        if self.codes_only and m.quantized:
            # FLOOR_DIV divides codes; MAXIMUM and MINIMUM want equal quantization to make sense.
            q = (1.0, 0) if self.operator == "FLOOR_DIV" else m.quantization()
            tensors = [m.input(left, *q), m.input(right, *q)]
            out = m.output(*q)
        else:
            s = (scales or (None, None, None))
            tensors = [m.input(shape, s[i], zeros[i]) for i, shape in enumerate((left, right))]
            if m.quantized:
                typical = result_scale(self.operator, tensors[0].scale, tensors[1].scale)
                out = m.output(s[2] or float(np.float32(typical * m.random.uniform(0.6, 1.7))))
            else:
                out = m.output()
        for side, tensor in enumerate(tensors):
            if extreme:
                tensor.values = m.extremes(tensor.shape)
            self.values(tensor, side)
        return tensors[0], tensors[1], out

    def node(self, label, left, right, activation="none", fixed=None, refused=False, **more):
        a, b, y = self.pair(left, right, **more)
        for tensor in (a, b)[:fixed] if fixed == 1 else (a, b)[1:] if fixed == 2 else ():
            tensor.constant, tensor.values = tensor.values, None
        self.m.node(label, [a, b], y, self.attributes(activation), refused)


def elementwise(operator, dtype):
    n = Binary(operator, dtype)
    m = n.m
    few = dtype in ("int32", "int64", "uint8")
    shapes = {row[0] for row in SHAPES} if operator in ("ADD", "MUL") else SOME
    for label, left, right in SHAPES:
        if label in (FEW if few else shapes):
            n.node(label, left, right)
    n.node("constant_right", (2, 3, 9), (9,), fixed=2)
    if operator != "FLOOR_DIV" and not few:
        n.node("constant_left", (5, 1), (2, 5, 3), fixed=1)
    if operator in ARITHMETIC and not (few and dtype != "uint8"):
        for activation in ("relu", "relu6", "relu_n1_to_1") if dtype != "uint8" else ("relu6",):
            n.node(activation, (1, 3, 4, 5), (1, 3, 4, 5), activation,
                   scales=(0.06, 0.05, 0.04) if operator == "DIV" else (0.03, 0.05, 0.05))
        if not few:
            n.node("relu6_channel", (2, 2, 3, 4), (4,), "relu6", scales=(0.04, 0.05, 0.05))
    if operator in ARITHMETIC and dtype in ("int32", "int64") and operator != "DIV":
        a, b, y = n.pair((3, 7), (3, 7))
        a.values, b.values = (m.random.randint(-5, 6, (3, 7)).astype(dtype) for _ in range(2))
        m.node("relu6", [a, b], y, n.attributes("relu6"))
    if m.quantized and not n.codes_only:
        n.node("extremes", (3, 33), (3, 33), extreme=True)
        n.node("zero_points_at_ends", (4, 17), (4, 17), zeros=(m.code(-128), m.code(127)))
        n.node("ties", (8, 31), (8, 31), scales={
            "ADD": (0.5, 0.25, 1.0), "SUB": (0.25, 0.5, 1.0), "MUL": (0.5, 0.25, 8.0), "DIV": (1.0, 1.0, 0.25),
            "SQUARED_DIFFERENCE": (0.5, 0.25, 32.0)}[operator])
    if m.quantized and not n.codes_only and dtype != "uint8":
        n.node("far_scales", (5, 20), (5, 20), scales={
            "ADD": (0.1, 0.0007, 0.1), "SUB": (0.0007, 0.1, 0.09), "MUL": (0.0007, 0.9, 0.03),
            "DIV": (0.5, 0.003, 30.0), "SQUARED_DIFFERENCE": (0.2, 0.0009, 1.1)}[operator])
    if operator in ("MUL", "DIV") and m.quantized:
        a, b, y = n.pair((5, 20), (5, 20), scales=(3.1, 2.3, 1.7) if operator == "MUL" else (3.1, 0.3, 0.2))
        if operator == "MUL":
            a.values, b.values = (np.asarray(m.random.randint(-5, 6, (5, 20)) + t.zero_point, dtype) for t in (a, b))
        m.node("multiplier_above_one", [a, b], y, n.attributes())
    if m.quantized and operator == "DIV":
        a, b, y = n.pair((3, 9), (3, 9))
        a.values = np.full((3, 9), a.zero_point, dtype)
        m.node("zero_numerators", [a, b], y, n.attributes())
    if operator in ("MAXIMUM", "MINIMUM") and m.quantized:
        a, b = m.input((3, 11)), m.input((3, 11))
        m.node("scales_ignored", [a, b], m.output())
    if operator in ("ADD", "MUL") and dtype in ("int8", "float32"):
        a, _, y = n.pair((2, 19), (1,))
        m.node("same_tensor_twice", [a, a], y, n.attributes())
    return m


def prelu(dtype):
    n = Binary("PRELU", dtype)
    m = n.m
    rows = [("channel", (1, 4, 5, 3), (1, 1, 3)), ("channel_17", (2, 2, 3, 17), (1, 1, 17)),
            ("rank_1_alpha", (1, 3, 4, 5), (5,)), ("every_element", (1, 3, 4, 5), (3, 4, 5)),
            ("one_alpha", (1, 4, 4, 3), (1, 1, 1)), ("one_row", (2, 3, 4, 2), (1, 4, 2)),
            ("two_dimensions", (3, 9), (9,))]
    for label, shape, alpha in rows if dtype != "uint8" else rows[:2]:
        n.node(label, shape, alpha, fixed=2)
    n.node("alpha_is_an_input", (1, 4, 3, 5), (1, 1, 5))
    if m.quantized:
        n.node("extremes", (1, 4, 5, 8), (1, 1, 8), extreme=True, fixed=2)
        n.node("zero_points_at_ends", (1, 4, 5, 8), (1, 1, 8), zeros=(m.code(127), m.code(-128)), fixed=2)
        n.node("ties", (1, 8, 8, 4), (1, 1, 4), scales=(0.25, 0.25, 0.5), fixed=2)
        n.node("gain", (1, 4, 5, 8), (1, 1, 8), scales=(0.9, 0.01, 0.3), fixed=2)
    return m


def models():
    return [prelu(dtype) if operator == "PRELU" else elementwise(operator, dtype)
            for operator, dtypes in DTYPES.items() for dtype in dtypes]
