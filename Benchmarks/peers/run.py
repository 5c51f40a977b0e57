#!/usr/bin/env python3
"""Measures edgeinfer side by side with other engines on the same models and writes the tables as Markdown:

  run.py [--models a,b] [--peers a,b] [--threads 1,2] [--rounds 9] [--seconds 0.25] [--output FILE.md]

`make bench` builds what this needs and runs it. Peers are installed into throw-away virtual environments below .build-venv, pinned;
a peer that cannot be installed, or cannot convert a model, is said and left out. Every measurement is a fresh process. Within a
round the engines take turns, each with its own number of inferences; a ratio is the median over all rounds of the ratio within a
round, so that what slows the machine down for a while does not decide. README.md beside this file says more.
"""

import argparse
import datetime
import json
import os
import statistics
import subprocess
import sys

import engines

HERE = os.path.dirname(os.path.abspath(__file__))
# Largest ratio to the fastest peer that is acceptable, by model.
BARS = {
    "tf2_mobilenet_v2_1.0_224_ptq": 0.65,
    "vww_96_int8": 0.8,
    "pretrainedResnet_quant": 0.85,
    "kws_ref_model": 0.9,
    "ad01_int8": 1.0,
    "mobilenet_v2_1.0_224_quant": 0.35,
    "mobilenet_v1_0.25_128_quant": 0.35,
    "mobilenet_v1_0.75_192_seeded": 0.35,
}


def find_models(names, work):
    """Paths of the .tflite files, those of the shared data and the one that is made here."""
    data = os.environ.get("EDGEINFER_TEST_DATA")
    if not data:
        print("EDGEINFER_TEST_DATA is not set: only the seeded model is measured", file=sys.stderr)
    paths = {}
    for name in names:
        if name.endswith("_seeded"):
            paths[name] = os.path.join(work, name + ".tflite")
            subprocess.run(
                [engines.python("peers"), os.path.join(HERE, "mobilenet_v1_uint8.py"), paths[name]], check=True)
        elif data:
            path = os.path.join(data, "models", name + ".tflite")
            if os.path.exists(path):
                paths[name] = path
            else:
                print(f"{name}: not there, left out", file=sys.stderr)
    return paths


def measure(available, path, threads, rounds, seconds):
    """For each engine the median milliseconds of each round, and the shortest of all."""
    times, counts, best = {}, {}, {}
    for engine in list(available):
        try:
            # A short run first, for the number of inferences that fit, and for caches.
            probe = engine.run(path, threads, 2, 5)["median_ms"]
            probe = min(probe, engine.run(path, threads, 2, 20)["median_ms"])
        except engines.Failure as failure:
            print(f"  {engine.name}: {failure}", file=sys.stderr)
            continue
        counts[engine] = max(5, min(20000, int(seconds * 1000 / probe)))
        times[engine] = []
    for number in range(rounds):
        # Another one begins each time.
        order = list(counts)
        for engine in order[number % len(order):] + order[:number % len(order)]:
            count = counts[engine]
            result = engine.run(path, threads, max(2, count // 10), count)
            times[engine].append(result["median_ms"])
            best[engine] = min(best.get(engine, result["min_ms"]), result["min_ms"])
    return times, best


def whole_process(engine, path, rounds):
    """Medians over fresh processes of one inference each: peak memory in kB, milliseconds from start to end."""
    samples = [engine.once(path) for _ in range(rounds)]
    return {key: statistics.median(s[key] for s in samples) for key in ("vm_hwm_kb", "wall_ns")}


def ratio(ours, theirs):
    return statistics.median(a / b for a, b in zip(ours, theirs))


def table(header, rows):
    yield "| " + " | ".join(header) + " |"
    yield "| --- |" + " ---: |" * (len(header) - 1)
    for row in rows:
        yield "| " + " | ".join(row) + " |"
    yield ""


def report(results, processes, available, arguments):
    ours = available[0]
    yield f"Date: {datetime.date.today().isoformat()}. {engines.machine()}"
    yield ""
    yield "Versions: " + "; ".join(engine.version for engine in available) + "."
    yield f"Rounds: {arguments.rounds}, {arguments.seconds} s for each engine in each."
    yield ""
    for threads in arguments.threads:
        yield f"### Latency, {threads} thread{'s' if threads > 1 else ''}, median in ms"
        yield ""
        rows = []
        for name, by_threads in results.items():
            times, best = by_threads[threads]
            if ours not in times:
                continue
            row = [name]
            for engine in available:
                row.append(f"{statistics.median(times[engine]):.4f}" if engine in times else "")
            peers = [e for e in available if e is not ours and e in times]
            fastest = min(peers, key=lambda e: statistics.median(times[e]), default=None)
            if fastest:
                value = ratio(times[ours], times[fastest])
                row += [fastest.name, f"{value:.2f}", f"{best[ours] / best[fastest]:.2f}"]
                row.append(f"{BARS[name]:.2f}" if name in BARS else "")
            else:
                row += ["", "", "", ""]
            rows.append(row)
        yield from table(["model"] + [e.name for e in available] + ["fastest peer", "ratio to it", "of the minima", "bar"], rows)
    yield "### One inference in a fresh process, 1 thread: peak resident memory in MB (VmHWM), ms from start to end"
    yield ""
    rows = []
    for name, by_engine in processes.items():
        row = [name]
        for engine in available:
            p = by_engine.get(engine)
            row.append(f"{p['vm_hwm_kb'] / 1024:.1f}, {p['wall_ns'] / 1e6:.1f}" if p else "")
        rows.append(row)
    yield from table(["model"] + [e.name for e in available], rows)
    yield "### Size on disk"
    yield ""
    yield from table(["engine", "what", "bytes"], [[e.name, *e.size()] for e in available])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", default=",".join(BARS))
    parser.add_argument("--peers", default="litert,litert-builtin,onnxruntime,mnn,ncnn")
    parser.add_argument("--threads", default="1,2", type=lambda text: [int(n) for n in text.split(",")])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.25)
    parser.add_argument("--work", default=os.path.join(engines.ROOT, ".build-bench"))
    parser.add_argument("--output")
    arguments = parser.parse_args()
    os.makedirs(arguments.work, exist_ok=True)
    available = engines.set_up(arguments.peers.split(","), arguments.work)
    paths = find_models(arguments.models.split(","), arguments.work)
    results, processes = {}, {}
    for name, path in paths.items():
        print(name, file=sys.stderr)
        able = [engine for engine in available if engine.prepare(path)]
        results[name] = {}
        for threads in arguments.threads:
            times, best = measure(able, path, threads, arguments.rounds, arguments.seconds)
            results[name][threads] = times, best
            shown = ", ".join(f"{e.name} {statistics.median(t):.4f} ms" for e, t in times.items())
            print(f"  {threads} threads: {shown}", file=sys.stderr)
        processes[name] = {e: whole_process(e, path, 5) for e in able if e in results[name][arguments.threads[0]][0]}
    text = "\n".join(report(results, processes, available, arguments))
    print(text)
    if arguments.output:
        with open(arguments.output, "w") as file:
            file.write(text)


if __name__ == "__main__":
    main()
