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


def latency(network: Network, rounds: int = 9, seconds: float = 0.25) -> dict:
    """Milliseconds with one thread, and ours by LiteRT's for the same int8 network, exported."""
    work = ROOT / ".build-bench"
    work.mkdir(exist_ok=True)
    ours, litert = engines.set_up(["litert"], str(work))
    result = {"date": datetime.date.today().isoformat(), "machine": engines.machine(), "versions": [
        ours.version, litert.version]}
    for form in FORMS:
        # The engines find what they run by the model's name, in their folder.
        path = work / f"zoo-{network.name}-{form}.tflite"
        shutil.copyfile(network.edge(form), path.with_suffix(".edge"))
        edgequant("export", relative(network.edge(form)), "-o", relative(path))
        times, _ = run.measure([ours, litert], str(path), 1, rounds, seconds)
        result[form] = {"ms": statistics.median(times[ours]), "litert_ms": statistics.median(times[litert]),
                        "ratio": run.ratio(times[ours], times[litert])}
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
