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
FORMS = ("int8", "pruned")
MAXIMUM_BYTES = 1_500_000  # of a model file in the repository


@dataclasses.dataclass(frozen=True)
class Network:
    """What model.json says of a network.

    - title: one line for the table
    - float: the trained model, a file of the folder
    - data: the name of its data set, one of data.py
    - preprocessing: options for edgequant that say how a picture becomes the input
    - quantize, prune: further options of the two commands; prune says how much goes
    - retrained: instead of prune, the int8 file of models/ that was pruned and trained on
    - drop: percentage points that int8 may lose against float
    - source: "committed", or "train.py" if the float file is too large for the repository
    - labels: a file of the folder with a class name a line
    """

    name: str
    title: str
    float: str
    data: str
    preprocessing: list[str]
    quantize: list[str]
    prune: list[str] = dataclasses.field(default_factory=list)
    retrained: str | None = None
    drop: float = 0.3
    source: str = "committed"
    labels: str | None = None

    @property
    def folder(self) -> Path:
        return MODELS / self.name

    @property
    def build(self) -> Path:
        return BUILD / self.name

    def edge(self, form: str) -> Path:
        """Where one of FORMS is built; the first is committed under the same name where it is small."""
        return self.build / (f"{self.name}.edge" if form == "int8" else f"{self.name}-{form}.edge")

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


def committed_files() -> list[Path]:
    """Trained models and what was made of them, as far as they are in the repository."""
    folders = [*(network.folder for network in networks()), MODELS / "retrain"]
    files = [path for folder in folders for path in folder.iterdir() if path.suffix in (".tflite", ".onnx", ".edge")]
    return sorted(path for path in files if path.stat().st_size <= MAXIMUM_BYTES)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def command(*words: object) -> str:
    """As one types it."""
    return shlex.join(["edgequant", *map(str, words)])


def edgequant(*words: object) -> str:
    """Runs edgequant in the top folder, shows the command, and returns what it prints."""
    program = ROOT / ".build" / "release" / "edgequant"
    words = [str(word) for word in words]
    print("  " + command(*words), file=sys.stderr, flush=True)
    done = subprocess.run([program, *words], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"table.py: edgequant ended with {done.returncode}")
    return done.stdout
