"""The networks of this folder, as their model.json describe them, and where things are built."""

import dataclasses
import hashlib
import json
import shlex
import subprocess
import sys
from pathlib import Path

MODELS = Path(__file__).resolve().parent.parent
ROOT = MODELS.parent
BUILD = ROOT / ".build-models"
RESULTS = "results.json"


@dataclasses.dataclass(frozen=True)
class Network:
    """What model.json says of a network.

    - title: one line for the table
    - float: the trained model, a file of the folder
    - data: the name of its data set, one of data.py
    - preprocessing: options for edgequant that say how a picture becomes the input
    - quantize, prune: further options of the two commands; prune says how much goes
    - drop: percentage points that int8 may lose against float
    - source: "committed", or "train.py" if the float file is too large for the repository
    - int8: the .edge file of the folder, if it has one
    """

    name: str
    title: str
    float: str
    data: str
    preprocessing: list[str]
    quantize: list[str]
    prune: list[str]
    drop: float = 0.3
    source: str = "committed"
    labels: str | None = None

    @property
    def folder(self) -> Path:
        return MODELS / self.name

    @property
    def build(self) -> Path:
        return BUILD / self.name

    @property
    def options(self) -> list[str]:
        labels = ["--labels", relative(self.folder / self.labels)] if self.labels else []
        return [*labels, *self.preprocessing]

    def results(self) -> dict:
        path = self.folder / RESULTS
        return json.loads(path.read_text()) if path.exists() else {}

    def keep(self, results: dict) -> None:
        (self.folder / RESULTS).write_text(json.dumps(results, indent=1) + "\n")


def networks(names: list[str] | None = None) -> list[Network]:
    """Those of the given names, or all, smallest model file first."""
    found = {}
    for path in sorted(MODELS.glob("*/model.json")):
        found[path.parent.name] = Network(name=path.parent.name, **json.loads(path.read_text()))
    for name in names or []:
        if name not in found:
            raise SystemExit(f"table.py: no models/{name}/model.json; there are {', '.join(found)}")
    return [found[name] for name in names or found]


def relative(path: Path) -> str:
    """A path as one types it in the top folder of the repository."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def edgequant(*words: object) -> str:
    """Runs edgequant in the top folder, shows the command, and returns what it prints."""
    program = ROOT / ".build" / "release" / "edgequant"
    words = [str(word) for word in words]
    print("  " + shlex.join(["edgequant", *words]), file=sys.stderr, flush=True)
    done = subprocess.run([program, *words], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"table.py: edgequant ended with {done.returncode}")
    return done.stdout
