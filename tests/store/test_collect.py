"""What no known run needs is deleted; all else stays, whatever happens meanwhile."""

import json
import math
import shutil
from pathlib import Path

import pytest

from components.runtime.errors import InputError
from pipelines.store import collect as module
from pipelines.store.bucket import Bucket
from pipelines.store.collect import collect
from pipelines.store.layout import mark_key, object_key
from tests.s3_server import use_server
from tests.small_study import clone, commit, dvc, git
from tests.store.filled_store import FilledStore, collected, key_of_record

pytestmark = pytest.mark.slow

KNOWN = {"model": {"weights": b"shared", "vocabulary": b"known"}, "scores": b"1"}
UNKNOWN = {"model": {"weights": b"shared", "vocabulary": b"unknown"}, "scores": b"2"}
STAGE = "studies/run-1/stages/train.yaml"
DAY = "2020-01-01T00:00:00+00:00"


@pytest.fixture(autouse=True)
def root(tmp_path, monkeypatch):
    """The current folder, which is no checkout yet."""
    monkeypatch.setattr(module, "SECONDS_FOR_PODS", 0.0)
    root = tmp_path / "checkout"
    root.mkdir()
    monkeypatch.chdir(root)
    return root


@pytest.fixture(scope="module")
def filled_template(s3, tmp_path_factory):
    """What `filled` copies: the folders of the store and the cache, and both runs' entries."""
    endpoint, folder = s3
    with pytest.MonkeyPatch.context() as patch:
        use_server(patch, endpoint)
        place, cache = folder / "bucket" / "filled", tmp_path_factory.mktemp("filled")
        filled = FilledStore("s3://bucket/filled", folder=place, cache=cache)
        known, unknown = filled.run("train", KNOWN, run="run-1"), filled.run("test", UNKNOWN)
        filled.age()
    return filled, known, unknown


@pytest.fixture
def filled(empty, filled_template):
    """A store with one study and one run that no study knows, all of it old."""
    template, empty.known, empty.unknown = filled_template
    shutil.copytree(template.folder, empty.folder)
    shutil.copytree(template.cache, empty.cache)
    return empty


@pytest.fixture
def plan_file(tmp_path):
    return tmp_path / "plan.json"


@pytest.fixture
def plan(filled, plan_file):
    """A plan to delete what no known run needs."""
    collect(store=filled.url, plan=plan_file)
    return plan_file


def execute(filled, plan):
    collect(store=filled.url, plan=plan, execute=True)


def planned(plan):
    return [each["key"] for each in json.loads(plan.read_text())["keys"]]


def going(filled):
    """The keys of the unknown run alone."""
    manifest, scores = (each["md5"] for each in filled.unknown["outs"])
    ids = [manifest, "ad921d60486366258809553a3db49a4a", scores]  # of b"unknown"
    return [key_of_record(filled.unknown), *map(object_key, ids)]


def assert_refused(filled, plan, *words, **options):
    """Nothing is planned or deleted, and the one line names what is wrong."""
    before, is_new = filled.kept(), not plan.exists()
    with pytest.raises(InputError) as refusal:
        collect(store=filled.url, plan=plan, **options)
    for word in words:
        assert word in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert plan.exists() is not is_new
    assert before <= filled.kept()


def test_a_plan_names_what_no_study_needs_and_exactly_that_is_deleted(
    filled, plan_file, tmp_path, capsys
):
    before, keys = filled.pull(tmp_path / "before"), filled.kept()
    collect(store=filled.url, plan=plan_file)
    record, manifest, *files = going(filled)
    assert planned(plan_file) == [record, manifest, *sorted(files)]
    assert filled.kept() == keys
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].startswith("Needed by 1 studies and 0 versions")
    sizes = [(filled.folder / key).stat().st_size for key in going(filled)]
    assert [line.split()[:4] for line in shown[2:]][:4] == [
        ["records", "1", str(sizes[0]), "2"],
        ["manifests", "1", str(sizes[1]), "3"],
        ["files", "2", str(sizes[2] + sizes[3]), "6"],
        ["marks", "0", "0", "0"],
    ]
    execute(filled, plan_file)
    assert filled.pull(tmp_path / "after") == before
    assert filled.kept() == keys - set(going(filled))
    collect(store=filled.url, plan=plan_file)
    assert planned(plan_file) == []
    execute(filled, plan_file)
    assert "0 keys deleted" in capsys.readouterr().out


def test_what_is_young_stays(filled, plan_file, root):
    filled.age(days=29)
    before = filled.kept()
    collected(filled, plan_file, root=root)
    assert filled.kept() == before
    collected(filled, plan_file, root=root, days=28)
    assert filled.kept() == before - set(going(filled))


@pytest.mark.parametrize("young", [0, 1], ids=["record", "manifest"])
def test_old_objects_that_something_young_names_stay(filled, plan_file, root, young):
    filled.age(going(filled)[young], days=1)
    before = filled.kept()
    collected(filled, plan_file, root=root)
    scores = filled.unknown["outs"][1]["md5"]
    gone = {key_of_record(filled.unknown), object_key(scores)} if young else set()
    assert filled.kept() == before - gone


def test_a_record_stays_while_the_store_holds_all_its_objects(filled, plan_file, root):
    whole = filled.run("whole", {"scores": b"1"})
    broken = filled.run("broken", {"scores": b"3", "shared": b"shared"})
    filled.age()
    (filled.folder / object_key(broken["outs"][0]["md5"])).unlink()
    collected(filled, plan_file, root=root)
    assert key_of_record(whole) in filled.kept()
    assert key_of_record(broken) not in filled.kept()
    assert all(map(filled.holds, filled.records()))


def test_only_records_objects_and_marks_are_planned(filled, plan_file, root):
    others = ["state/train/x/" + "0" * 16 + "/0", "state/train/x.json", "check", "studies/run-1/x"]
    others += ["files/md5/ab/short", "files/other", "runs/ab/x", "corrupt/x", "filesystem"]
    for key in others:
        filled.bucket.write(key, content=b"")
    filled.age()
    collected(filled, plan_file, root=root)
    assert set(others) <= filled.kept()


def test_marks_of_objects_that_are_gone_or_written_again_are_deleted(filled, plan_file, root):
    needed = filled.put(b"1")
    gone, again, standing = "0" * 32, filled.put(b"shared"), needed
    for identifier in (gone, again, standing):
        filled.bucket.write(mark_key(identifier), content=b"")
    filled.age(days=50)
    filled.age(object_key(again), days=45)
    collected(filled, plan_file, root=root)
    marks = {key for key in filled.kept() if key.startswith("corrupt/")}
    assert marks == {f"corrupt/{standing}"}


def new_study(filled):
    filled.note("run-2", {"test": filled.unknown})


def new_record(filled):
    filled.run("another", UNKNOWN)


def new_lock(filled):
    Path("dvc.lock").write_text(json.dumps({"schema": "2.0", "stages": {"test": filled.unknown}}))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (new_study, "a study was written since"),
        (new_record, "is needed since the plan was made"),
        (new_lock, "is needed since the plan was made"),
        ({"time": DAY}, "more than a day off: make a new one"),
        ({"keys": [{"key": "studies/a/b", "size": 1, "modified": DAY}]}, "studies/a/b"),
        ({"more": 1}, "no plan of a collection"),
        ({"store": "s3://bucket/other"}, "a plan for s3://bucket/other"),
        ({"endpoint": "http://other"}, "a plan for"),
        ("not JSON", "no plan of a collection"),
    ],
)
def test_a_plan_that_does_not_hold_is_refused(filled, plan, change, words):
    if callable(change):
        change(filled)
    elif isinstance(change, dict):
        plan.write_text(json.dumps(json.loads(plan.read_text()) | change))
    else:
        plan.write_text(change)
    assert_refused(filled, plan, words, execute=True)


def test_what_was_written_again_since_is_left_alone(filled, plan, capsys):
    *_, last = going(filled)
    filled.age(last, days=35)
    execute(filled, plan)
    assert "1 keys changed since, left alone" in capsys.readouterr().err
    assert set(going(filled)) & filled.kept() == {last}


def test_a_study_that_is_written_meanwhile_ends_the_collection(filled, plan, monkeypatch):
    monkeypatch.setattr(module.time, "sleep", lambda _seconds: new_study(filled))
    with pytest.raises(InputError, match="a study was written meanwhile: 1 keys are deleted"):
        execute(filled, plan)
    assert filled.holds(filled.unknown)


@pytest.mark.parametrize("days", [-1, math.nan, math.inf, 1e6])
def test_days_of_which_there_is_no_date_are_refused(filled, plan_file, days):
    assert_refused(filled, plan_file, f"days: found {days}, expected 0 to 36,500", days=days)


def test_wherever_it_is_killed_no_reference_dangles_and_any_plan_goes_on(
    filled, plan, tmp_path, monkeypatch
):
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
        collect(store=filled.url, plan=tmp_path / "new.json")
        assert planned(tmp_path / "new.json") == last[num_deleted:]
    execute(filled, plan)
    assert filled.pull(tmp_path / "after") == before


@pytest.mark.parametrize(
    ("key", "content", "words"),
    [
        (STAGE, b"\xff\xfe", ["UTF-8"]),
        ("studies/run-1/data.dvc", b"outs: []", ["no data"]),
        ("studies/run-2/params.yaml", b"a: 1", ["no study run-2"]),
        ("studies/stray", b"a: 1", ["studies/stray: expected studies/<run>/<file>"]),
        (None, b"[]", ["corrupt object {manifest}"]),
        (None, None, ["study run-1: model: ", "no object {manifest}", "push it where"]),
    ],
)
def test_a_damaged_study_refuses_the_collection(filled, plan_file, key, content, words):
    manifest = filled.known["outs"][0]["md5"]
    file = filled.folder / (key or object_key(manifest))
    file.parent.mkdir(exist_ok=True)
    file.unlink() if content is None else file.write_bytes(content)
    words = [each.format(manifest=manifest) for each in words]
    for skip in (False, True):
        assert_refused(filled, plan_file, *words, skip_unreadable_history=skip)


@pytest.fixture
def history(filled, root):
    """A commit of a lock that names a folder of the store; the current folder is its checkout."""
    git(root, "init", "--quiet")
    (root / ".gitignore").write_text("/.dvc/cache\n/.dvc/tmp\n")
    named = filled.run("named", {"scores": {"a": b"named"}})
    (root / "dvc.lock").write_text(json.dumps({"schema": "2.0", "stages": {"stage": named}}))
    commit(root, "Run a stage")
    filled.age()
    (root / ".dvc").mkdir()
    filled.cache = filled.cache.rename(root / ".dvc" / "cache")
    return named


def test_what_a_commit_names_stays_and_what_none_names_is_deleted(
    filled, history, plan_file, root, capsys
):
    (root / "dvc.lock").unlink()
    commit(root, "Remove the lock")
    collected(filled, plan_file, root=root)
    assert filled.holds(history)
    assert not filled.holds(filled.unknown)
    assert "1 studies and 1 versions" in capsys.readouterr().out


@pytest.mark.parametrize("in_cache", ["whole", "truncated", "missing"])
def test_a_manifest_of_the_history_that_the_store_lacks_is_read_from_the_cache(
    filled, history, plan_file, root, capsys, in_cache
):
    (root / ".dvc" / "config").touch()
    manifest = history["outs"][0]["md5"]
    (filled.folder / object_key(manifest)).unlink()
    cached = filled.cache / object_key(manifest)
    if in_cache == "whole":
        member = object_key(filled.put(b"named"))
        filled.age(member)
        collected(filled, plan_file, root=root)
        assert member in filled.kept()
        return
    cached.unlink() if in_cache == "missing" else cached.write_bytes(b"")
    assert_refused(filled, plan_file, manifest, "--skip-unreadable-history")
    collected(filled, plan_file, root=root, skip_unreadable_history=True)
    assert "1 unreadable parts left out" in capsys.readouterr().out
    assert filled.holds(filled.known)


def test_a_damaged_version_of_the_history_refuses_the_collection_unless_skipped(
    filled, history, plan_file, root
):
    (root / "dvc.lock").write_text("<<<<<<< HEAD")
    commit(root, "Commit a conflict")
    (root / "dvc.lock").unlink()
    commit(root, "Remove it")
    assert_refused(filled, plan_file, "dvc.lock of git blob", "--skip-unreadable-history")
    collect(store=filled.url, plan=plan_file, skip_unreadable_history=True)
    assert json.loads(plan_file.read_text())["skip_unreadable_history"] is True


def test_dvc_pulls_after_a_collection_what_a_study_or_a_commit_names(
    finished, store, store_folder, tmp_path
):
    filled = FilledStore(store, folder=store_folder, cache=tmp_path / "none")
    lock = (finished / "dvc.lock").read_bytes()
    params = finished / "params.yaml"
    params.write_text(params.read_text().replace("letter: b", "letter: x"))
    dvc(finished, "repro", "count@b")
    dvc(finished, "push", "--run-cache")
    known = {key for key in filled.kept() if not key.startswith("runs/")}
    filled.age()
    collected(filled, tmp_path / "plan.json", root=finished)
    assert {key for key in filled.kept() if not key.startswith("runs/")} == known
    (finished / "dvc.lock").write_bytes(lock)
    collected(filled, tmp_path / "plan.json", root=finished)
    assert len(known - filled.kept()) == 2  # the manifest and the metrics of count@b
    other = clone(finished, tmp_path / "clone")
    (other / "dvc.lock").write_bytes(lock)
    dvc(other, "pull")
    assert "Running" not in dvc(other, "repro").stdout
    for name in ("report.html", "counts/b/metrics.json"):
        assert (other / "artifacts" / name).is_file()
