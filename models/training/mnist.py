"""Reads MNIST's IDX files."""

import gzip
from pathlib import Path

import numpy as np

_IMAGES, _LABELS = "images-idx3-ubyte", "labels-idx1-ubyte"


def _read_idx(path: Path, dimensions: int) -> np.ndarray:
    data = gzip.open(path).read() if path.suffix == ".gz" else path.read_bytes()
    header = 4 + 4 * dimensions
    if len(data) < header or data[:4] != bytes((0, 0, 8, dimensions)):
        raise ValueError(f"{path}: not an IDX file of unsigned bytes with {dimensions} dimensions")
    shape = np.frombuffer(data, ">u4", dimensions, offset=4)
    values = np.frombuffer(data, np.uint8, offset=header)
    if values.size != int(np.prod(shape, dtype=np.uint64)):
        raise ValueError(f"{path}: {values.size} values, its header says {'x'.join(map(str, shape))}")
    return values.reshape(shape)


def read_pair(images: Path) -> tuple[np.ndarray, np.ndarray]:
    """The pictures uint8 `[n, 28, 28]`, ink bright on 0, and the digits uint8 `[n]`.

    `images` is the file of pictures; the labels are looked for beside it under MNIST's usual name.
    """
    if _IMAGES not in images.name:
        raise ValueError(f"{images}: the name should contain {_IMAGES}")
    x = _read_idx(images, 3)
    y = _read_idx(images.with_name(images.name.replace(_IMAGES, _LABELS)), 1)
    if x.shape[1:] != (28, 28) or len(x) != len(y) or len(x) == 0 or y.max() > 9:
        raise ValueError(f"{images}: expected 28x28 pictures and one digit for each")
    return x, y


def load(source: Path | None, test: Path | None):
    """Training pictures and digits, then those of the test set, or None where there is none.

    `source` is a file of pictures or a folder with some, of which `test` is left out; None downloads MNIST.
    """
    if source is None:
        import keras

        return keras.datasets.mnist.load_data()
    files = [source]
    if source.is_dir():
        files = sorted([*source.glob(f"*{_IMAGES}"), *source.glob(f"*{_IMAGES}.gz")])
    files = [file for file in files if test is None or file.resolve() != test.resolve()]
    if not files:
        raise ValueError(f"{source}: no *{_IMAGES} file to train on")
    print("training pictures:", *(file.name for file in files))
    images, digits = zip(*(read_pair(file) for file in files))
    return (np.concatenate(images), np.concatenate(digits)), (read_pair(test) if test else None)


def split(images: np.ndarray, digits: np.ndarray, every: int = 8):
    """The pictures to train on and, apart, those never trained on: every eighth, numbers 7, 15, ... from 0."""
    held_out = np.arange(len(images)) % every == every - 1
    return (images[~held_out], digits[~held_out]), (images[held_out], digits[held_out])
