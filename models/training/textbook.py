"""The steps that the textbook networks' train.py share: clean, augment and normalise, train, evaluate, save, export."""

import argparse
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from training.curves import save_curves
from training.data import load_cifar10, normalise, read_records
from training.evaluate import report
from training.export import export

Samples = tuple[np.ndarray, np.ndarray]  # values `[n, ...]`, class numbers `[n]`


def argument_parser(description: str, folder: Path, epochs: int, example: str = "train.py") -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=description, epilog=f"example: python {example}",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--epochs", type=int, default=epochs, metavar="N")
    parser.add_argument("--seed", type=int, default=20, metavar="N")
    parser.add_argument("-o", "--output", type=Path, default=folder, metavar="FOLDER", help="where the models go")
    return parser


def seed_everything(seed: int) -> np.random.Generator:
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    return np.random.default_rng(seed)


def clean(samples: Samples, held_out: Samples) -> Samples:
    """Leaves out samples that are blank, repeat an earlier one, or are also held out."""
    seen = {sample.tobytes() for sample in held_out[0]}
    keep = np.zeros(len(samples[0]), bool)
    for index, sample in enumerate(samples[0]):
        data = sample.tobytes()
        keep[index] = data not in seen and sample.min() < sample.max()
        seen.add(data)
    right, wrong = np.count_nonzero(keep), np.count_nonzero(~keep)
    print(f"{right} samples to train on, {wrong} left out; {len(held_out[0])} held out", flush=True)
    return samples[0][keep], samples[1][keep]


class Batches(keras.utils.PyDataset):
    """Every epoch all samples in a new order, changed anew."""

    def __init__(self, samples: Samples, prepare: Callable, change: Callable, rng: np.random.Generator, size: int):
        super().__init__()
        self.samples, self.prepare, self.change, self.rng, self.size = samples, prepare, change, rng, size
        self.on_epoch_end()

    def on_epoch_end(self) -> None:
        self.order = self.rng.permutation(len(self.samples[0]))

    def __len__(self) -> int:
        return -(-len(self.samples[0]) // self.size)

    def __getitem__(self, index: int) -> Samples:
        chosen = self.order[index * self.size:(index + 1) * self.size]
        return self.prepare(self.change(self.samples[0][chosen], self.rng)), self.samples[1][chosen]


def fit(
    model: keras.Model, samples: Samples, held_out: Samples, prepare: Callable, change: Callable, epochs: int,
    rng: np.random.Generator, rate: float = 1e-3, batch: int = 64,
) -> dict[str, list[float]]:
    """Trains with Adam, its rate falling to 0 along a cosine. Returns the history of Keras.

    `change(values, rng)` augments a batch of samples; `prepare(values)` makes the network's input of them. The samples
    held out are measured after each epoch for the curves alone; nothing is chosen by them.
    """
    batches = Batches(samples, prepare, change, rng, batch)
    model.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(rate, epochs * len(batches))),
        loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    validation = Batches(held_out, prepare, lambda values, rng: values, np.random.default_rng(0), 250)
    return model.fit(batches, validation_data=validation, epochs=epochs, verbose=2).history


def finish(
    model: keras.Model, folder: Path, name: str, title: str, history: dict[str, list[float]], prepare: Callable,
    held_out: Samples, test: Samples | None = None,
) -> None:
    """Evaluates, saves the model as Keras does, exports it as float .tflite and .onnx, and draws the curves."""
    for what, samples in (("held out", held_out), ("test", test)):
        if samples is not None:
            parts = np.array_split(samples[0], -(-len(samples[0]) // 250))
            report(what, np.concatenate([model.predict_on_batch(prepare(part)) for part in parts]), samples[1])
    folder.mkdir(parents=True, exist_ok=True)
    model.save(folder / f"{name}.keras")
    export(model, model.input_shape[1:], folder, name, model.inputs[0].name)
    save_curves(history, folder / "curves.svg", title)


def train_on_cifar10(
    description: str, folder: Path, build: Callable[[], keras.Model], title: str, change: Callable, epochs: int,
    prepare: Callable = normalise, choose: Callable = lambda *sets: sets, rate: float = 1e-3,
) -> None:
    """All of it, for a network of CIFAR-10's pictures. `choose` may leave out some of both sets."""
    parser = argument_parser(description, folder, epochs, "train.py --cifar10 ~/cifar10/train.zip")
    parser.add_argument("--cifar10", type=Path, metavar="PATH",
                        help="the training set as JPEG files, a folder or zip archive with airplane/0000.jpg and so "
                             "on; without it Keras downloads CIFAR-10 and the pictures go through JPEG")
    parser.add_argument("--test", type=Path, metavar="FILE",
                        help="CIFAR-10 records to measure on at the end, never trained on")
    arguments = parser.parse_args()
    rng = seed_everything(arguments.seed)
    try:
        samples, held_out = load_cifar10(arguments.cifar10)
        test = read_records(arguments.test) if arguments.test else None
    except (OSError, ValueError) as error:
        raise SystemExit(f"train.py: {error}") from None
    samples, held_out = choose(samples, held_out)
    samples = clean(samples, held_out)
    model = build()
    history = fit(model, samples, held_out, prepare, change, arguments.epochs, rng, rate)
    finish(model, arguments.output, model.name, title, history, prepare, held_out, test)
