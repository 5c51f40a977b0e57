"""Digits drawn as pen strokes with Pillow: no font, the same bytes from the same random state.

A digit is a list of strokes; a stroke is a list of control points in the unit square (x to the right, y down) through
which a smooth curve is drawn. Strokes that meet in a point make a sharp corner. Every digit has the shapes in which
people commonly write it (a seven with and without a bar, an open and a closed four, ...).
"""

import math

import numpy as np
from PIL import Image, ImageDraw

Point = tuple[float, float]
Stroke = list[Point]

_OVAL = [(0.50, 0.00), (0.22, 0.14), (0.14, 0.50), (0.22, 0.86), (0.50, 1.00),
         (0.78, 0.86), (0.86, 0.50), (0.78, 0.14), (0.50, 0.00)]
_CIRCLE = [(0.50, 0.02), (0.16, 0.17), (0.03, 0.50), (0.16, 0.83), (0.50, 0.98),
           (0.84, 0.83), (0.97, 0.50), (0.84, 0.17), (0.50, 0.02)]

GLYPHS: list[list[list[Stroke]]] = [
    [  # 0: narrow; wide
        [_OVAL],
        [_CIRCLE],
    ],
    [  # 1: bare; with a flag; with flag and foot; with a short flag and a wide foot, as many fonts have it
        [[(0.50, 0.00), (0.50, 1.00)]],
        [[(0.28, 0.24), (0.52, 0.00)], [(0.52, 0.00), (0.52, 1.00)]],
        [[(0.28, 0.22), (0.52, 0.00)], [(0.52, 0.00), (0.52, 1.00)], [(0.28, 1.00), (0.76, 1.00)]],
        [[(0.20, 0.14), (0.52, 0.02)], [(0.52, 0.02), (0.52, 0.98)], [(0.12, 0.98), (0.92, 0.98)]],
    ],
    [  # 2: sharp corner at the foot; loop at the foot
        [[(0.16, 0.24), (0.30, 0.05), (0.56, 0.00), (0.80, 0.12), (0.82, 0.34), (0.62, 0.60), (0.12, 1.00)],
         [(0.12, 1.00), (0.88, 1.00)]],
        [[(0.16, 0.22), (0.34, 0.03), (0.62, 0.02), (0.80, 0.20), (0.72, 0.48), (0.44, 0.80), (0.18, 0.96),
          (0.12, 0.84), (0.28, 0.78), (0.52, 0.92), (0.90, 0.96)]],
    ],
    [  # 3: round; flat top
        [[(0.16, 0.14), (0.42, 0.00), (0.74, 0.08), (0.78, 0.30), (0.62, 0.44), (0.38, 0.48)],
         [(0.38, 0.48), (0.70, 0.53), (0.86, 0.72), (0.74, 0.92), (0.46, 1.00), (0.14, 0.88)]],
        [[(0.16, 0.02), (0.80, 0.02)], [(0.80, 0.02), (0.42, 0.42)],
         [(0.42, 0.42), (0.74, 0.48), (0.86, 0.70), (0.74, 0.92), (0.46, 1.00), (0.14, 0.90)]],
    ],
    [  # 4: open; closed
        [[(0.26, 0.00), (0.16, 0.56)], [(0.16, 0.56), (0.90, 0.54)], [(0.70, 0.14), (0.68, 1.00)]],
        [[(0.64, 0.00), (0.08, 0.66)], [(0.08, 0.66), (0.94, 0.66)], [(0.66, 0.00), (0.66, 1.00)]],
    ],
    [  # 5: upright neck; slanted neck
        [[(0.84, 0.01), (0.26, 0.01)], [(0.26, 0.01), (0.22, 0.44)],
         [(0.22, 0.44), (0.50, 0.36), (0.78, 0.46), (0.86, 0.70), (0.70, 0.93), (0.42, 1.00), (0.14, 0.90)]],
        [[(0.90, 0.00), (0.40, 0.02)], [(0.40, 0.02), (0.24, 0.42)],
         [(0.24, 0.42), (0.54, 0.42), (0.76, 0.58), (0.74, 0.82), (0.50, 0.98), (0.14, 0.96)]],
    ],
    [  # 6: curved back; straight back
        [[(0.74, 0.06), (0.50, 0.02), (0.26, 0.26), (0.15, 0.60), (0.24, 0.90), (0.52, 1.00), (0.80, 0.86),
          (0.80, 0.62), (0.54, 0.48), (0.28, 0.56), (0.17, 0.72)]],
        [[(0.64, 0.00), (0.34, 0.34), (0.18, 0.70), (0.32, 0.96), (0.62, 0.98), (0.80, 0.78), (0.68, 0.58),
          (0.42, 0.58), (0.20, 0.76)]],
    ],
    [  # 7: bare; with a bar; with a serif
        [[(0.12, 0.02), (0.86, 0.02)], [(0.86, 0.02), (0.60, 0.46), (0.40, 1.00)]],
        [[(0.12, 0.03), (0.86, 0.02)], [(0.86, 0.02), (0.58, 0.48), (0.40, 1.00)], [(0.28, 0.50), (0.80, 0.47)]],
        [[(0.14, 0.18), (0.14, 0.02)], [(0.14, 0.02), (0.86, 0.02)], [(0.86, 0.02), (0.56, 0.50), (0.42, 1.00)]],
    ],
    [  # 8: one line; two rings
        [[(0.76, 0.14), (0.50, 0.00), (0.24, 0.14), (0.32, 0.38), (0.62, 0.54), (0.82, 0.76), (0.64, 0.97),
          (0.36, 0.97), (0.18, 0.76), (0.38, 0.54), (0.68, 0.38), (0.76, 0.14)]],
        [[(0.50, 0.00), (0.26, 0.10), (0.26, 0.36), (0.50, 0.46), (0.74, 0.36), (0.74, 0.10), (0.50, 0.00)],
         [(0.50, 0.46), (0.20, 0.58), (0.16, 0.84), (0.50, 1.00), (0.84, 0.84), (0.80, 0.58), (0.50, 0.46)]],
    ],
    [  # 9: straight stem; curved stem
        [[(0.80, 0.14), (0.54, 0.00), (0.26, 0.08), (0.18, 0.30), (0.36, 0.50), (0.62, 0.46), (0.80, 0.22)],
         [(0.80, 0.10), (0.78, 0.50), (0.70, 1.00)]],
        [[(0.80, 0.26), (0.62, 0.03), (0.34, 0.03), (0.19, 0.24), (0.28, 0.45), (0.56, 0.48), (0.78, 0.32),
          (0.82, 0.20), (0.80, 0.62), (0.66, 0.92), (0.40, 1.00), (0.20, 0.90)]],
    ],
]


def catmull_rom(points: Stroke, steps: int = 8) -> Stroke:
    """The uniform Catmull-Rom curve through `points`, `steps` line segments between two of them; closed if they are."""
    closed = points[0] == points[-1] and len(points) > 2
    extended = [points[-2] if closed else points[0], *points, points[1] if closed else points[-1]]
    curve = []
    for p0, p1, p2, p3 in zip(extended, extended[1:], extended[2:], extended[3:]):
        for step in range(steps):
            t = step / steps
            curve.append(tuple(
                0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * (b - c) + d - a) * t**3)
                for a, b, c, d in zip(p0, p1, p2, p3)))
    return [*curve, points[-1]]


def _wobble(strokes: list[Stroke], amount: float, rng: np.random.Generator) -> list[Stroke]:
    """Moves the points by one smooth random field, so that strokes which meet still meet."""
    angles, phases = rng.uniform(0, 2 * math.pi, (2, 3)), rng.uniform(0, 2 * math.pi, (2, 3))
    waves = rng.uniform(2.0, 6.0, (2, 3))

    def shift(axis: int, x: float, y: float) -> float:
        return amount / 3 * sum(
            math.sin(waves[axis, k] * (x * math.cos(angles[axis, k]) + y * math.sin(angles[axis, k])) + phases[axis, k])
            for k in range(3))

    return [[(x + shift(0, x, y), y + shift(1, x, y)) for x, y in stroke] for stroke in strokes]


def draw_digit(digit: int, size: int, rng: np.random.Generator, height: float = 0.72, wobble: float = 0.12,
               max_rotation: float = 12.0, max_slant: float = 0.25, thickness: tuple[float, float] = (0.05, 0.13),
               variant: int | None = None) -> Image.Image:
    """One digit as a mask: mode "L", `size` x `size`, ink 255 on 0.

    `height` and `thickness` are fractions of `size`; `max_rotation` is in degrees, `max_slant` in widths per height;
    `variant` picks one of the shapes in `GLYPHS[digit]`, else chance does.
    """
    shapes = GLYPHS[digit]
    strokes = shapes[int(rng.integers(len(shapes))) if variant is None else variant]
    strokes = _wobble(strokes, wobble, rng)

    angle = math.radians(rng.uniform(-max_rotation, max_rotation))
    slant = rng.uniform(-max_slant / 2, max_slant)  # most people lean to the right
    width = height * rng.uniform(0.55, 0.80)
    pen = rng.uniform(*thickness)

    oversampling = 4
    canvas = size * oversampling
    mask = Image.new("L", (canvas, canvas))
    draw = ImageDraw.Draw(mask)
    radius = pen * canvas / 2
    for stroke in strokes:
        curve = []
        for x, y in catmull_rom(stroke):
            u, v = (x - 0.5) * width - (y - 0.5) * slant * height, (y - 0.5) * height
            curve.append(((0.5 + u * math.cos(angle) - v * math.sin(angle)) * canvas,
                          (0.5 + u * math.sin(angle) + v * math.cos(angle)) * canvas))
        draw.line(curve, fill=255, width=max(1, round(2 * radius)))
        for x, y in curve:  # round joints and ends
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return mask.resize((size, size), Image.Resampling.BOX)
