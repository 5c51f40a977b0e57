#!/usr/bin/env python3
"""Writes a data set as edgequant reads it: samples to calibrate with, and samples that were never trained on.

  samples.py cifar10 --source train.zip --test test_batch.bin
  samples.py mnist --source FOLDER --test FOLDER/t10k-images-idx3-ubyte
  samples.py vehicles --source train.zip
  samples.py spectra

`vehicles` are four of CIFAR-10's classes. Without --source, CIFAR-10 and MNIST are downloaded. The result lies below
.build-models/data.
"""

import argparse
import io
import shutil
import sys
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent))

from spectra import measure
from training import data, mnist

DATA = Path(__file__).resolve().parent.parent / ".build-models" / "data"
# Calibration takes two of ten pictures of each class, none of those held out.
_CALIBRATION = (1, 6)


def _save(folder: Path, name: str, values: np.ndarray, labels: np.ndarray) -> None:
    np.save(folder / f"{name}.npy", values)
    np.save(folder / f"{name}_labels.npy", labels.astype(np.int64))


def write_cifar10(source: Path | None, test: Path | None, folder: Path, classes: tuple[str, ...]) -> None:
    """JPEG files in a folder for each class: those held out, and some of the others; the test set's records."""
    for name, picture in data.jpeg_files(source):
        if Path(name).parent.name not in classes:
            continue
        number = int(Path(name).stem) % 10
        part = "held-out" if number == 0 else "calibration" if number in _CALIBRATION else None
        if part:
            path = folder / part / Path(name).parent.name / Path(name).name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(picture)
    if test:
        shutil.copyfile(test, folder / "test.bin")
        (folder / "batches.meta.txt").write_text("\n".join(data.CLASSES) + "\n")


def write_mnist(source: Path | None, test: Path | None, folder: Path) -> None:
    """Pixels `[n, 28, 28, 1]` as a scanner gives them, dark ink on light paper; MNIST is the other way round."""
    samples, test = mnist.load(source, test)
    samples, held_out = mnist.split(*samples)
    if test is not None:
        held_out = tuple(np.concatenate(parts) for parts in zip(held_out, test))
    for name, (images, digits) in (("calibration", samples), ("held-out", held_out)):
        _save(folder, name, 255 - images[..., None], digits)


def write_spectra(folder: Path) -> None:
    _save(folder, "calibration", *measure.training())
    _save(folder, "held-out", *measure.held_out())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=("cifar10", "vehicles", "mnist", "spectra"))
    parser.add_argument("--source", type=Path, metavar="PATH",
                        help="CIFAR-10: a folder or zip archive with airplane/0000.jpg and so on; MNIST: a folder of "
                             "IDX files")
    parser.add_argument("--test", type=Path, metavar="FILE",
                        help="the test set: CIFAR-10's records or MNIST's file of pictures")
    arguments = parser.parse_args()
    folder = DATA / arguments.name
    folder.mkdir(parents=True, exist_ok=True)
    try:
        if arguments.name in ("cifar10", "vehicles"):
            classes = data.CLASSES if arguments.name == "cifar10" else data.VEHICLES
            write_cifar10(arguments.source, arguments.test, folder, classes)
        elif arguments.name == "mnist":
            write_mnist(arguments.source, arguments.test, folder)
        else:
            write_spectra(folder)
    except (OSError, ValueError) as error:
        raise SystemExit(f"samples.py: {error}") from None
    for path in sorted(folder.iterdir()):
        print(path)


if __name__ == "__main__":
    main()
