#!/usr/bin/env python3
"""Lists the functions that loading and running models calls, in the order of their first call:

  text-order.py NM EDGEQUANT X86-PROGRAM AARCH64-PROGRAM MODEL.tflite ... > edgeinfer.order

The linker puts these functions side by side (build.sh), so that of a program of a megabyte the system reads and maps a few hundred
kilobytes. A list that has grown old costs memory and start-up, nothing else: names that are no more are ignored, and functions that are
not in it follow those that are. `make text-order` builds what this needs and runs it.

NM reads the symbols of both programs. That for x86-64 runs here, under gdb, so that the kernels of this CPU are among the functions;
that for aarch64 is emulated, as a core with and one without dot products.
"""

import bisect
import json
import os
import subprocess
import sys
import tempfile

# What gdb does: a breakpoint at each function, which goes when it is met.
GDB = """
import gdb, os
first = []
class Entry(gdb.Breakpoint):
    def __init__(self, address):
        super().__init__("*%d" % address, internal=True)
        self.address = address
    def stop(self):
        first.append(self.address)
        self.enabled = False
        return False
for line in open(os.environ["ADDRESSES"]):
    Entry(int(line))
gdb.execute("run")
open(os.environ["ADDRESSES"], "w").write("\\n".join(map(str, first)))
"""


def functions(nm, program):
    """(address, names) by address."""
    names = {}
    for line in subprocess.run([nm, program], check=True, capture_output=True, text=True).stdout.splitlines():
        fields = line.split()
        if len(fields) == 3 and fields[1] in "tTwW" and not fields[2].startswith("$x"):
            names.setdefault(int(fields[0], 16), []).append(fields[2])
    return sorted(names.items())


def natively(program, arguments, table, work):
    script, addresses = os.path.join(work, "entries.py"), os.path.join(work, "addresses")
    with open(script, "w") as file:
        file.write(GDB)
    with open(addresses, "w") as file:
        file.write("\n".join(str(address) for address, _ in table))
    command = ["gdb", "-q", "-batch", "-x", script, "--args", program] + arguments
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=dict(os.environ, ADDRESSES=addresses))
    with open(addresses) as file:
        return [int(line) for line in file.read().split()]


def emulated(program, arguments, cpu, work):
    """The addresses of instructions in the order of their translation, which is that of their first execution."""
    log = os.path.join(work, "log")
    subprocess.run(
        ["qemu-aarch64-static", "-cpu", cpu, "-d", "in_asm", "-D", log, program] + arguments, check=True,
        stdout=subprocess.DEVNULL)
    with open(log, errors="replace") as file:
        return [int(line.split(":")[0], 16) for line in file if line.startswith("0x")]


def write_zeros(program, model):
    """A NumPy array, version 1, for the model's input."""
    info = subprocess.run([program, "info", "-m", model, "--format", "json"], check=True, capture_output=True)
    tensor = json.loads(info.stdout)["inputs"][0]
    code = {"float32": "<f4", "int8": "|i1", "uint8": "|u1"}[tensor["dtype"]]
    header = f"{{'descr': '{code}', 'fortran_order': False, 'shape': {tuple(tensor['shape'])}, }}"
    header += " " * (63 - (10 + len(header)) % 64) + "\n"
    path = model + ".npy"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + bytes(tensor["bytes"]))
    return path


def main():
    nm, edgequant, x86, aarch64, *models = sys.argv[1:]
    digits = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "models", "digits")
    listed = {}
    with tempfile.TemporaryDirectory() as work:
        commands = []
        for model in models:
            converted = os.path.join(work, os.path.basename(model) + ".edge")
            subprocess.run([edgequant, "convert", model, "-o", converted], check=True, stdout=subprocess.DEVNULL)
            zeros = write_zeros(x86, converted)
            commands.append(["run", "-t", "1", "-m", converted, "-i", zeros, "-o", work])
        commands.append(
            ["classify", "-t", "1", "-m", os.path.join(digits, "digits.edge"), os.path.join(digits, "samples")])
        runs = [(x86, lambda command, table: natively(x86, command, table, work))]
        for cpu in ["max", "cortex-a53"]:
            runs.append((aarch64, lambda command, table, cpu=cpu: emulated(aarch64, command, cpu, work)))
        for program, run in runs:
            table = functions(nm, program)
            starts = [address for address, _ in table]
            for command in commands:
                for address in run(command, table):
                    index = bisect.bisect_right(starts, address) - 1
                    if index >= 0:
                        listed.update(dict.fromkeys(table[index][1]))
    print("\n".join(listed))


main()
