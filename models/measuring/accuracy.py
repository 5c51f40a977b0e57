"""Quantizes and prunes a network anew, and measures how often float, int8 and pruned int8 are right."""

import datetime
import json
import os
import subprocess
import sys
from pathlib import Path

from measuring.zoo import BUILD, FORMS, MODELS, Network, command, edgequant, relative, sha256

# Training set and test set in the folder of EDGEINFER_TEST_DATA; without it samples.py downloads them.
SHARED = {
    "cifar10": ("cifar10/train_jpegq75_50000.zip", "cifar10/test_jpegq75_1000.bin"),
    "vehicles": ("cifar10/train_jpegq75_50000.zip",),
    "mnist": ("mnist", "mnist/t10k_1000-images-idx3-ubyte"),
}


def data_folder(network: Network) -> Path:
    """The network's data set, written by samples.py if it is not there yet."""
    folder = BUILD / "data" / network.data
    if not folder.exists():
        shared, options = os.environ.get("EDGEINFER_TEST_DATA"), []
        if shared and network.data in SHARED:
            for option, name in zip(("--source", "--test"), SHARED[network.data]):
                options += [option, str(Path(shared) / name)]
        subprocess.run([sys.executable, MODELS / "samples.py", network.data, *options], check=True)
    return folder


def existing(folder: Path, *names: str) -> list[Path]:
    return [folder / name for name in names if (folder / name).exists()]


def derive(network: Network, verb: str, form: str, options: list[str], replay: bool) -> str:
    """Quantizes or prunes the float network, with recipe and reports.

    With `replay`, a recipe that is there already is carried out, which takes no data and a moment.
    """
    source, target = network.folder / network.float, network.edge(form)
    recipe = target.with_suffix(".json")
    calibration = existing(data_folder(network), "calibration", "calibration.npy")[0]
    words = [verb, relative(source), "-c", relative(calibration), *network.options, *options,
             "-o", relative(target), "--write-recipe", relative(recipe)]
    shown = command(*words)
    if replay and recipe.exists():
        words = [verb, relative(source), "--recipe", relative(recipe), *network.options, "-o", relative(target)]
    edgequant(*words, "--report", relative(network.build / f"{verb}.html"),
              "--report", relative(network.build / f"{verb}.json"))
    return shown


def convert_retrained(network: Network) -> str:
    words = ["convert", relative(MODELS / network.retrained), *network.options, "-o", relative(network.edge("pruned"))]
    edgequant(*words)
    return command(*words)


def make(network: Network, replay: bool) -> list[str]:
    """Writes NAME.edge and NAME-pruned.edge, and returns the commands, without replay."""
    network.build.mkdir(parents=True, exist_ok=True)
    int8 = derive(network, "quantize", "int8", network.quantize, replay)
    if network.retrained:
        return [int8, convert_retrained(network)]
    return [int8, derive(network, "prune", "pruned", network.quantize + network.prune, replay)]


def compare(network: Network, form: str, data: Path) -> dict:
    """Float against int8 or pruned int8 on the same samples."""
    source = network.folder / network.float
    return json.loads(edgequant(
        "compare", relative(source), relative(network.edge(form)), "--data", relative(data), "--layer-samples", "1",
        "--format", "json", "-q"))


def measure(network: Network, replay: bool) -> dict:
    source = network.folder / network.float
    commands = make(network, replay)
    rows = []
    for data in existing(data_folder(network), "held-out", "held-out.npy", "test.bin"):
        int8, pruned = (compare(network, form, data) for form in FORMS)
        rows.append({
            "data": relative(data), "samples": int8["samples"],
            "float": int8["a"]["top1"], "int8": int8["b"]["top1"], "pruned": pruned["b"]["top1"],
            "drop": int8["drop"], "pruned_drop": pruned["drop"],
        })
    sizes = {
        "bytes": {"float": source.stat().st_size, "int8": int8["b"]["bytes"], "pruned": pruned["b"]["bytes"]},
        "macs": {"int8": int8["b"]["macs"], "pruned": pruned["b"]["macs"]},
        "peak": {"int8": int8["b"]["peak_bytes"], "pruned": pruned["b"]["peak_bytes"]},
    }
    return {"date": datetime.date.today().isoformat(), "float_sha256": sha256(source), "commands": commands,
            "sizes": sizes, "accuracy": rows}
