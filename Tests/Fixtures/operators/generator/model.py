"""One-operator TensorFlow Lite models, written as FlatBuffers with exactly chosen quantization and attributes."""

import zlib
from dataclasses import dataclass, field

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

SEED = 20250611
TYPES = {
    "float32": schema.TensorType.FLOAT32,
    "int32": schema.TensorType.INT32,
    "uint8": schema.TensorType.UINT8,
    "int64": schema.TensorType.INT64,
    "bool": schema.TensorType.BOOL,
    "int8": schema.TensorType.INT8,
}
RANGE = {"int8": (-128, 127), "uint8": (0, 255)}
ACTIVATION = {
    "none": schema.ActivationFunctionType.NONE,
    "relu": schema.ActivationFunctionType.RELU,
    "relu_n1_to_1": schema.ActivationFunctionType.RELU_N1_TO_1,
    "relu6": schema.ActivationFunctionType.RELU6,
}
# Registered from version 2 on; the versions of the other operators select nothing here.
VERSIONS = {"BROADCAST_TO": 2}
PADDING = {"same": schema.Padding.SAME, "valid": schema.Padding.VALID}


def options(kind, **values):
    """The attribute table `kind`; an attribute that the schema does not know is an error."""
    table = getattr(schema, kind + "T")()
    for name, value in values.items():
        if not hasattr(table, name):
            raise AttributeError(f"{kind} has no attribute {name}")
        setattr(table, name, value)
    return table


class AlignedBuffer(schema.BufferT):
    """A buffer whose data begin on a multiple of 16 bytes, as the schema demands and the generated packer forgets."""

    def Pack(self, builder):
        data = None
        if self.data is not None:
            builder.StartVector(1, len(self.data), 16)
            builder.head -= len(self.data)
            builder.Bytes[builder.head : builder.head + len(self.data)] = self.data
            data = builder.EndVector()
        schema.BufferStart(builder)
        if data is not None:
            schema.BufferAddData(builder, data)
        return schema.BufferEnd(builder)


@dataclass
class Tensor:
    dtype: str
    shape: list
    scale: object = None
    zero_point: object = None
    axis: int = 0
    constant: np.ndarray = None
    values: np.ndarray = None
    name: str = ""


@dataclass
class Node:
    label: str
    inputs: list
    outputs: list
    attributes: object
    refused: bool
    error: str = ""


@dataclass
class Model:
    """Nodes of one operator in one type. Every node has inputs and outputs of its own, all of them graph inputs and
    outputs; `kernels` is "reference" or "optimized"; `variant` sets apart what an engine may reasonably not have."""

    operator: str
    dtype: str
    kernels: str = "reference"
    variant: str = ""
    nodes: list = field(default_factory=list)

    def __post_init__(self):
        # The streams of RandomState are frozen by NumPy's compatibility policy; those of Generator are not.
        self.random = np.random.RandomState((SEED + zlib.crc32(self.name.encode())) % 2**32)

    @property
    def name(self):
        return f"{self.operator.lower()}{self.variant}.{self.dtype}"

    @property
    def quantized(self):
        return self.dtype in RANGE

    # Quantization

    def scale(self, low=0.004, high=0.12):
        """A float32 scale, uniform in its logarithm."""
        return float(np.float32(np.exp(self.random.uniform(np.log(low), np.log(high)))))

    def small(self, count, shape):
        """Whole numbers of at most `count`, for reductions that must not overflow; None where codes or floats do."""
        return self.random.randint(-count, count + 1, shape) if self.dtype in ("int32", "int64") else None

    def zero_point(self, spread=40):
        middle = 128 if self.dtype == "uint8" else 0
        return int(self.random.randint(middle - spread, middle + spread + 1))

    def code(self, signed):
        """The zero point or code written as int8, in this model's type."""
        return signed + 128 if self.dtype == "uint8" else signed

    def quantization(self):
        """A random (scale, zero point) for tensors that must agree; empty for types without quantization."""
        return (self.scale(), self.zero_point()) if self.quantized else ()

    # Tensors

    def draw(self, dtype, shape):
        """Random values: all codes with many extremes; floats around ±2 with exact small numbers; whole int ranges."""
        if dtype in RANGE:
            low, high = RANGE[dtype]
            values = self.random.randint(low, high + 1, shape)
            edges = self.random.choice([low, low + 1, high - 1, high], shape)
            values = np.where(self.random.uniform(size=shape) < 0.12, edges, values)
        elif dtype == "float32":
            values = self.random.standard_normal(shape) * 2
            edges = self.random.choice([0.0, 1.0, -1.0, 0.5, -2.5, 6.0, 20.0, -20.0], shape)
            values = np.where(self.random.uniform(size=shape) < 0.06, edges, values)
        elif dtype == "bool":
            values = self.random.randint(0, 2, shape)
        else:
            info = np.iinfo(dtype)
            values = self.random.randint(info.min, info.max, shape, dtype=dtype)
            edges = self.random.choice(np.array([info.min, info.max, -1, 0, 1], dtype=dtype), shape)
            values = np.where(self.random.uniform(size=shape) < 0.2, edges, values)
        return np.asarray(values, dtype=dtype).reshape(shape)

    def extremes(self, shape):
        """Only the two ends of the type's range (float32: ±50)."""
        low, high = RANGE.get(self.dtype, (-50, 50))
        return self.random.choice([low, high], shape).astype(self.dtype)

    def input(self, shape, scale=None, zero_point=None, values=None, dtype=None):
        """A graph input. Quantized types draw a scale and a zero point where none is given; values are drawn, too."""
        dtype = dtype or self.dtype
        shape = list(shape)
        values = self.draw(dtype, shape) if values is None else np.asarray(values, dtype=dtype).reshape(shape)
        return Tensor(dtype, shape, *self._quantization(dtype, scale, zero_point), values=values)

    def output(self, scale=None, zero_point=None, dtype=None):
        """A graph output, whose shape TensorFlow Lite finds."""
        dtype = dtype or self.dtype
        return Tensor(dtype, [], *self._quantization(dtype, scale, zero_point))

    def constant(self, values, dtype=None, scale=None, zero_point=None, axis=0):
        """A constant operand; `scale` may be a list, one for each slice along `axis`."""
        values = np.asarray(values, dtype=dtype or self.dtype)
        return Tensor(values.dtype.name, list(values.shape), scale, zero_point, axis, constant=values)

    def copy(self, label, shape, operands=(), attributes=None, before=(), outputs=1, values=None):
        """A node whose outputs hold codes of its input, quantized as the input is."""
        quantization = self.quantization()
        x = self.input(shape, *quantization, values=values)
        self.node(label, [*before, x, *operands], [self.output(*quantization) for _ in range(outputs)], attributes)

    def index(self, values, dtype="int32"):
        """A constant tensor of shape, axis or index arithmetic, without quantization."""
        return self.constant(values, dtype)

    def operand(self, shape, scale=None, zero_point=None, values=None):
        """Like `input`, but stored in the model."""
        tensor = self.input(shape, scale, zero_point, values)
        tensor.constant, tensor.values = tensor.values, None
        return tensor

    def _quantization(self, dtype, scale, zero_point):
        if dtype not in RANGE:
            return None, None
        return (self.scale() if scale is None else scale), (self.zero_point() if zero_point is None else zero_point)

    def node(self, label, inputs, outputs, attributes=None, refused=False):
        """Adds one node; `refused` marks a combination that TensorFlow Lite must decline, tried apart and left out."""
        outputs = outputs if isinstance(outputs, list) else [outputs]
        names = {node.label for node in self.nodes}
        if label in names:
            raise ValueError(f"{self.name}: {label} twice")
        distinct = [t for t in inputs if t is not None and t.constant is None]
        for position, tensor in enumerate(dict.fromkeys(map(id, distinct))):
            next(t for t in distinct if id(t) == tensor).name = f"{label}/{position}"
        for position, tensor in enumerate(outputs):
            tensor.name = label if len(outputs) == 1 else f"{label}:{position}"
        self.nodes.append(Node(label, inputs, outputs, attributes, refused))

    # File

    def serialize(self, nodes):
        """The FlatBuffer of a model with these nodes."""
        graph = schema.SubGraphT()
        graph.tensors, graph.inputs, graph.outputs, graph.operators = [], [], [], []
        buffers, places = [schema.BufferT()], {}

        def place(tensor):
            if tensor is None:
                return -1
            if id(tensor) not in places:
                places[id(tensor)] = len(graph.tensors)
                graph.tensors.append(self._table(tensor, buffers))
                if tensor.values is not None:
                    graph.inputs.append(places[id(tensor)])
            return places[id(tensor)]

        for node in nodes:
            operator = schema.OperatorT()
            operator.inputs = np.array([place(t) for t in node.inputs], np.int32)
            operator.outputs = np.array([place(t) for t in node.outputs], np.int32)
            graph.outputs.extend(operator.outputs)
            if node.attributes is not None:
                operator.builtinOptions = node.attributes
                operator.builtinOptionsType = getattr(schema.BuiltinOptions, type(node.attributes).__name__[:-1])
            graph.operators.append(operator)

        code = schema.OperatorCodeT()
        code.builtinCode = getattr(schema.BuiltinOperator, self.operator)
        code.deprecatedBuiltinCode, code.version = min(code.builtinCode, 127), VERSIONS.get(self.operator, 1)
        model = schema.ModelT()
        model.version, model.description = 3, self.name
        model.operatorCodes, model.subgraphs, model.buffers = [code], [graph], buffers
        builder = flatbuffers.Builder(4096)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())

    def _table(self, tensor, buffers):
        table = schema.TensorT()
        table.name, table.type, table.shape = tensor.name, TYPES[tensor.dtype], np.array(tensor.shape, np.int32)
        if tensor.constant is not None:
            buffer = AlignedBuffer()
            buffer.data = np.ascontiguousarray(tensor.constant).tobytes()
            table.buffer = len(buffers)
            buffers.append(buffer)
        if tensor.scale is not None:
            quantization = schema.QuantizationParametersT()
            quantization.scale = np.atleast_1d(np.array(tensor.scale, np.float32))
            zero_points = np.array(tensor.zero_point or 0, np.int64)
            quantization.zeroPoint = np.broadcast_to(zero_points, quantization.scale.shape).copy()
            quantization.quantizedDimension = tensor.axis
            table.quantization = quantization
        return table
