#!/usr/bin/env python3
"""Trains the digit network and writes digits_float.tflite."""

import argparse
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow as tf

from augment import augment
from mnist import find_images, read_pair, split
from strokes import draw_digit

HERE = Path(__file__).resolve().parent


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="example: python train.py --mnist ~/mnist --test ~/mnist/t10k-images-idx3-ubyte",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--mnist", type=Path, metavar="PATH",
                        help="a *images-idx3-ubyte file to train on, or a folder of them (the one given as --test is "
                             "left out); without it Keras downloads MNIST")
    parser.add_argument("--test", type=Path, metavar="FILE",
                        help="a *images-idx3-ubyte file to measure on, never trained on")
    parser.add_argument("--drawn", type=int, default=6000, metavar="N", help="how many drawn digits to mix in")
    parser.add_argument("--epochs", type=int, default=60, metavar="N")
    parser.add_argument("--seed", type=int, default=20, metavar="N")
    parser.add_argument("-o", "--output", type=Path, default=HERE, metavar="FOLDER", help="where the models go")
    arguments = parser.parse_args()
    if arguments.mnist is None and arguments.test is not None:
        parser.error("--test needs --mnist: a downloaded MNIST brings its own test pictures")
    return arguments


def load_mnist(arguments: argparse.Namespace):
    """Training pictures and digits, then those of the test set, or None where there is none."""
    if arguments.mnist is None:
        return keras.datasets.mnist.load_data()
    files = find_images(arguments.mnist) if arguments.mnist.is_dir() else [arguments.mnist]
    test = arguments.test.resolve() if arguments.test else None
    files = [file for file in files if file.resolve() != test]
    if not files:
        raise SystemExit(f"train.py: no *images-idx3-ubyte file to train on in {arguments.mnist}")
    print("training pictures:", *(file.name for file in files))
    images, digits = zip(*(read_pair(file) for file in files))
    return (np.concatenate(images), np.concatenate(digits)), (read_pair(test) if test else None)


def drop_duplicates(images: np.ndarray, digits: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Leaves out every training picture that is also among those to measure on: two files may share some."""
    seen = {image.tobytes() for image in test}
    keep = np.array([image.tobytes() not in seen for image in images])
    if not keep.all():
        print(f"left out {np.count_nonzero(~keep)} training pictures that are also measured on")
    return images[keep], digits[keep]


def draw(count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Drawn digits, `count` of them, as MNIST has them: uint8 `[n, 28, 28]`, ink bright on 0."""
    digits = np.arange(count, dtype=np.uint8) % 10
    images = [np.asarray(draw_digit(int(digit), 28, rng)) for digit in digits]
    return np.array(images, np.uint8).reshape(-1, 28, 28), digits


def build() -> keras.Model:
    return keras.Sequential([
        keras.Input(batch_shape=(1, 28, 28, 1), name="image"),
        keras.layers.Conv2D(32, 3, activation="relu", name="conv"),  # [1, 26, 26, 32]
        keras.layers.MaxPooling2D(2, name="pool"),  # [1, 13, 13, 32]
        keras.layers.Flatten(name="flatten"),  # [1, 5408]
        keras.layers.Dense(10, activation="softmax", name="digit"),
    ], name="digits")


def with_dropout(model: keras.Model) -> keras.Model:
    """The same layers, and so the same weights, for training: any batch size, dropout before the last layer."""
    *features, last = model.layers
    return keras.Sequential([keras.Input((28, 28, 1)), *features, keras.layers.Dropout(0.4), last])


def train(model: keras.Model, images: np.ndarray, digits: np.ndarray, epochs: int, rng: np.random.Generator) -> None:
    batch = 64
    steps = -(-len(images) // batch)
    trainer = with_dropout(model)
    trainer.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(2e-3, epochs * steps)),
                    loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    for epoch in range(epochs):  # every epoch sees the pictures changed anew
        order = rng.permutation(len(images))
        result = trainer.fit(augment(images[order], rng), digits[order], batch_size=batch, verbose=0, shuffle=False)
        loss, accuracy = result.history["loss"][0], result.history["accuracy"][0]
        print(f"epoch {epoch + 1:2}: loss {loss:.4f}, accuracy {accuracy:.4f}", flush=True)


def main() -> None:
    arguments = parse_arguments()
    keras.utils.set_random_seed(arguments.seed)
    tf.config.experimental.enable_op_determinism()
    rng = np.random.default_rng(arguments.seed)

    try:
        (images, digits), test = load_mnist(arguments)
    except (OSError, ValueError) as error:
        raise SystemExit(f"train.py: {error}") from None
    (images, digits), held_out = split(images, digits)
    images, digits = drop_duplicates(images, digits, held_out[0])
    if test is not None:
        images, digits = drop_duplicates(images, digits, test[0])
    drawn_images, drawn_digits = draw(arguments.drawn, rng)
    images = np.concatenate([images, drawn_images])
    digits = np.concatenate([digits, drawn_digits])
    print(f"{len(images)} training pictures, {len(drawn_images)} of them drawn")

    model = build()
    train(model, images, digits, arguments.epochs, rng)
    for name, measured in (("held out", held_out), ("test", test)):
        if measured is not None:
            x = measured[0].astype(np.float32)[..., None] / 255
            right = np.count_nonzero(model.predict(x, batch_size=1, verbose=0).argmax(1) == measured[1])
            print(f"{name}: {right} of {len(x)}")
    EXPORT


if __name__ == "__main__":
    main()
