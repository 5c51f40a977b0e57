"""Writes the operator fixtures: one-operator models, their inputs, and TensorFlow Lite's outputs. See README.md."""

import argparse
import hashlib
import json
import platform
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np

from generator import (
    binary, conversion, convolution, joining, matrix, movement, normalization, reduction, resize, slicing, unary)
from generator.model import SEED
from generator.run import declined, outputs

FAMILIES = [convolution, matrix, binary, unary, reduction, normalization,
            resize, conversion, movement, slicing, joining]


class GoldenFile:
    """Raw little-endian tensors of one model, one after the other."""

    def __init__(self, folder, name):
        self.path, self.relative, self.data = folder / name, name, bytearray()

    def append(self, tensor, values):
        """Adds a tensor and answers its manifest entry."""
        raw = values.tobytes()
        entry = {"file": self.relative, "offset": len(self.data), "dtype": tensor.dtype, "shape": list(values.shape),
                 "name": tensor.name, "quant": None}
        if tensor.scale is not None:
            # The shortest decimals that give the float32 scale back
            scales = [float(str(np.float32(s))) for s in np.atleast_1d(tensor.scale)]
            scale = scales if isinstance(tensor.scale, list) else scales[0]
            entry["quant"] = {"scale": scale, "zero_point": tensor.zero_point}
        self.data += raw
        return entry


def write(model, folder):
    """Writes the files of one model; answers its case and its refused nodes for the manifest."""
    kept = [node for node in model.nodes if not node.refused]
    refused = []
    for node in model.nodes:
        if node.refused:
            error = declined(model, [node])
            if not error:
                sys.exit(f"{model.name}: {node.label} was expected to be refused")
            refused.append({"operator": model.operator, "type": model.dtype, "node": node.label, "error": error})
    if declined(model, kept):
        for node in kept:
            if error := declined(model, [node]):
                print(f"{model.name}: {node.label}: {error}")
        return None
    results = outputs(model, kept)
    for tensor, values in results:
        tensor.shape = list(values.shape)
    file = folder / f"{model.name}.tflite"
    file.write_bytes(model.serialize(kept))
    entry_in = GoldenFile(folder, f"goldens/{model.name}.in.bin")
    entry_out = GoldenFile(folder, f"goldens/{model.name}.out.bin")
    inputs = {t.name: t for node in kept for t in node.inputs if t is not None and t.values is not None}
    case = {
        "model": file.name, "ops": {model.operator: len(kept)}, "case": "n0", "kernels": model.kernels, "sha256": {},
        "inputs": [entry_in.append(t, t.values) for t in inputs.values()],
        "outputs": [entry_out.append(tensor, values) for tensor, values in results],
    }
    for golden in (entry_in, entry_out):
        golden.path.write_bytes(golden.data)
        case["sha256"][golden.relative] = hashlib.sha256(golden.data).hexdigest()
    return case, refused


def dump(manifest):
    """JSON with one tensor a line, so that differences can be read."""
    cases = []
    for case in manifest["cases"]:
        head = compact({k: v for k, v in case.items() if k not in ("inputs", "outputs")})
        lists = [f'"{key}":[\n{lines(case[key])}]' for key in ("inputs", "outputs")]
        cases.append(f"{head[:-1]},\n" + ",\n".join(lists) + "}")
    head = compact({k: v for k, v in manifest.items() if k not in ("cases", "refused")})
    return f'{head[:-1]},\n"refused":[\n{lines(manifest["refused"])}],\n"cases":[\n' + ",\n".join(cases) + "]}\n"


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def lines(values):
    return ",\n".join(map(compact, values))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, default=Path(__file__).parent)
    parser.add_argument("--only", default="", help="models whose name begins so; leaves the manifest alone")
    arguments = parser.parse_args()
    (arguments.output / "goldens").mkdir(parents=True, exist_ok=True)
    models = [m for family in FAMILIES for m in family.models() if m.name.startswith(arguments.only)]
    written = [write(model, arguments.output) for model in models]
    if None in written:
        sys.exit("some nodes were refused unexpectedly")
    made_with = f"ai-edge-litert {version('ai-edge-litert')}, numpy {version('numpy')}, flatbuffers " + (
        f"{version('flatbuffers')}, Python {platform.python_version()}, {' '.join(platform.libc_ver())}, "
        f"{platform.machine()}")
    manifest = {"made_with": made_with, "script": "generate.py", "seed": SEED,
                "refused": [r for _, refused in written for r in refused], "cases": [case for case, _ in written]}
    if not arguments.only:
        (arguments.output / "manifest.json").write_text(dump(manifest))
    nodes = sum(sum(case["ops"].values()) for case, _ in written)
    print(f"{len(written)} models, {nodes} nodes, {len(manifest['refused'])} refused")


if __name__ == "__main__":
    main()
