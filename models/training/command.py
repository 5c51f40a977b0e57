"""The command line and the steps that the CIFAR-10 networks' train.py share."""

import argparse
from collections.abc import Callable
from pathlib import Path

import keras

from training.curves import save_curves
from training.data import SIDE, load_cifar10, normalise, read_records
from training.evaluate import report
from training.export import export
from training.fit import fit


def parse_arguments(description: str, folder: Path, epochs: int) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        epilog="example: python train.py --cifar10 ~/cifar10/train.zip --test ~/cifar10/test.bin")
    parser.add_argument("--cifar10", type=Path, metavar="PATH",
                        help="the training set as JPEG files, a folder or zip archive with airplane/0000.jpg and so "
                             "on; without it Keras downloads CIFAR-10 and the pictures go through JPEG")
    parser.add_argument("--test", type=Path, action="append", default=[], metavar="FILE",
                        help="CIFAR-10 records to measure on at the end, never trained on; may be repeated")
    parser.add_argument("--epochs", type=int, default=epochs, metavar="N")
    parser.add_argument("--seed", type=int, default=7, metavar="N")
    parser.add_argument("-o", "--output", type=Path, default=folder, metavar="FOLDER", help="where the models go")
    return parser.parse_args()


def run(description: str, folder: Path, build: Callable[[], keras.Model], epochs: int, peak: float) -> None:
    """Trains the network that `build` makes, measures it, and writes `.keras`, `.tflite`, `.onnx` and `curves.svg`."""
    arguments = parse_arguments(description, folder, epochs)
    keras.utils.set_random_seed(arguments.seed)
    try:
        tests = {file.stem: read_records(file) for file in arguments.test}
        train, held_out = load_cifar10(arguments.cifar10)
    except (OSError, ValueError) as error:
        raise SystemExit(f"train.py: {error}") from None
    print(f"{len(train[0])} training pictures, {len(held_out[0])} held out", flush=True)

    model = build()
    print(f"{model.name}: {model.count_params():,} parameters", flush=True)
    history = fit(model, train, held_out, arguments.epochs, peak, arguments.seed)
    for title, (pictures, labels) in {"held out": held_out, **tests}.items():
        report(title, model.predict(normalise(pictures), batch_size=500, verbose=0), labels)
    arguments.output.mkdir(parents=True, exist_ok=True)
    model.save(arguments.output / f"{model.name}.keras")
    save_curves(history, arguments.output / "curves.svg", model.name)
    export(model, (SIDE, SIDE, 3), arguments.output, model.name)
