"""Spectra of ten made-up substances, as a cheap spectrometer would give them: 1,000 channels of 8 bits each.

A substance is a set of lines, one broad and several narrow. Neighbours in the list share most of their lines, as
related substances do. A measurement adds what makes such data hard: a second substance mixed in, a shifted and
stretched axis, lines of varying height, a sloping background and noise. Everything follows from one seed.
"""

import numpy as np

CHANNELS, CLASSES = 1000, 10
LINES, SHARED = 8, 6


def substances(rng: np.random.Generator) -> list[np.ndarray]:
    """For each substance its lines: position in channels, height, width in channels, as rows `[LINES, 3]`."""
    families = []
    for _ in range(CLASSES // 2):
        lines = np.stack([rng.uniform(60, 940, LINES), rng.uniform(0.3, 1.0, LINES), rng.uniform(4, 12, LINES)], axis=1)
        lines[0, 2] = rng.uniform(60, 120)
        sister = lines.copy()
        # The lines that are not shared lie close by: only their place tells the two substances apart.
        sister[SHARED:, 0] += rng.choice((-1, 1), LINES - SHARED) * rng.uniform(7, 12, LINES - SHARED)
        families += [lines, sister]
    return families


def spectrum(lines: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One clean measurement `[CHANNELS]` of a substance: heights vary, the axis is shifted and stretched a little."""
    channel = np.arange(CHANNELS)[None, :]
    position = (lines[:, :1] - CHANNELS / 2) * (1 + rng.normal(0, 0.002)) + CHANNELS / 2 + rng.normal(0, 1.5)
    height = lines[:, 1:2] * np.exp(rng.normal(0, 0.45, (len(lines), 1)))
    return (height * np.exp(-0.5 * ((channel - position) / lines[:, 2:]) ** 2)).sum(0)


def measure(count: int, seed: int, substance_seed: int = 7) -> tuple[np.ndarray, np.ndarray]:
    """`count` measurements, float32 `[count, 1000]` in steps of 1/255 from 0 to 1; their classes, int64 `[count]`."""
    catalogue = substances(np.random.default_rng(substance_seed))
    rng = np.random.default_rng((substance_seed, seed))
    classes = rng.integers(0, CLASSES, count)
    axis = np.linspace(-1, 1, CHANNELS)
    values = np.empty((count, CHANNELS), np.float32)
    for row, index in zip(values, classes):
        clean = spectrum(catalogue[index], rng)
        clean += rng.uniform(0, 0.9) * spectrum(catalogue[rng.integers(0, CLASSES)], rng)
        clean = clean / clean.max() * rng.uniform(0.4, 0.9)
        background = rng.uniform(0, 0.1) + rng.normal(0, 0.04) * axis + rng.normal(0, 0.03) * axis**2
        noise = rng.normal(0, 0.1, CHANNELS)
        row[:] = np.rint(np.clip(clean + background + noise, 0, 1) * 255) / 255
    return values, classes


def training() -> tuple[np.ndarray, np.ndarray]:
    return measure(20000, seed=1)


def held_out() -> tuple[np.ndarray, np.ndarray]:
    """Never trained on."""
    return measure(8000, seed=2)
