"""What may name objects and cannot be read makes a collection impossible."""

import json
from datetime import UTC, datetime

import pytest

from components.runtime.errors import InputError
from pipelines.store import collect as module
from pipelines.store.bucket import Listed
from pipelines.store.collect import collect
from pipelines.store.layout import object_key
from pipelines.store.studies import files_by_run
from tests.small_study import commit, git
from tests.store.filled_store import FilledStore, collected

FOLDER = {"model": {"weights": b"known", "vocabulary": b"words"}}


@pytest.fixture
def filled(store, store_folder, tmp_path, monkeypatch):
    """A store with a study, and the current folder a git checkout."""
    monkeypatch.setattr(module, "SECONDS_FOR_PODS", 0.0)
    filled = FilledStore(store, folder=store_folder, cache=tmp_path / "checkout/.dvc/cache")
    filled.entry_ = filled.run("train", FOLDER, run="run-1")
    filled.manifest = filled.entry_["outs"][0]["md5"]
    filled.age()
    (tmp_path / "checkout").mkdir(exist_ok=True)
    monkeypatch.chdir(tmp_path / "checkout")
    git(".", "init", "--quiet")
    return filled


@pytest.fixture
def plan(tmp_path):
    return tmp_path / "plan.json"


def commit_lock(root, entry):
    (root / "dvc.lock").write_text(json.dumps({"schema": "2.0", "stages": {"stage": entry}}))
    commit(root, "Run a stage")


def assert_refused(filled, plan, *words, **options):
    before = filled.kept()
    with pytest.raises(InputError) as refusal:
        collect(store=filled.url, plan=plan, **options)
    for word in words:
        assert word in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert not plan.exists()
    assert before <= filled.kept()


STAGE = "studies/run-1/stages/train.yaml"


@pytest.mark.parametrize(
    ("key", "content", "words"),
    [
        (STAGE, b"\xff\xfe", "UTF-8"),
        (STAGE, b"garbage", "expected a mapping"),
        (STAGE, b"schema: '2.0'\n", "found no outputs of train"),
        (STAGE, b"{schema: '2.0', stages: {train: {cmd: x}}}", "found no outputs of train"),
        (STAGE, b"{schema: '2.0', stages: {other: {cmd: x}}}", "found no outputs of train"),
        (STAGE, b"{stages: {train: {cmd: x, outs: [{path: y}]}}}", "expected path, md5 and size"),
        ("studies/run-1/data.dvc", b"", "mapping"),
        ("studies/run-1/data.dvc", b"outs: []", "no data"),
        ("studies/run-2/params.yaml", b"a: 1", "no study run-2"),
        ("studies/a b/params.yaml", b"a: 1", "letters, digits"),
        ("studies/stray", b"a: 1", "studies/stray: expected studies/<run>/<file>"),
    ],
)
def test_a_garbage_study_refuses_the_collection(filled, plan, key, content, words):
    (filled.folder / key).parent.mkdir(exist_ok=True)
    (filled.folder / key).write_bytes(content)
    assert_refused(filled, plan, words)
    assert_refused(filled, plan, words, skip_unreadable_history=True)


def test_a_study_whose_manifest_is_missing_refuses_the_collection(filled, plan, tmp_path):
    (filled.folder / object_key(filled.manifest)).unlink()
    filled.cache = tmp_path / "none"
    (tmp_path / "checkout" / ".dvc").rename(tmp_path / "elsewhere")
    assert_refused(filled, plan, "study run-1: model", filled.manifest, "push it where")
    assert_refused(filled, plan, filled.manifest, skip_unreadable_history=True)


@pytest.mark.parametrize("content", [b"", b"[]", b"garbage"])
def test_a_corrupt_manifest_refuses_the_collection(filled, plan, content):
    (filled.folder / object_key(filled.manifest)).write_bytes(content)
    assert_refused(filled, plan, "corrupt object", filled.manifest)
    assert_refused(filled, plan, "corrupt object", skip_unreadable_history=True)


def test_what_a_commit_names_stays_and_what_none_names_goes(filled, plan, tmp_path, capsys):
    root = tmp_path / "checkout"
    named = filled.run("named", {"scores": {"a": b"named"}})
    other = filled.run("other", {"scores": {"a": b"other"}})
    commit_lock(root, named)
    (root / "dvc.lock").unlink()
    commit(root, "Remove the lock")
    filled.age()
    collected(filled, plan, root=root)
    assert filled.holds(named)
    assert not filled.holds(other)
    assert "1 studies and 1 versions" in capsys.readouterr().out


def test_a_folder_of_the_history_is_read_from_the_cache_where_the_store_lacks_it(
    filled, plan, tmp_path
):
    root = tmp_path / "checkout"
    git(root, "init", "--quiet")
    (root / ".dvc" / "config").touch()
    (root / ".gitignore").write_text("/.dvc/cache\n/.dvc/tmp\n")
    named = filled.run("named", {"scores": {"a": b"named"}})
    commit_lock(root, named)
    (filled.folder / object_key(named["outs"][0]["md5"])).unlink()
    filled.age()
    before = filled.kept()
    collected(filled, plan, root=root)
    assert {key for key in before - filled.kept() if not key.startswith("runs/")} == set()


@pytest.mark.parametrize("damage", ["unlink", "truncate"])
def test_a_folder_of_the_history_that_is_nowhere_refuses_unless_told(
    filled, plan, tmp_path, capsys, damage
):
    root = tmp_path / "checkout"
    (root / ".dvc" / "config").touch()
    (root / ".gitignore").write_text("/.dvc/cache\n/.dvc/tmp\n")
    named = filled.run("named", {"scores": {"a": b"named"}})
    commit_lock(root, named)
    manifest = named["outs"][0]["md5"]
    (filled.folder / object_key(manifest)).unlink()
    cached = filled.cache / object_key(manifest)
    cached.write_bytes(b"") if damage == "truncate" else cached.unlink()
    filled.age()
    assert_refused(filled, plan, manifest, "--skip-unreadable-history")
    collected(filled, plan, root=root, skip_unreadable_history=True)
    assert "1 unreadable parts left out" in capsys.readouterr().out
    assert filled.holds(filled.entry_)


def test_a_version_of_the_history_that_is_garbage_refuses_unless_told(filled, plan, tmp_path):
    root = tmp_path / "checkout"
    (root / "dvc.lock").write_text("<<<<<<< HEAD")
    commit(root, "Commit a conflict")
    (root / "dvc.lock").unlink()
    commit(root, "Remove it")
    assert_refused(filled, plan, "dvc.lock of git blob", "--skip-unreadable-history")
    collect(store=filled.url, plan=plan, skip_unreadable_history=True)
    assert json.loads(plan.read_text())["skip_unreadable_history"] is True


def test_a_folder_marker_of_another_tool_is_no_study(filled):
    markers = [Listed(key, 0, datetime.now(UTC)) for key in ("studies/", "studies/run-1/")]
    listed = [*markers, *filled.bucket.listed("studies/")]
    assert list(files_by_run(listed)) == ["run-1"]
