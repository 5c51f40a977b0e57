#!/usr/bin/env python3
"""Prunes a trained network while it trains on, then trains it with int8 rounding, and writes both as TFLite files.

Reads resnet.keras and, as a second teacher, mobilenetv2.keras, which the train.py of those folders wrote.
resnet-pruned.tflite is the float network with blocks of zeros, resnet-pruned-int8.tflite the same after
quantization-aware training.
"""

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import keras
import numpy as np

from blocks import GradualPruning, KeepZeros, prunable, zero_part
from quantized import int8_tflite, measure_ranges, quantized
from training.data import SIDE, load_cifar10, normalise, read_records
from training.evaluate import report
from training.export import export
from training.fit import Batches

PRUNING_SHARE = 0.6  # of the first part's steps: then the zeros stay where they are
INPUT_RANGE = (-2, 127 / 64)  # of (pixel - 128) / 64: its code is the pixel less 128


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        epilog="example: python train.py --cifar10 ~/cifar10/train.zip --sparsity 0.5")
    parser.add_argument("--model", type=Path, default=HERE.parent / "resnet" / "resnet.keras", metavar="FILE")
    parser.add_argument("--teacher", type=Path, action="append", metavar="FILE",
                        help="a trained network whose answers count as much as the labels; may be repeated "
                             "(default: the model itself and mobilenetv2/mobilenetv2.keras)")
    parser.add_argument("--cifar10", type=Path, metavar="PATH", help="as for resnet/train.py")
    parser.add_argument("--test", type=Path, action="append", default=[], metavar="FILE", help="likewise")
    parser.add_argument("--sparsity", type=float, default=0.5, metavar="PART", help="of all blocks, to become zero")
    parser.add_argument("--epochs", type=int, default=12, metavar="N", help="while pruning")
    parser.add_argument("--int8-epochs", type=int, default=3, metavar="N", help="with int8 rounding after that")
    parser.add_argument("--seed", type=int, default=7, metavar="N")
    parser.add_argument("-o", "--output", type=Path, default=HERE, metavar="FOLDER", help="where the models go")
    return parser.parse_args()


class TaughtBatches(Batches):
    """Targets are half the label and half the mean answer of trained networks: Hinton et al., arXiv:1503.02531."""

    def __init__(self, teachers: list[keras.Model], *options):
        super().__init__(*options)
        self.teachers = teachers

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        inputs, labels = super().__getitem__(index)
        logits = np.mean([teacher.predict_on_batch(inputs) for teacher in self.teachers], axis=0)
        answers = keras.ops.convert_to_numpy(keras.ops.softmax(logits))
        return inputs, (labels + answers) / 2


def fit(model: keras.Model, batches: Batches, epochs: int, rate: float, callback: keras.callbacks.Callback) -> None:
    """SGD, the learning rate falling from `rate` to 0 along a cosine."""
    optimizer = keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(rate, epochs * len(batches)),
                                     momentum=0.9, nesterov=True)
    model.compile(optimizer, keras.losses.CategoricalCrossentropy(from_logits=True),
                  metrics=["accuracy"])
    model.fit(batches, epochs=epochs, callbacks=[callback], verbose=2)


def main() -> None:
    arguments = parse_arguments()
    keras.utils.set_random_seed(arguments.seed)
    try:
        model = keras.models.load_model(arguments.model)
        teachers = [keras.models.load_model(file) for file in arguments.teacher or [
            arguments.model, HERE.parent / "mobilenetv2" / "mobilenetv2.keras"]]
        tests = {file.stem: read_records(file) for file in arguments.test}
        train, held_out = load_cifar10(arguments.cifar10)
    except (OSError, ValueError) as error:
        raise SystemExit(f"train.py: {error}") from None

    def measure(title: str, network: keras.Model) -> None:
        for name, (pictures, labels) in {"held out": held_out, **tests}.items():
            report(f"{title}, {name}", network.predict(normalise(pictures), batch_size=500, verbose=0), labels)

    measure("as trained", model)
    batches = TaughtBatches(teachers, *train, SIDE, arguments.seed)
    steps = int(arguments.epochs * len(batches) * PRUNING_SHARE)
    fit(model, batches, arguments.epochs, 0.05, GradualPruning(prunable(model), arguments.sparsity, steps))
    print(f"{zero_part(model):.1%} of all blocks are zero")
    measure("pruned", model)
    export(model, (SIDE, SIDE, 3), arguments.output, f"{model.name}-pruned")

    rounded = quantized(model, INPUT_RANGE)
    chosen = np.random.default_rng(arguments.seed).choice(len(train[0]), 2000, replace=False)
    measure_ranges(rounded, normalise(train[0][chosen]))
    fit(rounded, batches, arguments.int8_epochs, 0.002, KeepZeros(prunable(rounded)))
    print(f"{zero_part(rounded):.1%} of all blocks are zero")
    measure("int8", rounded)
    path = arguments.output / f"{model.name}-pruned-int8.tflite"
    path.write_bytes(int8_tflite(rounded, (SIDE, SIDE, 3)))
    print(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
