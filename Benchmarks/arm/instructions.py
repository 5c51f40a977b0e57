#!/usr/bin/env python3
"""Instructions per inference of the aarch64 program on emulated cores, beside LiteRT's: instructions.py PROGRAM MODEL.edge...

The program runs with N and with 2N inferences under a counting plugin; the difference over N is printed, so that start-up, loading and
the first inference cancel out."""
import argparse
import collections
import json
import pathlib
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent


def plugin(folder):
    library = folder / "insns.so"
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", library, HERE / "insns.c"], check=True)
    return library


def counts(library, program, model, cpu, runs, folder):
    """Counts by class, and by function with "@" before its name."""
    out = folder / "counts"
    subprocess.run(
        ["qemu-aarch64", "-cpu", cpu, "-plugin", f"{library},out={out}", program, "profile", "-m", model,
         "--runs", str(runs), "--warmup", "0", "-t", "1"],
        check=True, stdout=subprocess.DEVNULL)
    total = collections.Counter()
    for line in out.read_text().splitlines():
        name, count = line.rsplit(" ", 1)
        total[name] += int(count)
    return total


def per_inference(library, program, model, cpu, runs, folder):
    once, twice = (counts(library, program, model, cpu, n, folder) for n in (runs, 2 * runs))
    return {name: (twice[name] - once[name]) / runs / 1e6 for name in twice}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", help="edgeinfer for aarch64; with a symbol table, functions have names")
    parser.add_argument("models", nargs="+", type=pathlib.Path)
    parser.add_argument("--cpu", action="append", help="default: cortex-a53, cortex-a72 and cortex-a76")
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--functions", type=int, default=0, metavar="N", help="also the N functions that take most")
    options = parser.parse_args()
    peer = json.loads((HERE / "litert.json").read_text())
    print("| model | core | million | LiteRT | ratio | loads, stores | SIMD | dot | integer multiply | branches |")
    print("| --- | --- | --: | --: | --: | --: | --: | --: | --: | --: |")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        library = plugin(folder)
        for model in options.models:
            for cpu in options.cpu or ["cortex-a53", "cortex-a72", "cortex-a76"]:
                count = per_inference(library, options.program, model, cpu, options.runs, folder)
                theirs = peer.get(cpu, {}).get(model.stem)
                ratio = f"{theirs:.3f} | {count['total'] / theirs:.2f}" if theirs else "| "
                classes = " | ".join(f"{count[c]:.3f}" for c in ("memory", "simd", "dot", "multiply", "branch"))
                print(f"| {model.stem} | {cpu} | {count['total']:.3f} | {ratio} | {classes} |", flush=True)
                functions = sorted(((n, f) for f, n in count.items() if f[0] == "@"), reverse=True)
                for million, function in functions[:options.functions]:
                    print(f"    {million:9.4f} {100 * million / count['total']:5.1f} %  {function[1:]}")


if __name__ == "__main__":
    main()
