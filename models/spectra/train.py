#!/usr/bin/env python3
"""Trains a multilayer perceptron, 1000 - 64 - 64 - 10, on simulated spectra; writes spectra.tflite and spectra.onnx."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import keras
import numpy as np

from spectra.measure import CHANNELS, CLASSES, held_out, training
from training import textbook


def build() -> keras.Model:
    return keras.Sequential([
        keras.Input((CHANNELS,), name="spectrum"),
        keras.layers.Dense(64, activation="relu", name="dense_1"),
        keras.layers.Dense(64, activation="relu", name="dense_2"),
        keras.layers.Dense(CLASSES, activation="softmax", name="substance"),
    ], name="spectra")


def add_noise(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return values + rng.normal(0, 0.05, values.shape)


def normalise(values: np.ndarray) -> np.ndarray:
    """The channels are 0...1 already, as the instrument gives them."""
    return values.astype(np.float32)


def main() -> None:
    arguments = textbook.argument_parser(__doc__, HERE, epochs=20).parse_args()
    rng = textbook.seed_everything(arguments.seed)
    measured = held_out()
    samples = textbook.clean(training(), measured)
    model = build()
    history = textbook.fit(model, samples, measured, normalise, add_noise, arguments.epochs, rng)
    textbook.finish(model, arguments.output, "spectra", "spectra: 1000 - 64 - 64 - 10", history, normalise, measured)


if __name__ == "__main__":
    main()
