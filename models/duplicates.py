#!/usr/bin/env python3
"""Counts the held-out and test pictures of CIFAR-10 that are nearly in the training set, where a network may have learned them.

Pictures are compared by the correlation of their pixels, also mirrored: 1 is the same but for brightness and contrast.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np

from training.data import load_cifar10, read_records

LIMITS = (0.99, 0.97, 0.95)


def vectors(pictures: np.ndarray) -> np.ndarray:
    """Pixels of each picture with mean 0 and length 1, `[n, height * width * channels]`."""
    values = pictures.reshape(len(pictures), -1).astype(np.float32)
    values -= values.mean(1, keepdims=True)
    return values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-6)


def nearest(pictures: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The highest correlation of each picture with one of `known`, which are vectors."""
    parts = [np.maximum(*((vectors(part) @ known.T).max(1) for part in (pictures[i:i + 500], pictures[i:i + 500, :, ::-1])))
             for i in range(0, len(pictures), 500)]
    return np.concatenate(parts)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        epilog="example: python models/duplicates.py --cifar10 train.zip --test test.bin")
    parser.add_argument("--cifar10", type=Path, metavar="PATH", help="as for resnet/train.py")
    parser.add_argument("--test", type=Path, action="append", default=[], metavar="FILE", help="likewise")
    arguments = parser.parse_args()
    try:
        (train, _), held_out = load_cifar10(arguments.cifar10)
        sets = {"held out": held_out, **{file.stem: read_records(file) for file in arguments.test}}
    except (OSError, ValueError) as error:
        raise SystemExit(f"duplicates.py: {error}") from None
    known = vectors(train)
    for name, (pictures, _) in sets.items():
        best = nearest(pictures, known)
        counts = ", ".join(f"{np.count_nonzero(best >= limit)} at {limit} or more" for limit in LIMITS)
        print(f"{name}: of {len(pictures)} pictures, correlation with a training picture: {counts}", flush=True)


if __name__ == "__main__":
    main()
