#!/usr/bin/env python3
"""Draws the sample pictures: one of each CIFAR-10 class, as JPEG files of several kinds, each named by its class.

The pixels depend on the seed alone, the bytes also on Pillow's JPEG encoder.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

import animals
import vehicles
from scene import Scene

HERE = Path(__file__).resolve().parent


@dataclass
class Sample:
    """What a picture shows, its size, and how it is stored."""

    paint: Callable[[Scene], None]
    width: int
    height: int
    orientation: int = 1  # EXIF: 6 is stored on its left side, to be turned clockwise by 90 degrees
    encoder: dict = field(default_factory=dict)


SAMPLES = [
    Sample(vehicles.airplane, 240, 240, encoder={"progressive": True}),
    Sample(vehicles.automobile, 200, 200),
    Sample(animals.bird, 300, 300, encoder={"quality": 95, "subsampling": "4:4:4"}),
    Sample(animals.cat, 160, 160, encoder={"subsampling": "4:2:2"}),
    Sample(animals.deer, 224, 224, orientation=6),
    Sample(animals.dog, 256, 256),
    Sample(animals.frog, 180, 180, encoder={"quality": 60}),
    Sample(animals.horse, 200, 200, encoder={"progressive": True, "subsampling": "4:4:4"}),
    Sample(vehicles.ship, 280, 280),
    Sample(vehicles.truck, 240, 240, encoder={"optimize": True}),
]


def draw(sample: Sample, seed: int, index: int) -> Image.Image:
    """The picture as it should be seen."""
    scene = Scene(sample.width, sample.height, np.random.default_rng([seed, index]))
    sample.paint(scene)
    return scene.finish()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, epilog="example: python draw.py -o samples",
                                     formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--seed", type=int, default=7, metavar="N")
    parser.add_argument("-o", "--output", type=Path, default=HERE, metavar="FOLDER")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    for index, sample in enumerate(SAMPLES):
        picture = draw(sample, arguments.seed, index)
        options = {"quality": 85, **sample.encoder}
        if sample.orientation == 6:
            picture = picture.transpose(Image.Transpose.ROTATE_90)  # counter-clockwise, which a viewer undoes
            exif = Image.Exif()
            exif[0x0112] = sample.orientation
            options["exif"] = exif
        path = arguments.output / f"{sample.paint.__name__}.jpg"
        picture.save(path, **options)
        print(f"{path.name}: {picture.width}x{picture.height}, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
