#!/usr/bin/env python3
"""Trains the ResNet-style CIFAR-10 network and writes resnet.tflite and resnet.onnx."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import keras
from keras import layers

from training import command

STAGES = ((16, 1), (32, 2), (48, 2))  # channels and blocks; every stage after the first halves the picture


def convolution(x, channels: int, kernel: int, stride: int, last: bool = False):
    """Convolution and batch norm; a block's last one starts at zero, so that every block starts as its shortcut."""
    x = layers.Conv2D(channels, kernel, stride, padding="same", use_bias=False)(x)
    return layers.BatchNormalization(gamma_initializer="zeros" if last else "ones")(x)


def block(x, channels: int, stride: int):
    """Two 3x3 convolutions beside a shortcut, after He et al., arXiv:1512.03385."""
    y = layers.ReLU()(convolution(x, channels, 3, stride))
    y = convolution(y, channels, 3, 1, last=True)
    if stride != 1 or x.shape[-1] != channels:
        x = convolution(x, channels, 1, stride)
    return layers.ReLU()(layers.Add()([x, y]))


def build() -> keras.Model:
    """Pictures `[n, height, width, 3]` of any size to 10 logits."""
    image = keras.Input((None, None, 3))
    x = layers.ReLU()(convolution(image, STAGES[0][0], 3, 1))
    for stage, (channels, blocks) in enumerate(STAGES):
        for index in range(blocks):
            x = block(x, channels, 2 if stage > 0 and index == 0 else 1)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(image, layers.Dense(10, name="logits")(x), name="resnet")


if __name__ == "__main__":
    command.run(__doc__, HERE, build, epochs=40, peak=0.2)
