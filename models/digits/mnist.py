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


def find_images(folder: Path) -> list[Path]:
    """All files of pictures in a folder, by name."""
    return sorted([*folder.glob(f"*{_IMAGES}"), *folder.glob(f"*{_IMAGES}.gz")])


def split(images: np.ndarray, digits: np.ndarray, every: int = 8):
    """The pictures to train on and, apart, every eighth (the 7th, 15th, ... counted from 0), which is never trained on."""
    held_out = np.arange(len(images)) % every == every - 1
    return (images[~held_out], digits[~held_out]), (images[held_out], digits[held_out])
