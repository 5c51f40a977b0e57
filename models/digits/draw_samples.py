#!/usr/bin/env python3
"""Draws the sample pictures: handwritten digits, dark ink on light paper, as small JPEG files of several kinds.

The name of each file holds its digit. The pixels depend on the seed alone, the bytes also on Pillow's JPEG encoder.
"""

import argparse
import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from strokes import draw_digit

Colour = tuple[int, int, int]
WHITE, CREAM, GREY, COOL = (250, 250, 248), (240, 230, 205), (205, 207, 210), (238, 243, 246)
BLACK, PENCIL, BLUE, RED = (25, 24, 28), (85, 85, 88), (24, 48, 140), (165, 30, 35)


@dataclass
class Sample:
    """What a picture shows and how it is stored; `thickness` is that of the pen, as a fraction of the shorter side."""

    digit: int
    width: int
    height: int
    paper: Colour
    ink: Colour
    thickness: float
    mode: str = "RGB"
    orientation: int = 1  # EXIF: 6 is stored on its left side, to be turned clockwise by 90 degrees
    encoder: dict = field(default_factory=dict)


SAMPLES = [
    Sample(0, 160, 160, WHITE, BLACK, 0.08),
    Sample(1, 96, 96, CREAM, BLUE, 0.10),
    Sample(2, 300, 300, WHITE, BLUE, 0.07, encoder={"progressive": True}),
    Sample(3, 240, 200, GREY, BLACK, 0.09),
    Sample(4, 180, 240, CREAM, BLACK, 0.08, orientation=6),
    Sample(5, 128, 128, WHITE, RED, 0.09, encoder={"subsampling": "4:4:4"}),
    Sample(6, 225, 225, WHITE, PENCIL, 0.07),
    Sample(7, 200, 260, COOL, BLUE, 0.08),
    Sample(8, 112, 112, GREY, BLACK, 0.09, mode="L"),
    Sample(9, 256, 192, CREAM, BLACK, 0.10, encoder={"subsampling": "4:2:2"}),
]


def on_paper(mask: Image.Image, sample: Sample, rng: np.random.Generator) -> Image.Image:
    """The mask in the middle of an unevenly lit, slightly grainy sheet."""
    width, height = sample.width, sample.height
    sheet = Image.new("L", (width, height))
    sheet.paste(mask, ((width - mask.width) // 2, (height - mask.height) // 2))
    blend = np.asarray(sheet, np.float64)[..., None] / 255
    colour = np.array(sample.paper) * (1 - blend) + np.array(sample.ink) * blend

    x, y = np.linspace(-0.5, 0.5, width)[None, :], np.linspace(-0.5, 0.5, height)[:, None]
    direction = rng.uniform(0, 2 * math.pi)
    light = 1 - 0.06 + 0.12 * (x * math.cos(direction) + y * math.sin(direction))
    grain = rng.normal(0, 1.5, (height, width))
    pixels = colour * light[..., None] + grain[..., None]
    return Image.fromarray(np.clip(np.rint(pixels), 0, 255).astype(np.uint8)).convert(sample.mode)


def draw(sample: Sample, seed: int) -> Image.Image:
    """The picture as it should be seen."""
    rng = np.random.default_rng([seed, sample.digit])
    mask = draw_digit(sample.digit, min(sample.width, sample.height), rng, thickness=(sample.thickness,) * 2)
    return on_paper(mask, sample, rng)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, epilog="example: python draw_samples.py -o samples",
                                     formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--seed", type=int, default=7, metavar="N")
    parser.add_argument("-o", "--output", type=Path, default=Path(__file__).resolve().parent / "samples",
                        metavar="FOLDER")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    for sample in SAMPLES:
        picture = draw(sample, arguments.seed)
        options = dict(sample.encoder)
        if sample.orientation == 6:
            picture = picture.transpose(Image.Transpose.ROTATE_90)  # counter-clockwise, which a viewer undoes
            exif = Image.Exif()
            exif[0x0112] = sample.orientation
            options["exif"] = exif
        path = arguments.output / f"digit-{sample.digit}.jpg"
        picture.save(path, quality=85, **options)
        print(f"{path.name}: {picture.width}x{picture.height} {picture.mode}, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
