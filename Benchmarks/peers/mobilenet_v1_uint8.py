#!/usr/bin/env python3
"""Writes a uint8 TensorFlow Lite model with the layers of MobileNetV1 0.75/192 and seeded weights:

  mobilenet_v1_uint8.py OUT.tflite

For speed alone, it knows nothing: weights are normal around their zero point, which is not 128, one scale for a tensor, as in
models of TensorFlow's quantization-aware training. Scales keep activations spread over 0...6 in each layer.
"""

import math
import sys

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

SEED = 20261121
SIZE, CLASSES = 192, 1001
# Output channels of the first convolution, then (stride, output channels) of depthwise and pointwise pairs, at width 0.75.
FIRST = 24
BLOCKS = [(1, 48), (2, 96), (1, 96), (2, 192), (1, 192), (2, 384)] + 5 * [(1, 384)] + [(2, 768), (1, 768)]
INPUT_SCALE, ACTIVATION_SCALE = 1 / 128, 6 / 255
WEIGHT_ZERO_POINT = 121


class Network:
    def __init__(self):
        self.random = np.random.RandomState(SEED)
        self.model = schema.ModelT()
        self.model.version = 3
        self.model.description = "MobileNetV1 0.75/192 shapes, seeded uint8 weights"
        self.model.operatorCodes = []
        self.model.buffers = [schema.BufferT()]
        self.graph = schema.SubGraphT()
        self.graph.name = "main"
        self.graph.tensors, self.graph.operators = [], []
        self.model.subgraphs = [self.graph]

    def tensor(self, name, kind, shape, scale, zero_point, data=None):
        tensor = schema.TensorT()
        tensor.name, tensor.type, tensor.shape = name, kind, list(shape)
        tensor.quantization = schema.QuantizationParametersT()
        tensor.quantization.scale, tensor.quantization.zeroPoint = [scale], [zero_point]
        tensor.buffer = 0
        if data is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(data.tobytes(), np.uint8)
            tensor.buffer = len(self.model.buffers)
            self.model.buffers.append(buffer)
        self.graph.tensors.append(tensor)
        return len(self.graph.tensors) - 1

    def operator(self, code, kind, options, inputs, output):
        codes = [c.builtinCode for c in self.model.operatorCodes]
        if code not in codes:
            entry = schema.OperatorCodeT()
            entry.builtinCode = entry.deprecatedBuiltinCode = code
            entry.version = 1
            self.model.operatorCodes.append(entry)
            codes.append(code)
        node = schema.OperatorT()
        node.opcodeIndex, node.inputs, node.outputs = codes.index(code), inputs, [output]
        node.builtinOptionsType, node.builtinOptions = kind, options
        self.graph.operators.append(node)
        return output

    def weights(self, name, shape, depth, input_scale, output_deviation):
        """Weights and biases such that outputs deviate from 0 by about `output_deviation`."""
        codes = np.clip(np.round(self.random.normal(WEIGHT_ZERO_POINT, 50, shape)), 0, 255).astype(np.uint8)
        # 1.7: the root mean square of values that are normal with deviation 3 and cut at 0 and 6, roughly.
        scale = output_deviation / (1.7 * math.sqrt(depth) * 50)
        count = shape[3] if shape[0] == 1 else shape[0]
        bias = self.random.randint(-2000, 2001, count).astype(np.int32)
        return [
            self.tensor(name + "/weights", schema.TensorType.UINT8, shape, scale, WEIGHT_ZERO_POINT, codes),
            self.tensor(name + "/bias", schema.TensorType.INT32, [count], scale * input_scale, 0, bias),
        ]

    def activation(self, name, shape, scale=ACTIVATION_SCALE, zero_point=0):
        return self.tensor(name, schema.TensorType.UINT8, shape, scale, zero_point)

    def convolution(self, name, x, extent, in_channels, out_channels, kernel, stride, input_scale, depthwise=False):
        """Returns the output tensor and its extent; padding is SAME, the activation RELU6."""
        out = -(-extent // stride)
        shape = [1, kernel, kernel, in_channels] if depthwise else [out_channels, kernel, kernel, in_channels]
        depth = kernel * kernel * (1 if depthwise else in_channels)
        operands = [x] + self.weights(name, shape, depth, input_scale, 3)
        y = self.activation(name, [1, out, out, out_channels])
        options = schema.DepthwiseConv2DOptionsT() if depthwise else schema.Conv2DOptionsT()
        options.padding, options.strideH, options.strideW = schema.Padding.SAME, stride, stride
        options.fusedActivationFunction = schema.ActivationFunctionType.RELU6
        if depthwise:
            options.depthMultiplier = 1
            code, kind = schema.BuiltinOperator.DEPTHWISE_CONV_2D, schema.BuiltinOptions.DepthwiseConv2DOptions
        else:
            code, kind = schema.BuiltinOperator.CONV_2D, schema.BuiltinOptions.Conv2DOptions
        return self.operator(code, kind, options, operands, y), out

    def build(self):
        x = self.activation("input", [1, SIZE, SIZE, 3], INPUT_SCALE, 128)
        self.graph.inputs = [x]
        y, extent = self.convolution("conv_0", x, SIZE, 3, FIRST, 3, 2, INPUT_SCALE)
        channels = FIRST
        for index, (stride, out) in enumerate(BLOCKS, 1):
            y, extent = self.convolution(
                f"conv_{index}_depthwise", y, extent, channels, channels, 3, stride, ACTIVATION_SCALE, depthwise=True)
            y, extent = self.convolution(
                f"conv_{index}_pointwise", y, extent, channels, out, 1, 1, ACTIVATION_SCALE)
            channels = out
        pool = schema.Pool2DOptionsT()
        pool.padding, pool.strideH, pool.strideW = schema.Padding.VALID, 2, 2
        pool.filterHeight = pool.filterWidth = extent
        y = self.operator(
            schema.BuiltinOperator.AVERAGE_POOL_2D, schema.BuiltinOptions.Pool2DOptions, pool, [y],
            self.activation("pool", [1, 1, 1, channels]))
        # The classifier is a 1x1 convolution, as in the published models.
        operands = [y] + self.weights("logits", [CLASSES, 1, 1, channels], channels, ACTIVATION_SCALE, 2)
        options = schema.Conv2DOptionsT()
        options.padding, options.strideH, options.strideW = schema.Padding.SAME, 1, 1
        y = self.operator(
            schema.BuiltinOperator.CONV_2D, schema.BuiltinOptions.Conv2DOptions, options, operands,
            self.activation("logits", [1, 1, 1, CLASSES], 0.08, 110))
        reshape = schema.ReshapeOptionsT()
        reshape.newShape = [1, CLASSES]
        target = self.tensor("shape", schema.TensorType.INT32, [2], 1.0, 0, np.array([1, CLASSES], np.int32))
        y = self.operator(
            schema.BuiltinOperator.RESHAPE, schema.BuiltinOptions.ReshapeOptions, reshape, [y, target],
            self.activation("flat", [1, CLASSES], 0.08, 110))
        softmax = schema.SoftmaxOptionsT()
        softmax.beta = 1.0
        y = self.operator(
            schema.BuiltinOperator.SOFTMAX, schema.BuiltinOptions.SoftmaxOptions, softmax, [y],
            self.activation("softmax", [1, CLASSES], 1 / 256, 0))
        self.graph.outputs = [y]
        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


if len(sys.argv) != 2:
    sys.exit(__doc__)
with open(sys.argv[1], "wb") as file:
    file.write(Network().build())
