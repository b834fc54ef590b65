"""Many files and large files, through pods."""

import json
import shutil
import sys

import pytest

from benchmarks.store import watched
from pipelines.dvc.lock_entries import outputs, read_entries
from pipelines.store import objects
from pipelines.store.objects import Objects
from tests.small_study import Pods

FEW, NUM_FILES = 50, 60  # objects up to which each is looked up, and more, which are listed
GIB = 1 << 30
LARGE, MEMORY = 7 * GIB // 16, 3 * GIB // 8

STAGES = """
  many:
    cmd: python -m components.many
    deps:
    - components/many.py
    outs:
    - artifacts/many
  sum:
    cmd: python -m components.sum
    deps:
    - components/sum.py
    - artifacts/many
    outs:
    - artifacts/sum
  large:
    cmd: python -m components.large
    deps:
    - components/large.py
    outs:
    - artifacts/large
  measure:
    cmd: python -m components.measure
    deps:
    - components/measure.py
    - artifacts/large
    outs:
    - artifacts/measure
"""

MODULES = {
    "many": f"""\
import pathlib
for number in range({NUM_FILES}):
    file = pathlib.Path(f"artifacts/many/{{number % 5}}/größe {{number}}.txt")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(str(number) if number else "")
""",
    "sum": """\
import json, pathlib
files = [file for file in pathlib.Path("artifacts/many").rglob("*") if file.is_file()]
pathlib.Path("artifacts/sum").mkdir()
found = {"files": len(files), "sum": sum(int(file.read_text() or 0) for file in files)}
pathlib.Path("artifacts/sum/metrics.json").write_text(json.dumps(found))
""",
    "large": f"""\
import pathlib
pathlib.Path("artifacts/large").mkdir(parents=True)
with open("artifacts/large/model.safetensors", "wb") as file:
    file.truncate({LARGE})
    file.seek(-5, 2)
    file.write(b"whole")
""",
    "measure": """\
import json, pathlib
file = pathlib.Path("artifacts/large/model.safetensors")
with file.open("rb") as content:
    content.seek(-5, 2)
    whole = content.read() == b"whole"
pathlib.Path("artifacts/measure").mkdir()
found = {"bytes": file.stat().st_size, "whole": int(whole)}
pathlib.Path("artifacts/measure/metrics.json").write_text(json.dumps(found))
""",
}


@pytest.fixture
def sizes(study, store, store_folder, tmp_path):
    """Pods of a study with stages that make and read many files, and a large one."""
    definition = study / "dvc.yaml"
    definition.write_text(definition.read_text() + STAGES)
    for name, text in MODULES.items():
        (study / "components" / f"{name}.py").write_text(text)
    pods = Pods(tmp_path / "sizes", image=study, url=store)
    yield pods
    for folder in (pods.folder, store_folder):
        shutil.rmtree(folder)


@pytest.fixture
def room(tmp_path):
    """Skips where the disk would be full."""
    if (free := shutil.disk_usage(tmp_path).free) < 2 * GIB:
        pytest.skip(f"{free / GIB:.1f} GiB of disk are free, this takes up to 2")


def metrics(pods, stage):
    """The metrics that a stage made, as the store holds them."""
    entry = read_entries(pods.entry(stage), where=stage)[stage]
    objects = Objects(pods.bucket)
    (output,) = outputs(entry, where=stage)
    (member,) = objects.members(output)
    return json.loads(objects.read(member.identifier))


def test_many_small_files_pass_from_pod_to_pod(sizes, monkeypatch):
    monkeypatch.setattr(objects, "FEW", FEW)
    sizes.start("many")
    sizes.start("sum")
    assert metrics(sizes, "sum") == {
        "files": NUM_FILES,
        "sum": NUM_FILES * (NUM_FILES - 1) // 2,
    }


@pytest.mark.usefixtures("room")
def test_a_file_passes_in_less_memory_than_its_size(sizes):
    for stage in ("large", "measure"):
        assert watched([sys.executable, *sizes.command(stage)]).memory < MEMORY
        shutil.rmtree(sizes.folder / stage / "workspace")
    assert metrics(sizes, "measure") == {"bytes": LARGE, "whole": 1}
