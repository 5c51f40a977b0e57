"""TensorFlow Lite to ONNX, by tf2onnx, with a batch of one:

  to_onnx.py MODEL.tflite OUT.onnx [--dequantize]

Plain: quantized models in QDQ form, as ONNX Runtime takes them. With --dequantize: all quantization taken out, and only what lies
between the layout changes at the ends, so that engines for float NCHW tensors can have it; OUT.onnx.shape then holds the shape of
its input.
"""

import json
import os
import subprocess
import sys

import onnx
from onnx import helper, shape_inference

OPSET = "17"


def fix_batch(graph):
    for value in list(graph.input) + list(graph.output):
        for dimension in value.type.tensor_type.shape.dim:
            if dimension.HasField("dim_param"):
                dimension.dim_value = 1


def float_core(model):
    """The part behind the first transposition to NCHW, up to the last softmax."""
    graph = model.graph
    shape = [d.dim_value for d in graph.input[0].type.tensor_type.shape.dim]
    start = graph.input[0].name
    if len(shape) == 4:
        transposes = [n for n in graph.node if n.op_type == "Transpose"]
        if not transposes:
            sys.exit("no transposition to NCHW")
        start, shape = transposes[0].output[0], [shape[0], shape[3], shape[1], shape[2]]
    elif graph.input[0].type.tensor_type.elem_type != onnx.TensorProto.FLOAT:
        sys.exit("an integer input without a float part behind it")
    softmaxes = [n for n in graph.node if n.op_type == "Softmax"]
    end = softmaxes[-1].output[0] if softmaxes else graph.output[0].name
    producers = {output: node for node in graph.node for output in node.output}
    needed, waiting = set(), [end]
    while waiting:
        name = waiting.pop()
        node = producers.get(name) if name != start else None
        if node is not None and node.name not in needed:
            needed.add(node.name)
            waiting += node.input
    nodes = [n for n in graph.node if n.name in needed]
    used = {name for n in nodes for name in n.input}
    core = helper.make_graph(
        nodes, "core", [helper.make_tensor_value_info(start, onnx.TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(end, onnx.TensorProto.FLOAT, None)],
        [i for i in graph.initializer if i.name in used])
    return helper.make_model(core, opset_imports=model.opset_import, ir_version=8), shape


def main():
    source, target = sys.argv[1:3]
    dequantize = sys.argv[3:] == ["--dequantize"]
    command = [sys.executable, "-m", "tf2onnx.convert", "--opset", OPSET, "--tflite", source, "--output", target]
    result = subprocess.run(command + sys.argv[3:], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode:
        sys.exit((result.stdout.strip().splitlines() or ["tf2onnx failed"])[-1])
    model = onnx.load(target)
    fix_batch(model.graph)
    if dequantize:
        os.remove(target)
        model, shape = float_core(model)
        with open(target + ".shape", "w") as file:
            json.dump(shape, file)
    del model.graph.value_info[:]
    onnx.save(shape_inference.infer_shapes(model), target)


if len(sys.argv) not in (3, 4):
    sys.exit(__doc__)
main()
