"""Draws the tables of README.md, between their marker comments, from the results of every network."""

from measuring.zoo import FORMS, Network, command, relative, sha256

Rows = list[list[str]]


def _table(header: list[str], rows: Rows) -> str:
    lines = [header, ["---"] + ["--:"] * (len(header) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _percent(top1: dict) -> str:
    return f"{100 * top1['value']:.2f} ({100 * top1['low']:.1f} to {100 * top1['high']:.1f})"


def _points(drop: dict) -> str:
    return f"{100 * drop['value']:+.2f} ({100 * drop['low']:+.2f} to {100 * drop['high']:+.2f})"


def _link(network: Network) -> str:
    return f"[{network.title}]({network.name})"


def accuracy(networks: list[Network]) -> str:
    rows = []
    for network in networks:
        for row in network.results().get("accuracy", []):
            data = row["data"].split("/data/")[-1]
            rows.append([
                network.name, f"{data}, {row['samples']:,}", *(_percent(row[form]) for form in ("float", *FORMS)),
                _points(row["drop"]), _points(row["pruned_drop"])])
    return _table(["network", "samples never trained on", "float, %", "int8, %", "pruned int8, %",
                   "int8 loses, points", "pruned loses, points"], rows)


def size(networks: list[Network]) -> str:
    rows = []
    for network in networks:
        sizes = network.results().get("sizes")
        if sizes:
            size, macs, peak = sizes["bytes"], sizes["macs"], sizes["peak"]
            rows.append([
                _link(network), network.source, f"{size['float']:,}", f"{size['int8']:,}",
                f"{size['pruned']:,} ({size['pruned'] / size['int8']:.0%})", f"{macs['int8']:,}",
                f"{macs['pruned']:,} ({macs['pruned'] / macs['int8']:.0%})", f"{peak['int8']:,}",
                f"{peak['pruned']:,}"])
    return _table(["network", "float model from", "float file, bytes", "int8 `.edge`", "pruned `.edge`", "MACs",
                   "pruned", "peak memory, bytes", "pruned"], rows)


def speed(networks: list[Network]) -> str:
    rows = []
    for network in networks:
        latency, counts = network.results().get("latency"), network.results().get("instructions")
        if latency and counts:
            for form in FORMS:
                time = latency[form]
                rows.append([
                    f"{network.name}, {form}", f"{time['ms']:.4f}", f"{time['litert_ms']:.4f}", f"{time['ratio']:.2f}",
                    *(f"{count:.3f}" for count in counts[form].values())])
    return _table(["network", "here, ms", "LiteRT, ms", "ratio", "A53, million instructions", "A72", "A76"], rows)


def machines(networks: list[Network]) -> str:
    """Where and when latency was measured: one line for each machine and version."""
    lines = {}
    for network in networks:
        latency = network.results().get("latency")
        if latency:
            line = f"{latency['date']}: {latency['machine']} " + "; ".join(latency["versions"]) + "."
            lines.setdefault(line, []).append(network.name)
    return "\n\n".join(f"{', '.join(names)}, {line}" for line, names in lines.items())


def commands(networks: list[Network]) -> str:
    """How each network's files were made, and its rows measured."""
    blocks = []
    for network in networks:
        results = network.results()
        if results:
            lines = list(results["commands"])
            for row in results["accuracy"]:
                lines += [command("compare", relative(network.folder / network.float), relative(network.edge(form)),
                                  "--data", row["data"]) for form in FORMS]
            blocks.append(f"{network.name}:\n\n```\n" + "\n".join(lines) + "\n```")
    return "\n\n".join(blocks)


DRAWN = {"accuracy": accuracy, "size": size, "speed": speed, "machines": machines, "commands": commands}


def draw(networks: list[Network], text: str) -> str:
    """The page with what stands between `<!-- table: NAME -->` and `<!-- end -->` drawn anew."""
    for name, table in DRAWN.items():
        start, end = f"<!-- table: {name} -->\n", "<!-- end -->"
        before, rest = text.split(start)
        text = before + start + "\n" + table(networks) + "\n\n" + end + rest.split(end, 1)[1]
    return text


def broken_promises(networks: list[Network]) -> list[str]:
    """What the results do not hold of what is asked of every network."""
    broken = []
    for network in networks:
        results = network.results()
        if not results:
            continue
        source = network.folder / network.float
        if source.exists() and sha256(source) != results["float_sha256"]:
            broken.append(f"{network.name}: {network.float} is not the file that was measured")
        row, sizes = results["accuracy"][0], results["sizes"]
        left = min(sizes[kind]["pruned"] / sizes[kind]["int8"] for kind in ("bytes", "macs"))
        for what, value, limit in (("int8 loses, points", 100 * row["drop"]["value"], network.drop),
                                   ("pruned loses, points", 100 * row["pruned_drop"]["value"], 1),
                                   ("pruned leaves, of bytes or MACs", left, 0.7),
                                   ("samples", -row["samples"], -2000)):
            if value > limit + 1e-9:
                broken.append(f"{network.name}: {what}: {abs(value):.2f}, the limit is {abs(limit)}")
    return broken
