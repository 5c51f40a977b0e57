#!/usr/bin/env python3
"""Trains the digit network, Conv 32, pool, dense 10; writes digits_float.tflite and digits_float.onnx."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import keras
import numpy as np

from augment import augment
from strokes import draw_digit
from training import mnist, textbook


def build() -> keras.Model:
    return keras.Sequential([
        keras.Input((28, 28, 1), name="image"),
        keras.layers.Conv2D(32, 3, activation="relu", name="conv"),  # [26, 26, 32]
        keras.layers.MaxPooling2D(2, name="pool"),  # [13, 13, 32]
        keras.layers.Flatten(name="flatten"),  # [5408]
        keras.layers.Dropout(0.4),
        keras.layers.Dense(10, activation="softmax", name="digit"),
    ], name="digits")


def normalise(images: np.ndarray) -> np.ndarray:
    """Ink 1 on ground 0, float32 `[n, 28, 28, 1]`."""
    return images.astype(np.float32)[..., None] / 255


def draw(count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Drawn digits, `count` of them, as MNIST has them: uint8 `[n, 28, 28]`, ink bright on 0."""
    digits = np.arange(count, dtype=np.uint8) % 10
    images = [np.asarray(draw_digit(int(digit), 28, rng)) for digit in digits]
    return np.array(images, np.uint8).reshape(-1, 28, 28), digits


def main() -> None:
    parser = textbook.argument_parser(
        __doc__, HERE, epochs=30, example="train.py --mnist ~/mnist --test ~/mnist/t10k-images-idx3-ubyte")
    parser.add_argument("--mnist", type=Path, metavar="PATH",
                        help="a *images-idx3-ubyte file to train on, or a folder of them (the one given as --test is "
                             "left out); without it Keras downloads MNIST")
    parser.add_argument("--test", type=Path, metavar="FILE",
                        help="a *images-idx3-ubyte file to measure on, never trained on")
    parser.add_argument("--drawn", type=int, default=6000, metavar="N", help="how many drawn digits to mix in")
    arguments = parser.parse_args()
    rng = textbook.seed_everything(arguments.seed)
    try:
        samples, test = mnist.load(arguments.mnist, arguments.test)
    except (OSError, ValueError) as error:
        raise SystemExit(f"train.py: {error}") from None
    samples, held_out = mnist.split(*samples)
    for measured in (held_out, test):
        if measured is not None:
            samples = textbook.clean(samples, measured)
    samples = tuple(np.concatenate(parts) for parts in zip(samples, draw(arguments.drawn, rng)))

    model = build()
    history = textbook.fit(model, samples, held_out, normalise, augment, arguments.epochs, rng, rate=2e-3)
    textbook.finish(
        model, arguments.output, "digits_float", "digits: Conv 32, dense 10", history, normalise, held_out, test)


if __name__ == "__main__":
    main()
