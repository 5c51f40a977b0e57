#!/usr/bin/env python3
"""Shows that an .edge file has the zeros and scales that training chose, and computes what LiteRT does.

Exports the .edge file with edgequant and sets it beside the int8 file that training wrote: the same tensors with the
same scales, the same bytes of weights, and in LiteRT's reference kernels the same scores for every picture.
"""

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from training.data import load_cifar10


class Network:
    def __init__(self, path: Path):
        self.interpreter = Interpreter(str(path), experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
        self.interpreter.allocate_tensors()
        self.input = self.interpreter.get_input_details()[0]["index"]
        self.output = self.interpreter.get_output_details()[0]["index"]

    def tensors(self) -> Counter:
        """Shape, scales and zero points of each int8 tensor, and of weights (one scale a channel) the bytes.

        Scales of biases are left out: they are products of two others.
        """
        found = Counter()
        for detail in self.interpreter.get_tensor_details():
            scales, zeros = (detail["quantization_parameters"][key] for key in ("scales", "zero_points"))
            if detail["dtype"] is np.int8:
                weights = self.interpreter.get_tensor(detail["index"]).tobytes() if len(scales) > 1 else None
                found[tuple(detail["shape"]), scales.tobytes(), zeros.tobytes(), weights] += 1
        return found

    def scores(self, picture: np.ndarray) -> bytes:
        self.interpreter.set_tensor(self.input, (picture ^ 0x80).view(np.int8)[None])
        self.interpreter.invoke()
        return self.interpreter.get_tensor(self.output).tobytes()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        epilog="example: python check.py --cifar10 ~/cifar10/train.zip --count 1000")
    parser.add_argument("--int8", type=Path, default=HERE / "resnet-pruned-int8.tflite", metavar="FILE")
    parser.add_argument("--edge", type=Path, default=HERE / "resnet-pruned.edge", metavar="FILE")
    parser.add_argument("--edgequant", default="edgequant", metavar="PROGRAM")
    parser.add_argument("--cifar10", type=Path, metavar="PATH", help="as for resnet/train.py")
    parser.add_argument("--count", type=int, default=500, metavar="N", help="how many held-out pictures")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        exported = Path(folder) / "exported.tflite"
        subprocess.run([arguments.edgequant, "export", arguments.edge, "-o", exported], check=True,
                       stdout=subprocess.DEVNULL)
        trained, kept = Network(arguments.int8), Network(exported)
    differences = (trained.tensors() - kept.tensors()) + (kept.tensors() - trained.tensors())
    print(f"{trained.tensors().total()} int8 tensors, {differences.total()} differ in type, scales or weights")
    pictures = load_cifar10(arguments.cifar10)[1][0][:arguments.count]
    same = sum(trained.scores(picture) == kept.scores(picture) for picture in pictures)
    print(f"the same ten scores for {same} of {len(pictures)} pictures")
    if differences or same != len(pictures):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
