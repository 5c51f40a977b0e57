#!/usr/bin/env python3
"""Trains CIFAR-10 B, Conv 32, pool, Conv 64, pool, Conv 128, pool, dense 128, 10; writes cifar10-b.tflite and .onnx."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import keras
import numpy as np

from training import textbook
from training.augment import crop, flip
from training.data import CLASSES, SIDE


def build() -> keras.Model:
    return keras.Sequential([
        keras.Input((SIDE, SIDE, 3), name="image"),
        keras.layers.Conv2D(32, 3, activation="relu", name="conv_1"),  # [30, 30, 32]
        keras.layers.MaxPooling2D(2, name="pool_1"),  # [15, 15, 32]
        keras.layers.Conv2D(64, 3, activation="relu", name="conv_2"),  # [13, 13, 64]
        keras.layers.MaxPooling2D(2, name="pool_2"),  # [6, 6, 64]
        keras.layers.Conv2D(128, 3, activation="relu", name="conv_3"),  # [4, 4, 128]
        keras.layers.MaxPooling2D(2, name="pool_3"),  # [2, 2, 128]
        keras.layers.Flatten(name="flatten"),  # [512]
        keras.layers.Dense(128, activation="relu", name="dense"),
        keras.layers.Dense(len(CLASSES), activation="softmax", name="class"),
    ], name="cifar10-b")


def change(pictures: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return crop(flip(pictures, rng), SIDE, rng, padding=2)


if __name__ == "__main__":
    title = "CIFAR-10 B: 32 - 64 - 128 with pools, dense 128"
    textbook.train_on_cifar10(__doc__, HERE, build, title, change, epochs=12)
