"""Small ONNX models with what onnxruntime computes from them, for OnnxRuntimeTests.swift.

    onnxruntime_reference.py operators FOLDER
        one model for each operator and form, on seeded random inputs
    onnxruntime_reference.py layers MODEL.onnx INPUT.bin FOLDER
        every quantized operator of a QDQ model as a model of its own, on the codes that reach it in the whole model

Both write FOLDER/manifest.json in the form of the shared test data.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper


def session(model):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


class Writer:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.cases = []

    def array(self, name, values):
        file = f"{name}.bin"
        values = np.ascontiguousarray(values)
        (self.folder / file).write_bytes(values.tobytes())
        return {"file": file, "dtype": str(values.dtype), "shape": list(values.shape)}

    def add(self, name, model, feeds, results):
        onnx.save(model, self.folder / f"{name}.onnx")
        self.cases.append({
            "model": f"{name}.onnx", "case": name,
            "inputs": [self.array(f"{name}.in{i}", v) for i, v in enumerate(feeds)],
            "outputs": [self.array(f"{name}.out{i}", v) for i, v in enumerate(results)],
        })

    def close(self):
        (self.folder / "manifest.json").write_text(json.dumps({"cases": self.cases}))


class Operators:
    def __init__(self, folder):
        self.writer = Writer(folder)
        self.random = np.random.default_rng(20261121)

    def floats(self, *shape, low=-2.0, high=2.0):
        return self.random.uniform(low, high, shape).astype(np.float32)

    def codes(self, dtype, *shape):
        info = np.iinfo(dtype)
        return self.random.integers(info.min, info.max + 1, shape).astype(dtype)

    def model(self, name, nodes, inputs, constants, opset=17, outputs=("y",), microsoft=False):
        """inputs: name -> array, the values it is run with; constants: name -> array."""
        infos = [helper.make_tensor_value_info(k, helper.np_dtype_to_tensor_dtype(v.dtype), v.shape) for k, v in inputs.items()]
        results = [helper.make_empty_tensor_value_info(o) for o in outputs]
        graph = helper.make_graph(
            nodes, name, infos, results, [numpy_helper.from_array(v, k) for k, v in constants.items()])
        imports = [helper.make_opsetid("", opset)]
        if microsoft:
            imports.append(helper.make_opsetid("com.microsoft", 1))
        model = helper.make_model(graph, opset_imports=imports, ir_version=8)
        computed = session(model).run(None, dict(inputs))
        self.writer.add(name, model, list(inputs.values()), computed)

    def one(self, name, op, inputs, constants=None, opset=17, outputs=1, domain="", order=None, **attributes):
        """A model of one node. Operands are x, then the constants in order, or as `order` says ("" is left out)."""
        constants = constants or {}
        operands = order or list(inputs) + list(constants)
        names = [f"y{i}" for i in range(outputs)] if outputs > 1 else ["y"]
        node = helper.make_node(op, operands, names, domain=domain, **attributes)
        self.model(name, [node], inputs, constants, opset, names, microsoft=bool(domain))

    # Windows

    def windows(self):
        f = self.floats
        x = f(1, 4, 9, 11)
        self.one("conv", "Conv", {"x": x}, {"w": f(5, 4, 3, 3), "b": f(5)}, pads=[1, 1, 1, 1])
        self.one("conv_stride_pads", "Conv", {"x": x}, {"w": f(5, 4, 3, 2)}, pads=[2, 0, 1, 1], strides=[2, 3])
        self.one("conv_stride2_pad1", "Conv", {"x": f(1, 4, 8, 8)}, {"w": f(6, 4, 3, 3), "b": f(6)}, pads=[1, 1, 1, 1], strides=[2, 2])
        self.one("conv_dilated", "Conv", {"x": x}, {"w": f(3, 4, 3, 3)}, dilations=[2, 3])
        self.one("conv_same_upper", "Conv", {"x": x}, {"w": f(3, 4, 4, 2)}, auto_pad="SAME_UPPER", strides=[2, 2])
        self.one("conv_same_lower", "Conv", {"x": x}, {"w": f(3, 4, 4, 2)}, auto_pad="SAME_LOWER", strides=[2, 2])
        self.one("conv_picture", "Conv", {"x": f(1, 3, 12, 14)}, {"w": f(3, 3, 3, 3)})
        self.one("conv_1d", "Conv", {"x": f(1, 4, 20)}, {"w": f(6, 4, 5), "b": f(6)}, pads=[2, 2], strides=[2])
        self.one("depthwise", "Conv", {"x": x}, {"w": f(4, 1, 3, 3), "b": f(4)}, group=4, pads=[1, 1, 1, 1])
        self.one("depthwise_multiplier", "Conv", {"x": x}, {"w": f(8, 1, 3, 3)}, group=4)
        self.one("depthwise_1d", "Conv", {"x": f(1, 4, 20)}, {"w": f(4, 1, 5)}, group=4)
        self.one("conv_grouped", "Conv", {"x": x}, {"w": f(6, 2, 3, 3), "b": f(6)}, group=2, pads=[1, 1, 1, 1])
        self.one("conv_transpose", "ConvTranspose", {"x": x}, {"w": f(4, 3, 3, 3), "b": f(3)})
        self.one("conv_transpose_stride", "ConvTranspose", {"x": x}, {"w": f(4, 3, 4, 4)}, strides=[2, 2], pads=[1, 1, 1, 1])
        self.one("conv_transpose_padding", "ConvTranspose", {"x": x}, {"w": f(4, 3, 3, 3)}, strides=[2, 2], pads=[1, 1, 1, 1], output_padding=[1, 1])
        self.one("conv_transpose_grouped", "ConvTranspose", {"x": x}, {"w": f(4, 3, 3, 3), "b": f(6)}, group=2, strides=[2, 2])
        self.one("conv_transpose_1d", "ConvTranspose", {"x": f(1, 4, 9)}, {"w": f(4, 3, 4)}, strides=[2], pads=[1, 1])
        self.one("conv_transpose_same", "ConvTranspose", {"x": x}, {"w": f(4, 3, 3, 3)}, strides=[2, 2], auto_pad="SAME_UPPER")
        self.one("max_pool", "MaxPool", {"x": x}, kernel_shape=[2, 2], strides=[2, 2])
        self.one("max_pool_pads", "MaxPool", {"x": x}, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
        self.one("max_pool_ceil", "MaxPool", {"x": f(1, 2, 10, 10)}, kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
        self.one("max_pool_same", "MaxPool", {"x": x}, kernel_shape=[3, 2], strides=[2, 2], auto_pad="SAME_LOWER")
        self.one("max_pool_dilated", "MaxPool", {"x": x}, kernel_shape=[3, 2], dilations=[2, 3], strides=[1, 2], pads=[2, 1, 1, 1])
        self.one("lrn", "LRN", {"x": f(1, 9, 4, 5)}, size=5, alpha=0.3, beta=0.75, bias=2.0)
        self.one("lrn_three", "LRN", {"x": f(1, 9, 4, 5)}, size=3, alpha=0.2, beta=0.6)
        self.one("max_pool_1d", "MaxPool", {"x": f(1, 2, 10)}, kernel_shape=[3], strides=[2])
        self.one("average_pool", "AveragePool", {"x": x}, kernel_shape=[3, 2], strides=[1, 2])
        self.one("average_pool_pads", "AveragePool", {"x": x}, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 0, 1, 1])
        self.one("average_pool_counts", "AveragePool", {"x": x}, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 0, 1, 1], count_include_pad=1)
        self.one("average_pool_ceil", "AveragePool", {"x": f(1, 2, 10, 10)}, kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
        self.one("average_pool_ceil_counts", "AveragePool", {"x": f(1, 2, 10, 10)}, opset=19, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 0, 0, 1],
                 ceil_mode=1, count_include_pad=1)
        self.one("global_average_pool", "GlobalAveragePool", {"x": x})
        self.one("global_max_pool", "GlobalMaxPool", {"x": x})
        self.one("global_average_pool_1d", "GlobalAveragePool", {"x": f(1, 2, 10)})

    def fused(self):
        f = self.floats
        x = {"x": f(1, 4, 9, 11)}
        ms = dict(domain="com.microsoft")
        constants = {"w": f(5, 4, 3, 3), "b": f(5)}
        for name, parameters in [("Relu", []), ("Clip", [-0.5, 0.75]), ("LeakyRelu", [0.2]), ("Sigmoid", []), ("Tanh", []), ("HardSigmoid", [0.2, 0.4])]:
            numbers = {"activation_params": parameters} if parameters else {}
            self.one(f"fused_conv_{name}", "FusedConv", x, constants, **ms, activation=name, **numbers)
        self.one("fused_conv_sum", "FusedConv", x, {**constants, "z": f(1, 5, 7, 9)}, **ms, activation="Relu")
        self.one("fused_gemm", "FusedGemm", {"x": f(1, 12)}, {"w": f(12, 5), "b": f(5)}, **ms, activation="LeakyRelu", activation_alpha=0.3)

    # Matrices

    def matrices(self):
        f = self.floats
        self.one("gemm", "Gemm", {"x": f(1, 12)}, {"w": f(12, 5), "b": f(5)})
        self.one("gemm_transposed", "Gemm", {"x": f(2, 12)}, {"w": f(5, 12), "b": f(1, 5)}, transB=1, alpha=0.5, beta=2.0)
        self.one("gemm_scalar_bias", "Gemm", {"x": f(3, 4)}, {"w": f(4, 5), "b": f(1)})
        self.one("gemm_column_bias", "Gemm", {"x": f(3, 4)}, {"w": f(4, 5), "b": f(3, 1)})
        self.one("gemm_trans_a", "Gemm", {"x": f(4, 3)}, {"w": f(4, 5)}, transA=1)
        self.one("gemm_two", "Gemm", {"x": f(3, 4), "b": f(4, 2)}, alpha=0.5)
        self.one("matmul", "MatMul", {"x": f(2, 12)}, {"w": f(12, 5)})
        self.one("matmul_3d", "MatMul", {"x": f(2, 3, 4)}, {"w": f(4, 5)})
        self.one("matmul_two", "MatMul", {"x": f(2, 3, 4), "b": f(2, 4, 5)})
        self.one("matmul_vector", "MatMul", {"x": f(3, 4)}, {"w": f(4)})
        self.one("flatten", "Flatten", {"x": f(1, 2, 3, 4)})
        self.one("flatten_axis", "Flatten", {"x": f(1, 2, 3, 4)}, axis=-2)

    # Functions of elements

    def functions(self):
        x = {"x": self.floats(1, 4, 5, 6, low=-4, high=4)}
        for op in ["Relu", "Sigmoid", "Tanh", "HardSwish", "Elu", "Selu", "Softsign", "Neg", "Abs", "Floor", "LeakyRelu", "HardSigmoid", "Identity",
                   "Exp", "Softplus"]:
            self.one(op.lower(), op, x)
        self.one("mish", "Mish", x, opset=18)
        self.one("leaky_relu_alpha", "LeakyRelu", x, alpha=0.3)
        self.one("hard_sigmoid_alpha", "HardSigmoid", x, alpha=1 / 6, beta=0.5)
        self.one("elu_alpha", "Elu", x, alpha=1.7)
        self.one("gelu_20", "Gelu", x, opset=20)
        self.one("gelu_20_tanh", "Gelu", x, opset=20, approximate="tanh")
        self.one("gelu_microsoft", "Gelu", x, domain="com.microsoft")
        self.one("fast_gelu", "FastGelu", x, domain="com.microsoft")
        self.one("quick_gelu", "QuickGelu", x, domain="com.microsoft", alpha=1.702)
        positive = {"x": self.floats(1, 4, 5, low=0.2, high=4)}
        self.one("sqrt", "Sqrt", positive)
        self.one("reciprocal", "Reciprocal", positive)
        self.one("log", "Log", positive)
        n = helper.make_node
        self.model("swish_written", [n("Sigmoid", ["x"], ["s"]), n("Mul", ["x", "s"], ["y"])], x, {})
        self.model("prelu_written", [
            n("Relu", ["x"], ["p"]), n("Neg", ["x"], ["m"]), n("Relu", ["m"], ["r"]), n("Mul", ["r", "slope"], ["s"]), n("Add", ["p", "s"], ["y"]),
        ], x, {"slope": self.floats(4, 1, 1)})
        for exponent in [2.0, 3.0, 4.0, 0.5, -0.5, -1.0, -0.75, 1.7]:
            self.one(f"pow_{exponent}", "Pow", positive, {"e": np.float32(exponent)})
        f32 = np.float32
        for name, low, high in [("0_6", 0, 6), ("0_1", 0, 1), ("minus1_1", -1, 1), ("other", -0.7, 1.9)]:
            self.one(f"clip_{name}", "Clip", x, {"low": f32(low), "high": f32(high)})
        self.one("clip_min", "Clip", x, {"low": f32(0.25)})
        self.one("clip_max", "Clip", x, {"high": f32(0.25)}, order=["x", "", "high"])
        self.one("prelu_channel", "PRelu", x, {"slope": self.floats(4, 1, 1)})
        self.one("prelu_one", "PRelu", x, {"slope": self.floats(1)})
        f = self.floats
        for op in ["Add", "Sub", "Mul", "Div", "Max", "Min"]:
            self.one(op.lower(), op, {"a": f(1, 4, 5, 6), "b": f(1, 4, 5, 6, low=0.5)})
            self.one(f"{op.lower()}_channel", op, {"a": f(1, 4, 5, 6)}, {"b": f(1, 4, 1, 1, low=0.5)})
        self.one("add_scalar", "Add", {"a": f(1, 4, 5, 6)}, {"b": f()})
        self.one("max_three", "Max", {"a": f(1, 4), "b": f(1, 4), "c": f(1, 4)})
        self.one("sum_three", "Sum", {"a": f(1, 4), "b": f(1, 4), "c": f(1, 4)})
        self.one("mean_three", "Mean", {"a": f(1, 4), "b": f(1, 4), "c": f(1, 4)})
        self.erf()

    def erf(self):
        x = {"x": self.floats(1, 4, 5, low=-4, high=4)}
        constants = {"root": np.float32(2 ** 0.5), "inverse": np.float32(0.5 ** 0.5), "one": np.float32(1), "half": np.float32(0.5)}
        n = helper.make_node
        forms = {
            "gelu_written_1": [n("Div", ["x", "root"], ["u"]), n("Erf", ["u"], ["e"]), n("Add", ["e", "one"], ["s"]),
                               n("Mul", ["x", "s"], ["p"]), n("Mul", ["p", "half"], ["y"])],
            "gelu_written_2": [n("Mul", ["x", "inverse"], ["u"]), n("Erf", ["u"], ["e"]), n("Add", ["one", "e"], ["s"]),
                               n("Mul", ["half", "s"], ["p"]), n("Mul", ["x", "p"], ["y"])],
            "gelu_written_3": [n("Div", ["x", "root"], ["u"]), n("Erf", ["u"], ["e"]), n("Add", ["e", "one"], ["s"]),
                               n("Mul", ["x", "half"], ["h"]), n("Mul", ["h", "s"], ["y"])],
        }
        for name, nodes in forms.items():
            self.model(name, nodes, x, constants)

    # Rows, reductions, normalization

    def rows(self):
        f = self.floats
        x = {"x": f(1, 4, 5, 6)}
        for axis in [1, 2, -1]:
            for opset in [12, 13]:
                self.one(f"softmax_{axis}_{opset}", "Softmax", x, opset=opset, axis=axis)
                self.one(f"log_softmax_{axis}_{opset}", "LogSoftmax", x, opset=opset, axis=axis)
        self.one("softmax_default_12", "Softmax", x, opset=12)
        i64 = lambda *v: np.array(v, np.int64)
        for op in ["ReduceMean", "ReduceMax", "ReduceMin", "ReduceL2", "ReduceSumSquare"]:
            self.one(f"{op.lower()}_13", op, x, opset=13, axes=[2, 3])
            self.one(f"{op.lower()}_18", op, x, {"axes": i64(1, -1)}, opset=18, keepdims=0)
        self.one("reduce_mean_pool", "ReduceMean", x, opset=13, axes=[2, 3], keepdims=0)
        self.one("reduce_mean_all", "ReduceMean", x, opset=18)
        self.one("reduce_sum_11", "ReduceSum", x, opset=11, axes=[1])
        self.one("reduce_sum_13", "ReduceSum", x, {"axes": i64(1, 2)}, opset=13)
        self.one("reduce_noop", "ReduceSum", x, opset=13, noop_with_empty_axes=1)
        self.one("arg_max", "ArgMax", x, axis=1, keepdims=0)
        self.one("arg_min", "ArgMin", x, axis=-1)
        self.one("batch_norm", "BatchNormalization", x, {"s": f(4), "b": f(4), "m": f(4), "v": f(4, low=0.1)}, epsilon=1e-3)
        self.one("batch_norm_2d", "BatchNormalization", {"x": f(3, 4)}, {"s": f(4), "b": f(4), "m": f(4), "v": f(4, low=0.1)})
        self.one("layer_norm", "LayerNormalization", x, {"s": f(6), "b": f(6)})
        self.one("layer_norm_axis", "LayerNormalization", x, {"s": f(5, 6), "b": f(5, 6)}, axis=2)
        self.one("instance_norm", "InstanceNormalization", x, {"s": f(4), "b": f(4)})
        self.one("group_norm", "GroupNormalization", x, {"s": f(2), "b": f(2)}, opset=18, num_groups=2)
        self.one("lp_norm", "LpNormalization", x, axis=1)

    # Moves

    def moves(self):
        f = self.floats
        i64 = lambda *v: np.array(v, np.int64)
        x = {"x": f(1, 4, 6, 8)}
        self.one("concat", "Concat", {"a": f(1, 4, 5, 6), "b": f(1, 2, 5, 6)}, axis=1)
        self.one("concat_negative", "Concat", {"a": f(1, 4, 5), "b": f(1, 4, 3)}, axis=-1)
        self.one("split_11", "Split", x, opset=11, outputs=2, axis=1)
        self.one("split_11_sizes", "Split", x, opset=11, outputs=2, axis=2, split=[2, 4])
        self.one("split_13", "Split", x, {"sizes": i64(1, 3)}, opset=13, outputs=2, axis=1)
        self.one("split_18", "Split", x, opset=18, outputs=3, axis=3, num_outputs=3)
        self.one("slice", "Slice", x, {"s": i64(1, 2), "e": i64(-1, 1 << 62), "a": i64(2, 3)})
        self.one("slice_steps", "Slice", x, {"s": i64(0, 7), "e": i64(6, -(1 << 62)), "a": i64(2, 3), "t": i64(2, -3)})
        self.one("slice_all_axes", "Slice", {"x": f(5, 6)}, {"s": i64(1, -3), "e": i64(4, -1)})
        self.one("slice_channels", "Slice", x, {"s": i64(0), "e": i64(4), "a": i64(1), "t": i64(2)})
        self.one("gather", "Gather", x, {"i": i64(2, -1, 0)}, axis=1)
        self.one("gather_scalar", "Gather", x, {"i": np.array(1, np.int64)}, axis=2)
        self.one("gather_2d", "Gather", {"x": f(5, 6)}, {"i": np.array([[0, 1], [4, 2]], np.int64)})
        self.one("squeeze_11", "Squeeze", {"x": f(1, 4, 1, 5)}, opset=11, axes=[0, 2])
        self.one("squeeze_13", "Squeeze", {"x": f(1, 4, 1, 5)}, {"axes": i64(-2)}, opset=13)
        self.one("squeeze_all", "Squeeze", {"x": f(1, 4, 1, 5)}, opset=13)
        self.one("unsqueeze_11", "Unsqueeze", {"x": f(4, 5)}, opset=11, axes=[0, 3])
        self.one("unsqueeze_13", "Unsqueeze", {"x": f(4, 5)}, {"axes": i64(-1, 1)}, opset=13)
        self.one("reshape", "Reshape", x, {"shape": i64(0, -1, 4)})
        self.one("transpose", "Transpose", {"x": f(2, 3, 4)})
        self.one("transpose_perm", "Transpose", x, perm=[0, 3, 1, 2])
        self.one("expand", "Expand", {"x": f(4, 1)}, {"shape": i64(2, 1, 5)})
        self.one("tile", "Tile", {"x": f(2, 3)}, {"r": i64(2, 3)})
        pads = i64(0, 0, 1, 2, 0, 0, 3, 0)
        self.one("pad", "Pad", x, {"p": pads})
        self.one("pad_value", "Pad", x, {"p": pads, "v": np.float32(1.5)})
        self.one("pad_channels", "Pad", x, {"p": i64(0, 1, 0, 0, 0, 2, 0, 0)})
        self.one("pad_reflect", "Pad", x, {"p": pads}, mode="reflect")
        self.one("pad_edge", "Pad", x, {"p": pads}, mode="edge")
        self.one("pad_wrap", "Pad", x, {"p": pads}, opset=19, mode="wrap")
        self.one("pad_axes", "Pad", x, {"p": i64(1, 2), "v": np.float32(0), "a": i64(3)}, opset=18)
        self.one("pad_negative", "Pad", x, {"p": i64(0, 0, -1, 2, 0, 0, 1, -2)})
        for mode in ["DCR", "CRD"]:
            self.one(f"depth_to_space_{mode}", "DepthToSpace", {"x": f(1, 12, 3, 4)}, blocksize=2, mode=mode)
        self.one("space_to_depth", "SpaceToDepth", x, blocksize=2)
        self.shuffle()
        self.shapes()

    def shuffle(self):
        n = helper.make_node
        i64 = lambda *v: np.array(v, np.int64)
        self.model("channel_shuffle", [
            n("Reshape", ["x", "split"], ["a"]), n("Transpose", ["a"], ["b"], perm=[0, 2, 1, 3, 4]),
            n("Reshape", ["b", "join"], ["c"]), n("Conv", ["c", "w"], ["y"], group=2),
        ], {"x": self.floats(1, 8, 5, 6)}, {"split": i64(1, 2, 4, 5, 6), "join": i64(1, 8, 5, 6), "w": self.floats(8, 4, 1, 1)})

    def shapes(self):
        """What exporters write around a reshape, an expand and a resize where the batch may vary."""
        n = helper.make_node
        i64 = lambda *v: np.array(v, np.int64)
        x = {"x": self.floats(1, 4, 6, 8)}
        self.model("shape_flatten", [
            n("Shape", ["x"], ["s"]), n("Gather", ["s", "zero"], ["n"], axis=0), n("Unsqueeze", ["n", "zeros"], ["nu"]),
            n("Concat", ["nu", "rest"], ["t"], axis=0), n("Reshape", ["x", "t"], ["y"]),
        ], x, {"zero": np.array(0, np.int64), "zeros": i64(0), "rest": i64(-1)})
        self.model("shape_halves", [
            n("Shape", ["x"], ["s"], start=1, end=2), n("Div", ["s", "two"], ["h"]), n("Mul", ["h", "two"], ["e"]),
            n("Slice", ["x", "h", "e", "one"], ["y"]),
        ], x, {"two": i64(2), "one": i64(1)})
        self.model("shape_expand", [
            n("Shape", ["x"], ["s"]), n("ConstantOfShape", ["four"], ["ones"], value=numpy_helper.from_array(i64(1))),
            n("Mul", ["ones", "minus"], ["m"]), n("Equal", ["s", "m"], ["q"]), n("Where", ["q", "ones", "s"], ["t"]),
            n("Expand", ["c", "t"], ["d"]), n("Add", ["x", "d"], ["y"]),
        ], x, {"four": i64(4), "minus": i64(-1), "c": self.floats(1, 4, 1, 1)})
        self.model("shape_resize", [
            n("Shape", ["x"], ["s"]), n("Slice", ["s", "two", "four"], ["hw"]), n("Cast", ["hw"], ["f"], to=TensorProto.FLOAT),
            n("Mul", ["f", "scale"], ["g"]), n("Floor", ["g"], ["fl"]), n("Cast", ["fl"], ["t"], to=TensorProto.INT64),
            n("Slice", ["s", "zero", "two"], ["nc"]), n("Concat", ["nc", "t"], ["sizes"], axis=0),
            n("Resize", ["x", "", "", "sizes"], ["y"], mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"),
        ], x, {"two": i64(2), "four": i64(4), "zero": i64(0), "scale": np.array([2, 2], np.float32)})

    def resizes(self):
        x = {"x": self.floats(1, 4, 6, 8)}
        scales = {"up": [1, 1, 2, 3], "down": [1, 1, 0.5, 0.5], "odd": [1, 1, 1.7, 0.6]}
        for mode in ["half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners"]:
            for name, values in scales.items():
                constants = {"scales": np.array(values, np.float32)}
                for rounding in ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"]:
                    self.one(f"nearest_{mode}_{name}_{rounding}", "Resize", x, constants, order=["x", "", "scales"], mode="nearest",
                             coordinate_transformation_mode=mode, nearest_mode=rounding)
                for kind in ["linear", "cubic"]:
                    self.one(f"{kind}_{mode}_{name}", "Resize", x, constants, order=["x", "", "scales"], mode=kind,
                             coordinate_transformation_mode=mode)
            sizes = {"sizes": np.array([1, 4, 9, 5], np.int64)}
            self.one(f"linear_{mode}_sizes", "Resize", x, sizes, order=["x", "", "", "sizes"], mode="linear", coordinate_transformation_mode=mode)
        scales = {"scales": np.array([1, 1, 0.5, 0.7], np.float32)}
        for kind in ["linear", "cubic"]:
            self.one(f"{kind}_antialias", "Resize", x, scales, opset=18, order=["x", "", "scales"], mode=kind, antialias=1)
        self.one("cubic_inside", "Resize", x, scales, order=["x", "", "scales"], mode="cubic", cubic_coeff_a=-0.5, exclude_outside=1)
        self.one("resize_axes", "Resize", x, {"sizes": np.array([12, 16], np.int64)}, opset=18, order=["x", "", "", "sizes"], mode="linear", axes=[2, 3])

    # Codes

    def quantized(self):
        f32 = np.float32
        for dtype in [np.int8, np.uint8]:
            t = np.dtype(dtype).name
            zero = lambda v: np.array(v if dtype == np.int8 else v + 128, dtype)
            x = self.codes(dtype, 1, 4, 8, 8)
            self.one(f"quantize_{t}", "QuantizeLinear", {"x": self.floats(1, 4, 5, 6, low=-9, high=9)}, {"s": f32(0.03), "z": zero(5)})
            self.one(f"dequantize_{t}", "DequantizeLinear", {"x": x}, {"s": f32(0.03), "z": zero(5)})
            # What the codes mean stands after the operators that move them.
            self.model(f"max_pool_{t}", [
                helper.make_node("MaxPool", ["x"], ["a"], kernel_shape=[2, 2], strides=[2, 2]),
                helper.make_node("Transpose", ["a"], ["b"], perm=[0, 2, 3, 1]),
                helper.make_node("DequantizeLinear", ["b", "s", "z"], ["y"]),
            ], {"x": x}, {"s": f32(0.03), "z": zero(5)})
            self.model(f"nhwc_max_pool_{t}", [
                helper.make_node("NhwcMaxPool", ["x"], ["a"], domain="com.microsoft", kernel_shape=[2, 2], strides=[2, 2]),
                helper.make_node("DequantizeLinear", ["a", "s", "z"], ["y"]),
            ], {"x": x}, {"s": f32(0.03), "z": zero(5)}, microsoft=True)
            a = {"sa": f32(0.02), "za": zero(3)}
            y = {"sy": f32(0.05), "zy": zero(-7)}
            b = {"sb": f32(0.03), "zb": zero(-11)}
            two = ["a", "sa", "za", "b", "sb", "zb", "sy", "zy"]
            inputs = {"a": self.codes(dtype, 1, 4, 5, 6), "b": self.codes(dtype, 1, 4, 5, 6)}
            self.one(f"qlinear_add_{t}", "QLinearAdd", inputs, {**a, **b, **y}, domain="com.microsoft", order=two)
            self.one(f"qlinear_mul_{t}", "QLinearMul", inputs, {**a, **b, **y}, domain="com.microsoft", order=two)
            self.one(f"qlinear_concat_{t}", "QLinearConcat", inputs, {**a, **b, **y}, domain="com.microsoft",
                     order=["sy", "zy", "a", "sa", "za", "b", "sb", "zb"], axis=1)
            one = ["x", "sa", "za", "sy", "zy"]
            self.one(f"qlinear_average_{t}", "QLinearGlobalAveragePool", {"x": x}, {**a, **y}, domain="com.microsoft", order=one, channels_last=0)
            self.one(f"nhwc_average_{t}", "QLinearGlobalAveragePool", {"x": x}, {**a, **y}, domain="com.microsoft", order=one, channels_last=1)
            self.one(f"qlinear_leaky_{t}", "QLinearLeakyRelu", {"x": x}, {**a, **y}, domain="com.microsoft", order=one, alpha=0.1)
            self.one(f"qlinear_sigmoid_{t}", "QLinearSigmoid", {"x": x}, {**a, "sy": f32(1 / 256), "zy": zero(-128)},
                     domain="com.microsoft", order=one)
            names = ["x", "sa", "za", "w", "sw", "zw", "sy", "zy", "bias"]
            for kind, scales in [("one", f32(0.01)), ("channels", self.floats(6, low=0.005, high=0.02))]:
                if dtype == np.uint8 and kind == "channels":
                    continue
                w = self.codes(np.int8, 6, 4, 3, 3)
                w[w == -128] = -127
                constants = {**a, "w": w, "sw": scales, "zw": np.zeros(np.shape(scales), np.int8), "sy": f32(0.4), "zy": zero(-7),
                             "bias": self.random.integers(-9000, 9000, 6).astype(np.int32)}
                self.one(f"qlinear_conv_{kind}_{t}", "QLinearConv", {"x": x}, constants, order=names, pads=[1, 1, 1, 1], strides=[2, 2])
                self.one(f"nhwc_conv_{kind}_{t}", "QLinearConv", {"x": self.codes(dtype, 1, 8, 8, 4)}, constants, domain="com.microsoft",
                         order=names, pads=[1, 1, 1, 1], strides=[2, 2], channels_last=1)
            w = self.codes(np.int8, 12, 5)
            constants = {**a, "w": w, "sw": f32(0.01), "zw": np.int8(0), "sy": f32(0.2), "zy": zero(4)}
            self.one(f"qlinear_matmul_{t}", "QLinearMatMul", {"x": self.codes(dtype, 2, 12)}, constants, order=names[:8])
            constants["bias"] = self.random.integers(-9000, 9000, 5).astype(np.int32)
            self.one(f"qgemm_{t}", "QGemm", {"x": self.codes(dtype, 2, 12)}, constants, domain="com.microsoft",
                     order=["x", "sa", "za", "w", "sw", "zw", "bias", "sy", "zy"])

    def write(self):
        for part in [self.windows, self.fused, self.matrices, self.functions, self.rows, self.moves, self.resizes, self.quantized]:
            part()
        self.writer.close()


def layers(path, input_path, folder):
    """Every QuantizeLinear of an activation with what lies between it and the codes before it."""
    model = onnx.load(path)
    for value in model.graph.input:
        if value.type.tensor_type.shape.dim and not value.type.tensor_type.shape.dim[0].dim_value:
            value.type.tensor_type.shape.dim[0].dim_value = 1
    constants = {c.name: c for c in model.graph.initializer}
    producer = {name: node for node in model.graph.node for name in node.output}
    info = model.graph.input[0]
    shape = [d.dim_value for d in info.type.tensor_type.shape.dim]
    dtype = helper.tensor_dtype_to_np_dtype(info.type.tensor_type.elem_type)
    x = np.fromfile(input_path, dtype).reshape(shape)

    def is_code(name):
        return name in producer and producer[name].op_type == "QuantizeLinear" and producer[name].input[0] not in constants

    wanted = [n.output[0] for n in model.graph.node if n.op_type == "QuantizeLinear" and is_code(n.output[0])]
    whole = onnx.ModelProto()
    whole.CopyFrom(model)
    known = {o.name for o in whole.graph.output}
    whole.graph.output.extend(helper.make_empty_tensor_value_info(n) for n in wanted if n not in known)
    run = session(whole)
    values = dict(zip([o.name for o in run.get_outputs()], run.run(None, {info.name: x})))
    values[info.name] = x

    writer = Writer(folder)
    for index, name in enumerate(wanted):
        nodes, inputs, used, stack = [], [], [], [name]
        while stack:
            current = stack.pop()
            if current in constants:
                used.append(current)
            elif current in values and current != name and (is_code(current) or current == info.name):
                inputs.append(current)
            elif producer[current] not in nodes:
                nodes.append(producer[current])
                stack.extend(i for i in producer[current].input if i)
        nodes = [n for n in model.graph.node if n in nodes]
        inputs = sorted(set(inputs))
        operators = [n.op_type for n in nodes if n.op_type not in ("QuantizeLinear", "DequantizeLinear")]
        if not inputs or not operators:
            continue
        feeds = {i: values[i] for i in inputs}
        graph = helper.make_graph(
            nodes, name,
            [helper.make_tensor_value_info(i, helper.np_dtype_to_tensor_dtype(v.dtype), v.shape) for i, v in feeds.items()],
            [helper.make_empty_tensor_value_info(name)], [constants[c] for c in sorted(set(used))])
        part = helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)
        computed = session(part).run(None, feeds)
        writer.add(f"{index:03d}_{'_'.join(operators)}", part, list(feeds.values()), computed)
    writer.close()


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "operators":
        Operators(sys.argv[2]).write()
    elif len(sys.argv) == 5 and sys.argv[1] == "layers":
        layers(*sys.argv[2:])
    else:
        sys.exit(__doc__)
