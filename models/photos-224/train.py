#!/usr/bin/env python3
"""Trains a 224x224 network with 24 million weights, Conv 32, pool, Conv 64, pool, dense 128, on enlarged pictures.

Writes photos-224.tflite and .onnx, 96 MB each. The pictures are CIFAR-10's of four classes, a sevenfold enlargement.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import keras
import numpy as np
import tensorflow as tf

from training import textbook
from training.augment import crop, flip
from training.data import SIDE, VEHICLES, normalise, only

LARGE = 224  # pixels a side
PICTURES = 2000  # to train on


def build() -> keras.Model:
    return keras.Sequential([
        keras.Input((LARGE, LARGE, 3), name="image"),
        keras.layers.Conv2D(32, 3, activation="relu", name="conv_1"),  # [222, 222, 32]
        keras.layers.MaxPooling2D(2, name="pool_1"),  # [111, 111, 32]
        keras.layers.Conv2D(64, 3, activation="relu", name="conv_2"),  # [109, 109, 64]
        keras.layers.MaxPooling2D(2, name="pool_2"),  # [54, 54, 64]
        keras.layers.Flatten(name="flatten"),  # [186624]
        keras.layers.Dense(128, activation="relu", name="dense"),
        keras.layers.Dense(len(VEHICLES), activation="softmax", name="class"),
    ], name="photos-224")


def change(pictures: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return crop(flip(pictures, rng), SIDE, rng, padding=2)


def prepare(pictures: np.ndarray) -> np.ndarray:
    """Enlarged as edgeinfer does it, by linear interpolation between pixels' centres, then normalised."""
    return tf.image.resize(normalise(pictures), (LARGE, LARGE), "bilinear").numpy()


def choose(samples: textbook.Samples, held_out: textbook.Samples) -> tuple[textbook.Samples, textbook.Samples]:
    """The four classes alone; of those to train on every so many, for time."""
    samples = only(VEHICLES, *samples)
    step = max(1, len(samples[0]) // PICTURES)
    return tuple(part[::step] for part in samples), only(VEHICLES, *held_out)


if __name__ == "__main__":
    textbook.train_on_cifar10(
        __doc__, HERE, build, "photos 224x224: Conv 32 - 64, dense 128", change, epochs=3, prepare=prepare,
        choose=choose, rate=3e-4)
