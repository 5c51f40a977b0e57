"""Random changes that a picture's label survives: mirrored, moved, partly covered."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def flip(pictures: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Mirrors half of the pictures `[n, height, width, channels]` left to right."""
    chosen = rng.random(len(pictures)) < 0.5
    return np.where(chosen[:, None, None, None], pictures[:, :, ::-1], pictures)


def crop(pictures: np.ndarray, side: int, rng: np.random.Generator, padding: int = 0) -> np.ndarray:
    """A square of `side` pixels from a random place of each picture, after a reflected border of `padding`."""
    if padding:
        border = (padding, padding)
        pictures = np.pad(pictures, ((0, 0), border, border, (0, 0)), mode="reflect")
    windows = sliding_window_view(pictures, (side, side), axis=(1, 2))  # [n, rows, columns, channels, side, side]
    n, rows, columns = windows.shape[:3]
    chosen = windows[np.arange(n), rng.integers(rows, size=n), rng.integers(columns, size=n)]
    return chosen.transpose(0, 2, 3, 1)


def cutout(pictures: np.ndarray, side: int, rng: np.random.Generator, value: int = 128) -> np.ndarray:
    """Covers a square of `side` pixels of each picture, in part outside at the borders, with grey."""
    n, height, width, _ = pictures.shape
    top = rng.integers(-side // 2, height - side // 2, size=(n, 1))
    left = rng.integers(-side // 2, width - side // 2, size=(n, 1))
    y, x = np.arange(height), np.arange(width)
    rows, columns = (y >= top) & (y < top + side), (x >= left) & (x < left + side)
    covered = rows[:, :, None] & columns[:, None, :]
    return np.where(covered[..., None], np.asarray(value, pictures.dtype), pictures)
