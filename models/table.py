#!/usr/bin/env python3
"""Measures the networks of this folder and draws the tables of README.md from what was measured.

  table.py                        all networks, everything
  table.py digits --only accuracy
  table.py --draw                 the tables alone, from the results.json of every network
  table.py --check                exit code 1 if the page is not what the results say, or they miss what is promised

Every network that has a model.json is taken: accuracy of the float model and of what edgequant quantize and prune make
of it, latency here beside LiteRT, instructions on emulated ARM cores. `make models-table` builds what this needs.
Commands are shown as they run.
"""

import argparse
import sys
from pathlib import Path

from measuring import accuracy, page, zoo

PARTS = ("accuracy", "latency", "instructions")


def measure(network: zoo.Network, parts: list[str], replay: bool) -> None:
    """Keeps each part's results as soon as they are there: some take long."""
    def keep(results: dict) -> None:
        network.keep(network.results() | results)

    if "accuracy" in parts:
        keep(accuracy.measure(network, replay))
    if "latency" in parts or "instructions" in parts:
        from measuring import speed  # which installs LiteRT

        if "latency" in parts:
            keep({"latency": speed.latency(network)})
        if "instructions" in parts:
            program = zoo.ROOT / ".build-aarch64-bench" / "edgeinfer"
            keep({"instructions": speed.count_instructions(network, program)})
    committed = network.folder / f"{network.name}.edge"
    if committed.exists() and committed.read_bytes() != network.edge("int8").read_bytes():
        print(f"  {zoo.relative(committed)} is not the file that was measured", file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NETWORK")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--replay", action="store_true", help="carry out the recipes of the last time again")
    parser.add_argument("--draw", action="store_true", help="measure nothing")
    parser.add_argument("--check", action="store_true", help="measure and write nothing")
    arguments = parser.parse_intermixed_args()
    for network in [] if arguments.draw or arguments.check else zoo.networks(arguments.names):
        print(network.title, file=sys.stderr)
        if not (network.folder / network.float).exists():
            print(f"  left out: {network.float} comes from models/{network.name}/train.py", file=sys.stderr)
            continue
        measure(network, arguments.only, arguments.replay)
    readme, sums = zoo.MODELS / "README.md", zoo.MODELS / "SHA256SUMS"
    drawn = {
        readme: page.draw(zoo.networks(), readme.read_text()),
        sums: "".join(f"{zoo.sha256(file)}  {file.relative_to(zoo.MODELS)}\n" for file in zoo.committed_files())}
    problems = page.broken_promises(zoo.networks())
    for path, text in drawn.items():
        if not arguments.check:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            problems.append(f"{zoo.relative(path)} is not what `models/table.py --draw` writes")
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
