"""What no known run needs goes; all else stays, whatever happens meanwhile."""

import json
import os
import signal
import subprocess
import sys

import pytest

from components.runtime.errors import InputError
from pipelines.store import collect as module
from pipelines.store.bucket import Bucket
from pipelines.store.collect import collect
from pipelines.store.layout import mark_key, object_key
from tests.small_study import ROOT, clone, dvc, store_command
from tests.store.filled_store import FilledStore, collected, key_of_record

KNOWN = {"model": {"weights": b"shared", "vocabulary": b"known"}, "scores": b"1"}
UNKNOWN = {"model": {"weights": b"shared", "vocabulary": b"unknown"}, "scores": b"2"}


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr(module, "SECONDS_FOR_PODS", 0.0)


@pytest.fixture
def filled(store, store_folder, tmp_path):
    """A store with one study and one run that no study knows, all of it old."""
    filled = FilledStore(store, folder=store_folder, cache=tmp_path / "cache")
    filled.run("train", KNOWN, run="run-1")
    filled.unknown = filled.run("test", UNKNOWN)
    filled.age()
    return filled


@pytest.fixture
def root(tmp_path):
    """A folder that is no checkout."""
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


@pytest.fixture
def plan(filled, root, tmp_path, monkeypatch):
    """A plan of what no known run needs; the current folder is no checkout."""
    monkeypatch.chdir(root)
    file = tmp_path / "plan.json"
    collect(store=filled.url, plan=file)
    return file


def execute(filled, plan):
    collect(store=filled.url, plan=plan, execute=True)


def planned(plan):
    return [each["key"] for each in json.loads(plan.read_text())["keys"]]


def going(filled):
    """The keys of the unknown run alone."""
    manifest, scores = (each["md5"] for each in filled.unknown["outs"])
    ids = [manifest, "ad921d60486366258809553a3db49a4a", scores]  # of b"unknown"
    return [key_of_record(filled.unknown), *map(object_key, ids)]


def test_a_plan_names_what_no_study_needs_records_and_manifests_first(filled, plan):
    record, manifest, *files = going(filled)
    assert planned(plan) == [record, manifest, *sorted(files)]


def test_a_plan_alone_deletes_nothing(filled, root, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(root)
    before = filled.kept()
    collect(store=filled.url, plan=tmp_path / "plan.json")
    assert filled.kept() == before
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].startswith("Needed by 1 studies and 0 versions")
    sizes = [(filled.folder / key).stat().st_size for key in going(filled)]
    assert [line.split()[:4] for line in shown[2:]][:4] == [
        ["records", "1", str(sizes[0]), "2"],
        ["manifests", "1", str(sizes[1]), "3"],
        ["files", "2", str(sizes[2] + sizes[3]), "6"],
        ["marks", "0", "0", "0"],
    ]


def test_a_collected_store_lets_every_study_be_pulled_byte_for_byte(filled, plan, tmp_path):
    before, keys = filled.pull(tmp_path / "before"), filled.kept()
    execute(filled, plan)
    assert filled.pull(tmp_path / "after") == before
    assert filled.kept() == keys - set(going(filled))


def test_a_second_collection_finds_nothing(filled, plan, capsys):
    execute(filled, plan)
    collect(store=filled.url, plan=plan)
    assert planned(plan) == []
    execute(filled, plan)
    assert "0 keys deleted" in capsys.readouterr().out


def test_what_is_young_stays(filled, root, tmp_path):
    filled.age(days=29)
    before = filled.kept()
    collected(filled, tmp_path / "plan.json", root=root)
    assert filled.kept() == before
    collected(filled, tmp_path / "plan.json", root=root, days=28)
    assert filled.kept() == before - set(going(filled))


@pytest.mark.parametrize("young", [0, 1], ids=["record", "manifest"])
def test_old_objects_that_something_young_names_stay(filled, root, tmp_path, young):
    filled.age(going(filled)[young], days=1)
    before = filled.kept()
    collected(filled, tmp_path / "plan.json", root=root)
    scores = filled.unknown["outs"][1]["md5"]
    gone = {key_of_record(filled.unknown), object_key(scores)} if young else set()
    assert filled.kept() == before - gone


def test_a_record_goes_when_any_of_its_objects_is_gone_already(filled, root, tmp_path):
    entry = filled.run("other", {"scores": b"3", "shared": b"shared"})
    filled.age()
    (filled.folder / object_key(entry["outs"][0]["md5"])).unlink()
    collected(filled, tmp_path / "plan.json", root=root)
    assert key_of_record(entry) not in filled.kept()
    assert all(map(filled.holds, filled.records()))


def test_an_old_record_of_needed_objects_stays(filled, root, tmp_path):
    entry = filled.run("other", {"scores": b"1"})
    filled.age()
    collected(filled, tmp_path / "plan.json", root=root)
    assert key_of_record(entry) in filled.kept()


def test_what_is_no_record_object_or_mark_is_never_planned(filled, root, tmp_path):
    others = ["state/train/x/" + "0" * 16 + "/0", "state/train/x.json", "check", "studies/run-1/x"]
    others += ["files/md5/ab/short", "files/other", "runs/ab/x", "corrupt/x", "filesystem"]
    for key in others:
        filled.bucket.write(key, content=b"")
    filled.age()
    collected(filled, tmp_path / "plan.json", root=root)
    assert set(others) <= filled.kept()


def test_marks_of_objects_that_are_gone_or_written_again_go(filled, root, tmp_path):
    needed = filled.put(b"1")
    gone, again, standing = "0" * 32, filled.put(b"shared"), needed
    for identifier in (gone, again, standing):
        filled.bucket.write(mark_key(identifier), content=b"")
    filled.age(days=50)
    filled.age(object_key(again), days=45)
    collected(filled, tmp_path / "plan.json", root=root)
    marks = {key for key in filled.kept() if key.startswith("corrupt/")}
    assert marks == {f"corrupt/{standing}"}


def test_a_plan_made_before_a_study_was_written_is_refused(filled, plan):
    filled.note("run-2", {"test": filled.unknown})
    before = filled.kept()
    with pytest.raises(InputError, match="a study was written since"):
        execute(filled, plan)
    assert filled.kept() == before


def test_a_plan_of_what_something_new_needs_is_refused(filled, plan):
    filled.run("another", UNKNOWN)
    before = filled.kept()
    with pytest.raises(InputError, match="is needed since the plan was made"):
        execute(filled, plan)
    assert filled.kept() == before


def test_a_plan_of_what_git_needs_meanwhile_is_refused(filled, plan, root):
    entries = {"schema": "2.0", "stages": {"test": filled.unknown}}
    (root / "dvc.lock").write_text(json.dumps(entries))
    with pytest.raises(InputError, match="is needed since the plan was made"):
        execute(filled, plan)


def test_what_was_written_again_since_is_left_alone(filled, plan, capsys):
    *_, last = going(filled)
    filled.age(last, days=35)
    execute(filled, plan)
    assert "1 keys changed since, left alone" in capsys.readouterr().err
    assert set(going(filled)) & filled.kept() == {last}


def test_a_study_that_comes_while_keys_are_deleted_ends_it(filled, plan, monkeypatch):
    def pause(_seconds):
        filled.note("run-2", {"test": filled.unknown})

    monkeypatch.setattr(module.time, "sleep", pause)
    with pytest.raises(InputError, match="a study was written meanwhile: 1 keys are deleted"):
        execute(filled, plan)
    assert filled.holds(filled.unknown)


def test_a_plan_for_another_store_is_refused(filled, plan, monkeypatch):
    with pytest.raises(InputError, match="a plan for s3://bucket/"):
        collect(store=f"{filled.url}-other", plan=plan, execute=True)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    with pytest.raises(InputError, match="expected .* at http://127.0.0.1:9"):
        execute(filled, plan)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"time": "2020-01-01T00:00:00+00:00"}, "more than a day off: make a new one"),
        ({"keys": [{"key": "studies/a/b", "size": 1, "modified": "2020-01-01"}]}, "studies/a/b"),
        ({"keys": [{}]}, "no plan of a collection"),
        ({"more": 1}, "no plan of a collection"),
    ],
)
def test_a_plan_that_does_not_hold_is_refused(filled, plan, change, words):
    plan.write_text(json.dumps(json.loads(plan.read_text()) | change))
    before = filled.kept()
    with pytest.raises(InputError, match=words):
        execute(filled, plan)
    assert filled.kept() == before


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "not JSON"])
def test_a_file_that_is_no_plan_is_refused(filled, plan, text):
    plan.write_text(text)
    with pytest.raises(InputError, match="no plan of a collection"):
        execute(filled, plan)


def test_negative_days_are_refused(filled, tmp_path):
    with pytest.raises(InputError, match="days"):
        collect(store=filled.url, plan=tmp_path / "plan.json", days=-1)


def test_wherever_it_is_killed_nothing_names_what_is_gone(filled, plan, tmp_path, monkeypatch):
    before, last = filled.pull(tmp_path / "before"), planned(plan)
    delete = Bucket.delete

    def die_later(bucket, keys):
        delete(bucket, keys)
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "BATCH", 1)
    monkeypatch.setattr(Bucket, "delete", die_later)
    for num_deleted in range(1, len(last) + 1):
        with pytest.raises(KeyboardInterrupt):
            execute(filled, plan)
        assert not set(last[:num_deleted]) & filled.kept()
        assert set(last[num_deleted:]) <= filled.kept()
        assert all(map(filled.holds, filled.records()))
    execute(filled, plan)
    assert filled.pull(tmp_path / "after") == before


KILLED = """
import os, signal, sys
from pathlib import Path
from pipelines.store import collect as module
from pipelines.store.collect import collect
module.SECONDS_FOR_PODS, module.BATCH = 0.0, 1
delete, left = Bucket.delete, [2]
def count(bucket, keys):
    delete(bucket, keys)
    left[0] -= 1
    left[0] or os.kill(os.getpid(), signal.SIGKILL)
Bucket.delete = count
collect(store=sys.argv[1], plan=Path(sys.argv[2]), execute=True)
"""


def test_after_a_kill_the_same_plan_or_a_new_one_goes_on(filled, plan, root, tmp_path):
    command = [sys.executable, "-c", KILLED, filled.url, str(plan)]
    done = subprocess.run(
        command, cwd=root, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert len(set(going(filled)) & filled.kept()) == 2
    collect(store=filled.url, plan=tmp_path / "new.json")
    assert planned(tmp_path / "new.json") == planned(plan)[2:]
    execute(filled, plan)
    assert not set(going(filled)) & filled.kept()


def test_more_keys_than_one_request_takes_are_deleted(filled, plan):
    for number in range(1100):
        place = filled.folder / object_key(f"{number:032x}")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    filled.age()
    collect(store=filled.url, plan=plan)
    assert len(planned(plan)) == 1104
    execute(filled, plan)
    assert len([key for key in filled.kept() if key.startswith("files/")]) == 6


def test_what_a_push_or_a_commit_knows_survives_and_dvc_pulls_it(
    study, store_folder, store, tmp_path, monkeypatch
):
    filled = FilledStore(store, folder=store_folder, cache=tmp_path / "none")
    dvc(study, "repro")
    store_command(study, "push", "--run", "mine")
    lock = (study / "dvc.lock").read_bytes()
    params = study / "params.yaml"
    params.write_text(params.read_text().replace("letter: b", "letter: x"))
    dvc(study, "repro", "count@b")
    dvc(study, "push", "--run-cache")
    known = {key for key in filled.kept() if not key.startswith("runs/")}
    monkeypatch.chdir(study)
    filled.age()
    collected(filled, tmp_path / "plan.json", root=study)
    assert {key for key in filled.kept() if not key.startswith("runs/")} == known
    (study / "dvc.lock").write_bytes(lock)
    collected(filled, tmp_path / "plan.json", root=study)
    assert len(known - filled.kept()) == 2  # the manifest and the metrics of count@b
    other = clone(study, tmp_path / "clone")
    (other / "dvc.lock").write_bytes(lock)
    dvc(other, "pull")
    assert "Running" not in dvc(other, "repro").stdout
    for name in ("report.html", "counts/b/metrics.json"):
        assert (other / "artifacts" / name).is_file()
