"""A sheet to paint simple, softly lit scenes on; all lengths are parts of the shorter side, from the top left."""

import math

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

Colour = tuple[int, int, int]
Point = tuple[float, float]
_FINER = 3  # painted this much larger, then reduced: smooth edges


def curve(points: list[Point], steps: int = 12) -> list[Point]:
    """A closed Catmull-Rom spline through the points."""
    p = np.array(points)
    before, after, beyond = np.roll(p, 1, 0), np.roll(p, -1, 0), np.roll(p, -2, 0)
    t = np.linspace(0, 1, steps, endpoint=False)[None, :, None]
    p, before, after, beyond = (values[:, None, :] for values in (p, before, after, beyond))
    along = 0.5 * (2 * p + (after - before) * t + (2 * before - 5 * p + 4 * after - beyond) * t**2
                   + (3 * p - before - 3 * after + beyond) * t**3)
    return [tuple(point) for point in along.reshape(-1, 2)]


class Scene:
    """A picture in the making, `width` x `height` pixels when it is finished."""

    def __init__(self, width: int, height: int, rng: np.random.Generator):
        self.rng = rng
        self.size = (width, height)
        self.unit = min(width, height) * _FINER
        self.width, self.height = width / min(width, height), height / min(width, height)
        self.image = Image.new("RGB", (width * _FINER, height * _FINER))

    def _pixels(self, points: list[Point]) -> list[Point]:
        return [(x * self.unit, y * self.unit) for x, y in points]

    def backdrop(self, top: Colour, bottom: Colour, start: float = 0, end: float | None = None) -> None:
        """A vertical gradient between two heights."""
        first = round(start * self.unit)
        last = self.image.height if end is None else round(end * self.unit)
        blend = np.linspace(0, 1, max(last - first, 1))[:, None, None]
        rows = np.array(top) * (1 - blend) + np.array(bottom) * blend
        strip = np.broadcast_to(np.rint(rows), (len(rows), self.image.width, 3)).astype(np.uint8)
        self.image.paste(Image.fromarray(np.ascontiguousarray(strip)), (0, first))

    def paint(self, mask: Image.Image, colour: Colour, relief: float) -> None:
        """Fills a mask, lighter above and to the left, darker below and to the right, as a round body in the sun."""
        pixels = np.asarray(mask, np.float32) / 255
        soft = np.asarray(mask.filter(ImageFilter.GaussianBlur(self.unit * 0.035)), np.float32) / 255
        step = max(round(self.unit * 0.02), 1)
        wide = np.pad(soft, step, mode="edge")
        light = wide[2 * step:, 2 * step:] - wide[:-2 * step, :-2 * step]
        shaded = np.array(colour, np.float32) * (1 + relief * light[..., None])
        under = np.asarray(self.image, np.float32)
        mixed = under * (1 - pixels[..., None]) + np.clip(shaded, 0, 255) * pixels[..., None]
        self.image = Image.fromarray(np.rint(mixed).astype(np.uint8))

    def _mask(self) -> tuple[Image.Image, ImageDraw.ImageDraw]:
        mask = Image.new("L", self.image.size)
        return mask, ImageDraw.Draw(mask)

    def polygon(self, points: list[Point], colour: Colour, relief: float = 0.5) -> None:
        mask, pen = self._mask()
        pen.polygon(self._pixels(points), fill=255)
        self.paint(mask, colour, relief)

    def blob(self, points: list[Point], colour: Colour, relief: float = 0.8) -> None:
        """A rounded shape through the points."""
        self.polygon(curve(points), colour, relief)

    def ellipse(self, centre: Point, radii: Point, colour: Colour, turn: float = 0, relief: float = 0.8) -> None:
        """`turn` is in degrees, clockwise."""
        angles = np.linspace(0, 2 * math.pi, 60, endpoint=False)
        c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))
        x, y = radii[0] * np.cos(angles), radii[1] * np.sin(angles)
        self.polygon(list(zip(centre[0] + c * x - s * y, centre[1] + s * x + c * y)), colour, relief)

    def line(self, points: list[Point], width: float, colour: Colour, relief: float = 0.3) -> None:
        mask, pen = self._mask()
        pixels = self._pixels(points)
        pen.line(pixels, fill=255, width=max(round(width * self.unit), 1), joint="curve")
        half = width * self.unit / 2
        for x, y in pixels:
            pen.ellipse((x - half, y - half, x + half, y + half), fill=255)
        self.paint(mask, colour, relief)

    def speckle(self, count: int, size: Point, colours: list[Colour], top: float, bottom: float) -> None:
        """Small ellipses at random places between two heights: grass, leaves, waves."""
        pen = ImageDraw.Draw(self.image)
        for _ in range(count):
            x, y = self.rng.uniform(0, self.width), self.rng.uniform(top, bottom)
            rx, ry = np.array(size) * self.rng.uniform(0.5, 1.2)
            colour = colours[self.rng.integers(len(colours))]
            pen.ellipse([v * self.unit for v in (x - rx, y - ry, x + rx, y + ry)], fill=colour)

    def blur(self, radius: float) -> None:
        """Puts all that is painted so far out of focus."""
        self.image = self.image.filter(ImageFilter.GaussianBlur(radius * self.unit))

    def finish(self, grain: float = 3.0) -> Image.Image:
        """The picture in its own size, with a camera's noise."""
        picture = np.asarray(self.image.resize(self.size, Image.Resampling.LANCZOS), np.float32)
        picture = picture + self.rng.normal(0, grain, picture.shape[:2])[..., None]
        return Image.fromarray(np.clip(np.rint(picture), 0, 255).astype(np.uint8))
