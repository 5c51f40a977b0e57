#!/usr/bin/env python3
"""Trains the MobileNetV2-style CIFAR-10 network and writes mobilenetv2.tflite and mobilenetv2.onnx."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import keras
from keras import layers

from training import command

STEM = 16
# Expansion, channels, blocks and the stride of the first: the paper's Table 2, thin and for small pictures.
STAGES = ((1, 16, 1, 1), (3, 24, 2, 2), (4, 32, 3, 2), (4, 48, 2, 1))
HEAD = 192


def normalised(x, active: bool = True):
    x = layers.BatchNormalization()(x)
    return layers.ReLU(max_value=6)(x) if active else x


def pointwise(x, channels: int, active: bool = True):
    return normalised(layers.Conv2D(channels, 1, use_bias=False)(x), active)


def inverted_residual(x, expansion: int, channels: int, stride: int):
    """Expand, filter each channel by itself, project without activation: Sandler et al., arXiv:1801.04381."""
    y = x if expansion == 1 else pointwise(x, expansion * x.shape[-1])
    y = normalised(layers.DepthwiseConv2D(3, stride, padding="same", use_bias=False)(y))
    y = pointwise(y, channels, active=False)
    return layers.Add()([x, y]) if stride == 1 and x.shape[-1] == channels else y


def build() -> keras.Model:
    """Pictures `[n, height, width, 3]` of any size to 10 logits. The stem keeps the size: 32 pixels are few."""
    image = keras.Input((None, None, 3))
    x = normalised(layers.Conv2D(STEM, 3, padding="same", use_bias=False)(image))
    for expansion, channels, blocks, stride in STAGES:
        for index in range(blocks):
            x = inverted_residual(x, expansion, channels, stride if index == 0 else 1)
    x = layers.GlobalAveragePooling2D()(pointwise(x, HEAD))
    return keras.Model(image, layers.Dense(10, name="logits")(x), name="mobilenetv2")


if __name__ == "__main__":
    command.run(__doc__, HERE, build, epochs=26, peak=0.2)
