"""Random changes that a digit survives: bent, moved, turned, on grey and unevenly lit paper.

All pictures here have bright ink on dark, as MNIST and the network.
"""

import math

import numpy as np
from PIL import Image

_SIDE = 28
_CELLS = 3  # the bending grid has 3 x 3 cells


def bend(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Turns, scales, slants, moves and bends a uint8 `[28, 28]` picture a little; the outside is 0."""
    angle = math.radians(rng.normal(0, 7))
    slant = rng.normal(0, 0.08)
    scale_x, scale_y = np.exp(rng.normal(0, 0.09, 2)) * np.exp(rng.normal(0.02, 0.08))
    move = rng.normal(0, 1.2, 2)

    # Where each corner of the grid comes from in the source picture.
    line = np.linspace(-_SIDE / 2, _SIDE / 2, _CELLS + 1)
    v, u = np.meshgrid(line * scale_y, line * scale_x, indexing="ij")
    u = u + slant * v
    jitter = rng.normal(0, 0.7, (2, _CELLS + 1, _CELLS + 1))
    x = u * math.cos(angle) - v * math.sin(angle) + _SIDE / 2 + move[0] + jitter[0]
    y = u * math.sin(angle) + v * math.cos(angle) + _SIDE / 2 + move[1] + jitter[1]

    edges = np.round(line + _SIDE / 2).astype(int).tolist()
    mesh = []
    for i in range(_CELLS):
        for j in range(_CELLS):
            box = (edges[j], edges[i], edges[j + 1], edges[i + 1])
            corners = ((i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1))  # the order that Pillow asks for
            mesh.append((box, [float(value) for corner in corners for value in (x[corner], y[corner])]))
    source = Image.fromarray(image)
    return np.asarray(source.transform(source.size, Image.Transform.MESH, mesh, Image.Resampling.BILINEAR))


def relight(images: np.ndarray, rng: np.random.Generator, share: float = 0.5) -> np.ndarray:
    """Gives a share of the pictures, `[n, 28, 28]` in 0...1, pale ink, grey paper, light from one side and grain."""
    n = len(images)
    chosen = (rng.random(n) < share).astype(np.float32)[:, None, None]
    paper = rng.uniform(0.0, 0.35, (n, 1, 1)) * chosen
    ink = 1 - rng.uniform(0.0, 0.40, (n, 1, 1)) * chosen
    line = np.linspace(-0.5, 0.5, _SIDE)
    direction = rng.uniform(0, 2 * math.pi, (n, 1, 1))
    slope = np.cos(direction) * line[None, None, :] + np.sin(direction) * line[None, :, None]
    slope = slope * rng.uniform(0, 0.3, (n, 1, 1)) * chosen
    grain = rng.normal(0, 1, images.shape) * rng.uniform(0, 0.04, (n, 1, 1)) * chosen
    return np.clip(paper + (ink - paper) * images + slope + grain, 0, 1).astype(np.float32)


def augment(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """New float32 `[n, 28, 28]` in 0...255 from uint8 of that shape: four of five bent, half relit."""
    bent = np.stack([bend(image, rng) if rng.random() < 0.8 else image for image in images])
    return 255 * relight(bent.astype(np.float32) / 255, rng)
