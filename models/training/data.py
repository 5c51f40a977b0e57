"""CIFAR-10 as JPEG pictures, and its honest split.

The networks here are to label JPEG files, so they learn from JPEG files: quality 75 with 4:2:0 subsampling.
"""

import io
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
VEHICLES = ("airplane", "automobile", "ship", "truck")
SIDE = 32
_HELD_OUT_EVERY = 10


def _decode(data: bytes) -> np.ndarray:
    picture = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    if picture.shape != (SIDE, SIDE, 3):
        raise ValueError(f"a picture of {picture.shape[1]}x{picture.shape[0]}, expected {SIDE}x{SIDE}")
    return picture


def _download():
    """CIFAR-10's training set from its public home, as the names and bytes of JPEG files."""
    import keras

    (pictures, labels), _ = keras.datasets.cifar10.load_data()
    numbers = [0] * len(CLASSES)
    for picture, label in zip(pictures, labels[:, 0]):
        encoded = io.BytesIO()
        Image.fromarray(picture).save(encoded, "JPEG", quality=75, subsampling="4:2:0")
        yield f"{CLASSES[label]}/{numbers[label]:04}.jpg", encoded.getvalue()
        numbers[label] += 1


def jpeg_files(path: Path | None):
    """The name inside, as airplane/0000.jpg, and the bytes of every .jpg of a folder or zip archive, by name; None
    downloads CIFAR-10."""
    if path is None:
        yield from _download()
    elif path.is_dir():
        for file in sorted(path.rglob("*.jpg")):
            yield file.relative_to(path).as_posix(), file.read_bytes()
    else:
        with zipfile.ZipFile(path) as archive:
            for name in sorted(name for name in archive.namelist() if name.endswith(".jpg")):
                yield name, archive.read(name)


def load_cifar10(path: Path | None) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """(pictures, labels) to train on, and those held out: every tenth picture of each class, by file number.

    Pictures are uint8 `[n, 32, 32, 3]`, labels uint8 `[n]`. `path` is a folder or zip archive with the training set
    as `airplane/0000.jpg` and so on; None downloads it.
    """
    names, files = zip(*jpeg_files(path))
    pictures = np.stack([_decode(data) for data in files])
    labels = np.array([CLASSES.index(Path(name).parent.name) for name in names])
    numbers = np.array([int(Path(name).stem) for name in names])
    labels = labels.astype(np.uint8)
    held_out = numbers % _HELD_OUT_EVERY == 0
    return (pictures[~held_out], labels[~held_out]), (pictures[held_out], labels[held_out])


def only(names: tuple[str, ...], pictures: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The pictures of some classes, which are numbered anew in the order given."""
    numbers = np.full(len(CLASSES), len(names), np.uint8)
    numbers[[CLASSES.index(name) for name in names]] = np.arange(len(names))
    labels = numbers[labels]
    chosen = labels < len(names)
    return pictures[chosen], labels[chosen]


def read_records(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """A file of CIFAR-10's binary records: pictures uint8 `[n, 32, 32, 3]` and labels uint8 `[n]`."""
    records = np.fromfile(path, np.uint8)
    size = 1 + 3 * SIDE * SIDE
    if records.size == 0 or records.size % size:
        raise ValueError(f"{path}: {records.size} bytes, not a multiple of {size}")
    records = records.reshape(-1, size)
    return records[:, 1:].reshape(-1, 3, SIDE, SIDE).transpose(0, 2, 3, 1), records[:, 0]


def normalise(pictures: np.ndarray) -> np.ndarray:
    """float32 in -2...2: (pixel - 128) / 64, which `edgequant --mean 128 --std 64` puts into the .edge file."""
    return (pictures.astype(np.float32) - 128) / 64
