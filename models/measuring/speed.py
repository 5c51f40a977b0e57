"""Latency of a network here beside LiteRT, and instructions on emulated ARM cores, with Benchmarks' tools."""

import datetime
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from measuring.zoo import FORMS, ROOT, Network, edgequant, relative

sys.path += [str(ROOT / "Benchmarks" / "peers"), str(ROOT / "Benchmarks" / "arm")]

import engines
import instructions
import run

CORES = ("cortex-a53", "cortex-a72", "cortex-a76")


def latency(network: Network, sweeps: int = 6, seconds: float = 0.2) -> dict:
    """Milliseconds with one thread, and ours by LiteRT's for the same int8 network, exported.

    Dense and pruned take turns: where the machine's clock moves, both see the same of it.
    """
    work = ROOT / ".build-bench"
    work.mkdir(exist_ok=True)
    pair = engines.set_up(["litert"], str(work))
    ours, litert = pair
    # The engines find what they run by the model's name, in their folder.
    paths = {form: work / f"zoo-{network.name}-{form}.tflite" for form in FORMS}
    for form, path in paths.items():
        shutil.copyfile(network.edge(form), path.with_suffix(".edge"))
        edgequant("export", relative(network.edge(form)), "-o", relative(path))
    times = {form: {ours: [], litert: []} for form in FORMS}
    for _ in range(sweeps):
        for form, path in paths.items():
            measured, _ = run.measure(pair, str(path), 1, 2, seconds)
            for engine in pair:
                times[form][engine] += measured[engine]
    result = {"date": datetime.date.today().isoformat(), "machine": engines.machine(), "versions": [
        ours.version, litert.version]}
    for form in FORMS:
        mine, theirs = times[form][ours], times[form][litert]
        result[form] = {"ms": statistics.median(mine), "litert_ms": statistics.median(theirs),
                        "ratio": run.ratio(mine, theirs)}
    return result


def count_instructions(network: Network, program: Path) -> dict:
    """Millions of instructions of one inference, by core."""
    result = {"date": datetime.date.today().isoformat()}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        library = instructions.plugin(folder)
        for form in FORMS:
            result[form] = {}
            for core in CORES:
                count = instructions.per_inference(library, program, network.edge(form), core, 1, folder)
                result[form][core] = round(count["total"], 3)
    return result
