#!/usr/bin/env python3
"""Model cycles of the kernels' inner loops by llvm-mca: cycles.py CLANG. Not times: no caches, no memory."""
import collections
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
KERNELS = ROOT / "Sources" / "CEdgeKernels"
# As `make aarch64` leaves it.
SYSROOT = ROOT / ".build-sdk" / "edge-aarch64-musl.artifactbundle" / "edge-aarch64-musl" / "sysroot"
# Multiply-accumulates of an instruction.
PRODUCTS = [(r"[su]dot\s", 16), (r"smu?lal?2?\s.*\.8h|smull2?\s.*\.8h", 8), (r"smlal2?\s.*\.4s", 4)]
SOURCES = {
    "gemm_neon.c": (["cortex-a53", "cortex-a72"], 2), "gemm_neondot.c": (["cortex-a76"], 1),
    "depthwise_3x3_neon.c": (["cortex-a53", "cortex-a72"], 1), "depthwise_3x3_neondot.c": (["cortex-a76"], 1),
}


def loops(assembly):
    """The basic blocks that branch to themselves."""
    label, body = None, []
    for line in assembly.splitlines():
        text = re.split(r"//", line)[0].strip()
        if match := re.match(r"(\.LBB\w+):", text):
            label, body = match[1], []
        elif text and not text.startswith((".", "#")):
            body.append(text)
            if re.match(r"(b\.\w+|cbn?z|tbn?z)\s.*" + re.escape(label or "?") + "$", text):
                yield list(body)


def products(body):
    return sum(next((n for pattern, n in PRODUCTS if re.match(pattern, line)), 0) for line in body)


def cycles(body, cpu):
    text = "\n".join(body[:-1]) + "\n"
    done = subprocess.run(
        ["llvm-mca", "-mtriple=aarch64-linux-gnu", f"-mcpu={cpu}", "-mattr=+dotprod", "-iterations=200"],
        input=text, capture_output=True, text=True, check=True)
    return float(re.search(r"Total Cycles:\s+(\d+)", done.stdout)[1]) / 200


def main():
    clang = sys.argv[1] if len(sys.argv) > 1 else "clang"
    print("| loop | core | multiply-accumulates | instructions | cycles | per cycle |")
    print("| --- | --- | --: | --: | --: | --: |")
    for source, (cpus, count) in SOURCES.items():
        assembly = subprocess.run(
            [clang, "--target=aarch64-linux-musl", f"--sysroot={SYSROOT}", "-O2", "-DNDEBUG", "-I", KERNELS / "include", "-S", "-o", "-",
             KERNELS / "arm" / source],
            capture_output=True, text=True, check=True).stdout
        found = collections.OrderedDict()
        for body in sorted(loops(assembly), key=lambda b: (products(b), -len(b)), reverse=True):
            found.setdefault((products(body), len([l for l in body if "sadalp" in l])), body)
        for body in list(found.values())[:count]:
            for cpu in cpus:
                spent = cycles(body, cpu)
                print(f"| {source} | {cpu} | {products(body)} | {len(body)} | {spent:.1f} | {products(body) / spent:.1f} |")


if __name__ == "__main__":
    main()
