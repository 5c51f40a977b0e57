#!/usr/bin/env python3
"""Measures the two TensorFlow Lite files with LiteRT's reference kernels: on MNIST, on drawn digits, on the samples."""

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from PIL import Image, ImageOps

from augment import relight
from strokes import draw_digit
from training import mnist
from training.evaluate import wilson

FILTERS = (Image.Resampling.BOX, Image.Resampling.BILINEAR, Image.Resampling.NEAREST)


class Network:
    """A model with float scores outside, whatever it computes with inside."""

    def __init__(self, path: Path):
        self.interpreter = Interpreter(str(path), experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
        self.interpreter.allocate_tensors()
        self.input = self.interpreter.get_input_details()[0]
        self.output = self.interpreter.get_output_details()[0]

    def scores(self, picture: np.ndarray) -> np.ndarray:
        """The ten scores of a float32 `[28, 28]` picture in 0...1, ink bright."""
        scale, zero_point = self.input["quantization"]
        if self.input["dtype"] == np.int8:
            picture = np.clip(np.rint(picture / scale) + zero_point, -128, 127).astype(np.int8)
        self.interpreter.set_tensor(self.input["index"], picture[None, ..., None])
        self.interpreter.invoke()
        scores = self.interpreter.get_tensor(self.output["index"])[0]
        scale, zero_point = self.output["quantization"]
        return (scores.astype(np.float32) - zero_point) * scale if scores.dtype == np.int8 else scores


def report(title: str, networks: dict[str, Network], pictures: np.ndarray, digits: np.ndarray) -> None:
    answers = {}
    for name, network in networks.items():
        answers[name] = np.array([network.scores(picture).argmax() for picture in pictures])
        right, n = int(np.count_nonzero(answers[name] == digits)), len(digits)
        low, high = wilson(right, n)
        print(f"{title}, {name}: {right} of {n} ({right / n:.1%}, 95 % interval {low:.1%} to {high:.1%})")
    same = np.count_nonzero(answers["float"] == answers["int8"])
    print(f"{title}: float and int8 agree on {same} of {len(digits)}")


def preprocess(path: Path, resampling: Image.Resampling, dct_scaling: bool) -> np.ndarray:
    """Grey, upright, the square in the middle, 28x28, (pixel - 255) / -255."""
    picture = Image.open(path)
    if dct_scaling:
        picture.draft(None, (28, 28))  # the JPEG decoder may halve the picture while it stays at least this large
    picture = ImageOps.exif_transpose(picture).convert("L")
    side = min(picture.size)
    picture = ImageOps.fit(picture, (side, side), Image.Resampling.NEAREST).resize((28, 28), resampling)
    return (255 - np.asarray(picture, np.float32)) / 255


def check_samples(networks: dict[str, Network], folder: Path) -> int:
    """Prints the least certain way to resize each sample; returns how often the answer was wrong."""
    wrong = 0
    paths = sorted(folder.glob("digit-*.jpg"))
    if not paths:
        raise SystemExit(f"evaluate.py: no digit-*.jpg in {folder}")
    for path in paths:
        digit = int(path.stem.split("-")[1])
        line = []
        for name, network in networks.items():
            scores = [network.scores(preprocess(path, resampling, dct_scaling))
                      for resampling in FILTERS for dct_scaling in (False, True)]
            wrong += sum(int(score.argmax()) != digit for score in scores)
            line.append(f"{name} {min(score[digit] for score in scores):.3f}")
        print(f"{path.name}: lowest score of its digit: {', '.join(line)}")
    print(f"samples: {wrong} wrong of {len(paths) * len(networks) * len(FILTERS) * 2}")
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter,
                                     epilog="example: python evaluate.py --mnist ~/mnist --test ~/mnist/t10k-images-idx3-ubyte")
    parser.add_argument("--models", type=Path, default=HERE, metavar="FOLDER")
    parser.add_argument("--samples", type=Path, default=HERE / "samples", metavar="FOLDER")
    parser.add_argument("--mnist", type=Path, metavar="PATH", help="as for train.py: of these every eighth")
    parser.add_argument("--test", type=Path, metavar="FILE", help="as for train.py: all of these")
    parser.add_argument("--drawn", type=int, default=1000, metavar="N", help="how many newly drawn digits")
    parser.add_argument("--seed", type=int, default=1000, metavar="N", help="of the drawn digits; not the training's")
    arguments = parser.parse_args()
    networks = {name: Network(arguments.models / f"digits_{name}.tflite") for name in ("float", "int8")}
    if arguments.mnist:
        try:
            samples, test = mnist.load(arguments.mnist, arguments.test)
        except (OSError, ValueError) as error:
            raise SystemExit(f"evaluate.py: {error}") from None
        parts = [part for part in (mnist.split(*samples)[1], test) if part is not None]
        pictures, digits = (np.concatenate(values) for values in zip(*parts))
        pictures = pictures.astype(np.float32) / 255
        report("MNIST", networks, pictures, digits)
        report("MNIST on grey paper", networks, relight(pictures, np.random.default_rng(arguments.seed), 1.0), digits)
    rng = np.random.default_rng(arguments.seed)
    digits = np.arange(arguments.drawn) % 10
    drawn = np.stack([np.asarray(draw_digit(int(digit), 28, rng), np.float32) / 255 for digit in digits])
    report("drawn", networks, drawn, digits)
    if check_samples(networks, arguments.samples):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
