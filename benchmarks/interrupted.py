"""A study for interrupted pods: many files, a large one, and work that resumes."""

import random
from pathlib import Path

from benchmarks.projects import make_project

NUM_STEPS = 20
DEFINITION = """\
stages:
  pieces:
    cmd: python -m components.pieces
    deps:
    - components/pieces.py
    - data
    outs:
    - artifacts/pieces
  search:
    cmd: python -m components.search
    deps:
    - components/search.py
    - data
    outs:
    - artifacts/search
  report:
    cmd: python -m components.report
    deps:
    - components/report.py
    - artifacts/pieces
    - artifacts/search
    outs:
    - artifacts/report
"""
MODULES = {
    "pieces": """\
import pathlib, random
print("running pieces")
out = pathlib.Path("artifacts/pieces")
out.mkdir(parents=True)
draw = random.Random(sum(len(file.read_bytes()) for file in pathlib.Path("data").iterdir()))
for number in range(300):
    (out / f"{number:03}").write_bytes(draw.randbytes(10_000))
(out / "large").write_bytes(draw.randbytes(40_000_000))
print("made pieces")
""",
    "search": f"""\
import hashlib, json, pathlib, time
print("running search")
state = pathlib.Path(".state/search.json")
found = json.loads(state.read_text()) if state.exists() else []
if found:
    print(f"resuming from step {{len(found)}}")
data = b"".join(file.read_bytes() for file in sorted(pathlib.Path("data").iterdir()))
while len(found) < {NUM_STEPS}:
    time.sleep(0.1)
    found.append(hashlib.sha256(data + str(found).encode()).hexdigest())
    print("step", len(found))
    state.parent.mkdir(exist_ok=True)
    partial = state.with_suffix(".partial")
    partial.write_text(json.dumps(found))
    partial.replace(state)
out = pathlib.Path("artifacts/search")
out.mkdir(parents=True)
(out / "metrics.json").write_text(json.dumps({{"found": len(found), "first": found[0]}}))
(out / "found.json").write_text(json.dumps(found))
print("made search")
""",
    "report": """\
import hashlib, pathlib
print("running report")
out = pathlib.Path("artifacts/report")
out.mkdir(parents=True)
files = sorted(pathlib.Path("artifacts").glob("[ps]*/*"))
lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()} {file.name}" for file in files]
(out / "report.txt").write_text("\\n".join(lines))
print("made report")
""",
}
STAGES = ("pieces", "search", "report")  # each after those that it reads


def make_interrupted(root: Path, *, url: str) -> Path:
    """The project in a folder, with its data in the cache; nothing has run."""
    return make_project(
        root, url=url, write_data=_write_data, definition=DEFINITION, modules=MODULES
    )


def _write_data(folder: Path) -> None:
    """Writes what the study starts from: a hundred small files, and a large one."""
    draw = random.Random(1)
    for number in range(100):
        (folder / f"{number:02}").write_bytes(draw.randbytes(5_000))
    (folder / "large").write_bytes(draw.randbytes(20_000_000))
