#!/usr/bin/env python3
"""Trains CIFAR-10 A: Conv 32, pool, Conv 64, pool, Conv 64, dense 64, 10. Writes cifar10-a.tflite and cifar10-a.onnx."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import keras
import numpy as np

from training import textbook
from training.augment import crop, flip
from training.data import CLASSES, SIDE, load_cifar10, normalise, read_records


def build() -> keras.Model:
    return keras.Sequential([
        keras.Input((SIDE, SIDE, 3), name="image"),
        keras.layers.Conv2D(32, 3, activation="relu", name="conv_1"),  # [30, 30, 32]
        keras.layers.MaxPooling2D(2, name="pool_1"),  # [15, 15, 32]
        keras.layers.Conv2D(64, 3, activation="relu", name="conv_2"),  # [13, 13, 64]
        keras.layers.MaxPooling2D(2, name="pool_2"),  # [6, 6, 64]
        keras.layers.Conv2D(64, 3, activation="relu", name="conv_3"),  # [4, 4, 64]
        keras.layers.Flatten(name="flatten"),  # [1024]
        keras.layers.Dense(64, activation="relu", name="dense"),
        keras.layers.Dense(len(CLASSES), activation="softmax", name="class"),
    ], name="cifar10-a")


def change(pictures: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return crop(flip(pictures, rng), SIDE, rng, padding=2)


def main() -> None:
    arguments = textbook.parse_arguments(__doc__, HERE, epochs=25)
    rng = textbook.seed_everything(arguments.seed)
    samples, held_out = load_cifar10(arguments.cifar10)
    test = read_records(arguments.test) if arguments.test else None
    samples = textbook.clean(samples, held_out)
    model = build()
    history = textbook.fit(model, samples, held_out, normalise, change, arguments.epochs, rng)
    textbook.finish(
        model, arguments.output, "cifar10-a", "CIFAR-10 A: 32 - 64 - 64, dense 64", history, normalise, held_out, test)


if __name__ == "__main__":
    main()
