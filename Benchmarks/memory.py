#!/usr/bin/env python3
"""Holds the static x86-64 program to the memory and the start-up that it promises:

  memory.py [MODEL.tflite]        (default: MobileNetV2 of EDGEINFER_TEST_DATA)

VmHWM of `edgeinfer run -t 1`, less that of `--version`, is at most the mapped file, the arena, the input and output arrays, and
300 KB. From the start of the process to its end takes at most 3 ms beyond one inference, with the files in the page cache.
Exit code 1 if one of these does not hold. `make bench-memory` builds what this needs and runs it.
"""

import json
import os
import statistics
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers"))
import engines  # noqa: E402

ROUNDS = 15
OVERHEAD_LIMIT = 300 * 1000
START_LIMIT_MS = 3.0


def main():
    data = os.environ.get("EDGEINFER_TEST_DATA", "")
    model = sys.argv[1] if len(sys.argv) > 1 else os.path.join(data, "models", "tf2_mobilenet_v2_1.0_224_ptq.tflite")
    if not os.path.exists(model):
        sys.exit(f"no model {model}: give one, or set EDGEINFER_TEST_DATA")
    work = os.path.join(engines.ROOT, ".build-bench")
    os.makedirs(work, exist_ok=True)
    engines.compile_tool("measure", work)
    edgeinfer = engines.EdgeInfer(work)
    edgeinfer.convert(model)
    info = json.loads(engines.execute([edgeinfer.program, "info", "-m", edgeinfer.path(model, ".edge"), "--format", "json"]))

    def process(command):
        out = os.path.join(work, "measure.json")
        subprocess.run([os.path.join(work, "measure"), out] + command, check=True, stdout=subprocess.DEVNULL)
        with open(out) as file:
            return json.load(file)

    base = max(process([edgeinfer.program, "--version"])["vm_hwm_kb"] for _ in range(ROUNDS)) * 1024
    runs = [process(edgeinfer.command_once(model)) for _ in range(ROUNDS)]
    peak = max(run["vm_hwm_kb"] for run in runs) * 1024
    arrays = sum(tensor["bytes"] for tensor in info["inputs"] + info["outputs"])
    expected = info["file_bytes"] + info["peak_bytes"] + arrays
    overhead = peak - base - expected

    inference = statistics.median(edgeinfer.run(model, 1, 3, 20)["median_ms"] for _ in range(3))
    wall = statistics.median(run["wall_ns"] for run in runs) / 1e6
    best = min(run["wall_ns"] for run in runs) / 1e6
    rows = [
        ("VmHWM of run -t 1", f"{peak} B"),
        ("VmHWM of --version", f"{base} B"),
        ("mapped file", f"{info['file_bytes']} B"),
        ("arena", f"{info['peak_bytes']} B"),
        ("input and output arrays", f"{arrays} B"),
        ("overhead (limit 300000 B)", f"{overhead} B"),
        ("memory written by the program at its end", f"{max(run['rss_anon_kb'] for run in runs) * 1024} B"),
        ("one inference, steady, median", f"{inference:.2f} ms"),
        ("process start to end, median and best", f"{wall:.2f} ms, {best:.2f} ms"),
        ("beyond one inference (limit 3 ms)", f"{wall - inference:.2f} ms, {best - inference:.2f} ms"),
    ]
    print(f"{engines.stem(model)}, {edgeinfer.version}, {engines.machine()}")
    for name, value in rows:
        print(f"  {name:44}{value}")
    failed = [name for name, holds in [
        ("memory", overhead <= OVERHEAD_LIMIT), ("start-up", best - inference <= START_LIMIT_MS)] if not holds]
    for name in failed:
        print(f"  {name}: over the limit")
    sys.exit(1 if failed else 0)


main()
