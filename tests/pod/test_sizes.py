"""Many files and large files, through pods."""

import json
import shutil
import sys

import pytest

from benchmarks.store import watched
from pipelines.store import objects
from pipelines.store.task_states import read_log
from tests.small_study import add_stage

FEW, NUM_FILES = 50, 60  # objects up to which each is looked up, and more, which are listed
GIB = 1 << 30
LARGE, MEMORY = 7 * GIB // 16, 3 * GIB // 8
MANY = f"""\
import pathlib
for number in range({NUM_FILES}):
    file = pathlib.Path(f"many/{{number % 5}}/größe {{number}}.txt")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(str(number) if number else "")
"""
SUM = """\
import json, pathlib
texts = [file.read_text() for file in pathlib.Path("many").rglob("*") if file.is_file()]
print(json.dumps({"files": len(texts), "sum": sum(int(text or 0) for text in texts)}))
pathlib.Path("made").touch()
"""
WRITE = f"""\
import pathlib
pathlib.Path("large").mkdir()
with open("large/model.safetensors", "wb") as file:
    file.truncate({LARGE})
    file.seek(-5, 2)
    file.write(b"whole")
"""
READ = """\
import json, pathlib
with pathlib.Path("large/model.safetensors").open("rb") as file:
    print(json.dumps({"bytes": file.seek(-5, 2) + 5, "end": file.read().decode()}))
pathlib.Path("made").touch()
"""


@pytest.fixture
def first_and_second(study):
    """Adds a stage that makes a folder, and one that reads it and prints what it finds."""

    def add(folder, *, make, read):
        add_stage(study, "first", make, outs=[folder])
        add_stage(study, "second", read, deps=[folder], outs=["made"])

    return add


def found(pods):
    """What the second stage has printed, as its log in the store has it."""
    lines = read_log(pods.bucket, pods.run, "second", attempt=1).splitlines()
    return json.loads(next(line for line in lines if line.startswith("{")))


def test_many_small_files_pass_from_pod_to_pod(first_and_second, pods, monkeypatch):
    monkeypatch.setattr(objects, "FEW", FEW)
    first_and_second("many", make=MANY, read=SUM)
    for stage in ("first", "second"):
        pods.start(stage)
    assert found(pods) == {"files": NUM_FILES, "sum": NUM_FILES * (NUM_FILES - 1) // 2}


def test_a_file_passes_in_less_memory_than_its_size(first_and_second, pods, store_folder, tmp_path):
    if (free := shutil.disk_usage(tmp_path).free) < 2 * GIB:
        pytest.skip(f"{free / GIB:.1f} GiB of disk are free, this takes up to 2")
    first_and_second("large", make=WRITE, read=READ)
    pods.write_study()
    for stage in ("first", "second"):
        command = [sys.executable, "-m", "pipelines.pod", "stage", *pods.flags(stage)]
        assert watched(command).memory < MEMORY
        shutil.rmtree(pods.folder / stage / "workspace")
    assert found(pods) == {"bytes": LARGE, "end": "whole"}
    shutil.rmtree(store_folder)
