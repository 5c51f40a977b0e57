"""The same network with batch norm folded and with int8 rounding in it, to be trained with: quantization-aware.

Rounding as TensorFlow Lite will do it: weights in -127...127 with a scale for each output channel, activations in
-128...127 with a scale and a zero point. The scales of activations are measured once and then stay.
"""

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from keras.initializers import Constant


class RoundedConvolution(layers.Conv2D):
    """A convolution whose weights are rounded, with a scale for each output channel; gradients do not see it."""

    def call(self, x):
        limit = tf.stop_gradient(tf.reduce_max(tf.abs(self.kernel), axis=(0, 1, 2)))
        limit = tf.maximum(limit, 1e-6)  # channels of zeros
        kernel = tf.quantization.fake_quant_with_min_max_vars_per_channel(self.kernel, -limit, limit, narrow_range=True)
        return tf.nn.bias_add(tf.nn.conv2d(x, kernel, list(self.strides), "SAME"), self.bias)


class RoundedDense(layers.Dense):
    def call(self, x):
        limit = tf.stop_gradient(tf.reduce_max(tf.abs(self.kernel)))  # the converter knows one scale for all here
        kernel = tf.quantization.fake_quant_with_min_max_vars(self.kernel, -limit, limit, narrow_range=True)
        return tf.nn.bias_add(tf.matmul(x, kernel), self.bias)


class RoundedActivation(layers.Layer):
    """Rounds to 256 steps of a range, which is the one seen while `measuring` and always has 0 in it."""

    def __init__(self, low: float = 0, high: float = 0, **options):
        super().__init__(**options)
        self.measuring = high == low
        self.low = self.add_weight(shape=(), initializer=Constant(low), trainable=False, name="low")
        self.high = self.add_weight(shape=(), initializer=Constant(high), trainable=False, name="high")

    def call(self, x):
        if self.measuring:
            self.low.assign(tf.minimum(self.low, tf.reduce_min(x)))
            self.high.assign(tf.maximum(self.high, tf.reduce_max(x)))
            return x
        return tf.quantization.fake_quant_with_min_max_vars(x, self.low, self.high)


def _readers(model: keras.Model) -> dict[str, list[str]]:
    """The names of the layers that read each layer."""
    readers: dict[str, list[str]] = {layer.name: [] for layer in model.layers}
    for layer in model.layers:
        for tensor in _inputs(layer):
            readers[tensor._keras_history.operation.name].append(layer.name)
    return readers


def _inputs(layer: keras.Layer) -> list:
    if isinstance(layer, layers.InputLayer):
        return []
    inputs = layer.input
    return inputs if isinstance(inputs, list) else [inputs]


def _folded(convolution: layers.Conv2D, norm: layers.BatchNormalization) -> list[np.ndarray]:
    """Kernel and bias of a convolution with its batch norm."""
    gamma, beta, mean, variance = (value.numpy() for value in (
        norm.gamma, norm.beta, norm.moving_mean, norm.moving_variance))
    factor = gamma / np.sqrt(variance + norm.epsilon)
    return [convolution.kernel.numpy() * factor, beta - mean * factor]


def quantized(model: keras.Model, input_range: tuple[float, float]) -> keras.Model:
    """A network of convolutions each followed by batch norm, additions, ReLU, average and a dense layer, rebuilt."""
    readers = _readers(model)
    made, folds = {}, []
    for layer in model.layers:
        inputs = [made[tensor._keras_history.operation.name] for tensor in _inputs(layer)]
        if isinstance(layer, layers.InputLayer):
            image = layers.Input(layer.batch_shape[1:])
            made[layer.name] = RoundedActivation(*input_range)(image)
            continue
        if isinstance(layer, layers.BatchNormalization):
            made[layer.name] = inputs[0]
        elif isinstance(layer, layers.Conv2D):
            norm = model.get_layer(readers[layer.name][0])
            same = RoundedConvolution(layer.filters, layer.kernel_size, layer.strides, padding="same",
                                      name=layer.name)
            made[layer.name] = same(inputs[0])
            folds.append((same, _folded(layer, norm)))
        elif isinstance(layer, layers.Dense):
            same = RoundedDense(layer.units, name=layer.name)
            made[layer.name] = same(inputs[0])
            folds.append((same, layer.get_weights()))
        else:
            made[layer.name] = layer.__class__.from_config(layer.get_config())(inputs if len(inputs) > 1 else inputs[0])
        next_layers = [model.get_layer(name) for name in readers[layer.name]]
        if not isinstance(layer, layers.Conv2D) and not any(isinstance(reader, layers.ReLU) for reader in next_layers):
            made[layer.name] = RoundedActivation()(made[layer.name])
    result = keras.Model(image, made[model.layers[-1].name], name=model.name)
    for layer, weights in folds:
        layer.set_weights(weights)
    return result


def measure_ranges(model: keras.Model, inputs: np.ndarray) -> None:
    """Takes the ranges of all activations from these inputs, and rounds from now on."""
    for start in range(0, len(inputs), 500):
        model(inputs[start:start + 500], training=False)
    for layer in model.layers:
        if isinstance(layer, RoundedActivation):
            layer.measuring = False


def int8_tflite(model: keras.Model, shape: tuple[int, ...]) -> bytes:
    """The int8 file: its scales are those that training rounded with."""
    image = keras.Input(batch_shape=(1, *shape), name="image")
    network = keras.Model(image, layers.Softmax()(model(image, training=False)), name=model.name)
    converter = tf.lite.TFLiteConverter.from_keras_model(network)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    return converter.convert()
