"""What no known run needs goes; all else stays, whatever happens meanwhile."""

import json
from datetime import UTC, datetime

import pytest

from components.runtime.errors import InputError
from pipelines.store import collect as module
from pipelines.store.bucket import Bucket, Listed
from pipelines.store.collect import collect
from pipelines.store.layout import mark_key, object_key
from pipelines.store.studies import files_by_run
from tests.small_study import clone, commit, dvc, git, store_command
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
        ({"more": 1}, "no plan of a collection"),
    ],
)
def test_a_plan_that_does_not_hold_is_refused(filled, plan, change, words):
    plan.write_text(json.dumps(json.loads(plan.read_text()) | change))
    before = filled.kept()
    with pytest.raises(InputError, match=words):
        execute(filled, plan)
    assert filled.kept() == before


@pytest.mark.parametrize("text", ["not JSON", "{}"])
def test_a_file_that_is_no_plan_is_refused(filled, plan, text):
    plan.write_text(text)
    with pytest.raises(InputError, match="no plan of a collection"):
        execute(filled, plan)


def test_negative_days_are_refused(filled, tmp_path):
    with pytest.raises(InputError, match="days"):
        collect(store=filled.url, plan=tmp_path / "plan.json", days=-1)


def test_wherever_it_is_killed_nothing_names_what_is_gone_and_any_plan_goes_on(
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


def test_more_keys_than_one_request_takes_are_deleted(filled, plan, monkeypatch):
    monkeypatch.setattr(module, "BATCH", 2)
    for number in range(5):
        filled.bucket.write(object_key(f"{number:032x}"), b"")
    filled.age()
    collect(store=filled.url, plan=plan)
    assert len(planned(plan)) == 9
    execute(filled, plan)
    assert len([key for key in filled.kept() if key.startswith("files/")]) == 6


@pytest.fixture
def checkout_store(store, store_folder, tmp_path, monkeypatch):
    """A store with a study, and the current folder a git checkout."""
    filled = FilledStore(store, folder=store_folder, cache=tmp_path / "checkout/.dvc/cache")
    filled.known = filled.run("train", KNOWN, run="run-1")
    filled.manifest = filled.known["outs"][0]["md5"]
    filled.age()
    monkeypatch.chdir(tmp_path / "checkout")
    git(".", "init", "--quiet")
    return filled


@pytest.fixture
def plan_file(tmp_path):
    return tmp_path / "plan.json"


def commit_lock(root, entry):
    (root / "dvc.lock").write_text(json.dumps({"schema": "2.0", "stages": {"stage": entry}}))
    commit(root, "Run a stage")


def assert_refused(checkout_store, plan_file, *words, **options):
    before = checkout_store.kept()
    with pytest.raises(InputError) as refusal:
        collect(store=checkout_store.url, plan=plan_file, **options)
    for word in words:
        assert word in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert not plan_file.exists()
    assert before <= checkout_store.kept()


STAGE = "studies/run-1/stages/train.yaml"


@pytest.mark.parametrize(
    ("key", "content", "words"),
    [
        (STAGE, b"\xff\xfe", "UTF-8"),
        ("studies/run-1/data.dvc", b"outs: []", "no data"),
        ("studies/run-2/params.yaml", b"a: 1", "no study run-2"),
        ("studies/stray", b"a: 1", "studies/stray: expected studies/<run>/<file>"),
    ],
)
def test_a_garbage_study_refuses_the_collection(checkout_store, plan_file, key, content, words):
    (checkout_store.folder / key).parent.mkdir(exist_ok=True)
    (checkout_store.folder / key).write_bytes(content)
    assert_refused(checkout_store, plan_file, words, skip_unreadable_history=True)


def test_a_study_whose_manifest_is_missing_refuses_the_collection(
    checkout_store, plan_file, tmp_path
):
    (checkout_store.folder / object_key(checkout_store.manifest)).unlink()
    (tmp_path / "checkout" / ".dvc").rename(tmp_path / "elsewhere")
    words = ("study run-1: model", checkout_store.manifest, "push it where")
    assert_refused(checkout_store, plan_file, *words)
    assert_refused(checkout_store, plan_file, *words, skip_unreadable_history=True)


def test_a_corrupt_manifest_refuses_the_collection(checkout_store, plan_file, tmp_path):
    (checkout_store.folder / object_key(checkout_store.manifest)).write_bytes(b"[]")
    (tmp_path / "checkout" / ".dvc").rename(tmp_path / "elsewhere")
    words = ("corrupt object", checkout_store.manifest)
    assert_refused(checkout_store, plan_file, *words, skip_unreadable_history=True)


def test_what_a_commit_names_stays_and_what_none_names_goes(
    checkout_store, plan_file, tmp_path, capsys
):
    root = tmp_path / "checkout"
    named = checkout_store.run("named", {"scores": {"a": b"named"}})
    other = checkout_store.run("other", {"scores": {"a": b"other"}})
    commit_lock(root, named)
    (root / "dvc.lock").unlink()
    commit(root, "Remove the lock")
    checkout_store.age()
    collected(checkout_store, plan_file, root=root)
    assert checkout_store.holds(named)
    assert not checkout_store.holds(other)
    assert "1 studies and 1 versions" in capsys.readouterr().out


def test_a_folder_of_the_history_is_read_from_the_cache_where_the_store_lacks_it(
    checkout_store, plan_file, tmp_path
):
    root = tmp_path / "checkout"
    git(root, "init", "--quiet")
    (root / ".dvc" / "config").touch()
    (root / ".gitignore").write_text("/.dvc/cache\n/.dvc/tmp\n")
    named = checkout_store.run("named", {"scores": {"a": b"named"}})
    commit_lock(root, named)
    (checkout_store.folder / object_key(named["outs"][0]["md5"])).unlink()
    checkout_store.age()
    before = checkout_store.kept()
    collected(checkout_store, plan_file, root=root)
    assert {key for key in before - checkout_store.kept() if not key.startswith("runs/")} == set()


@pytest.mark.parametrize("damage", ["unlink", "truncate"])
def test_a_folder_of_the_history_that_is_nowhere_refuses_unless_told(
    checkout_store, plan_file, tmp_path, capsys, damage
):
    root = tmp_path / "checkout"
    (root / ".dvc" / "config").touch()
    (root / ".gitignore").write_text("/.dvc/cache\n/.dvc/tmp\n")
    named = checkout_store.run("named", {"scores": {"a": b"named"}})
    commit_lock(root, named)
    manifest = named["outs"][0]["md5"]
    (checkout_store.folder / object_key(manifest)).unlink()
    cached = checkout_store.cache / object_key(manifest)
    cached.write_bytes(b"") if damage == "truncate" else cached.unlink()
    checkout_store.age()
    assert_refused(checkout_store, plan_file, manifest, "--skip-unreadable-history")
    collected(checkout_store, plan_file, root=root, skip_unreadable_history=True)
    assert "1 unreadable parts left out" in capsys.readouterr().out
    assert checkout_store.holds(checkout_store.known)


def test_a_version_of_the_history_that_is_garbage_refuses_unless_told(
    checkout_store, plan_file, tmp_path
):
    root = tmp_path / "checkout"
    (root / "dvc.lock").write_text("<<<<<<< HEAD")
    commit(root, "Commit a conflict")
    (root / "dvc.lock").unlink()
    commit(root, "Remove it")
    assert_refused(checkout_store, plan_file, "dvc.lock of git blob", "--skip-unreadable-history")
    collect(store=checkout_store.url, plan=plan_file, skip_unreadable_history=True)
    assert json.loads(plan_file.read_text())["skip_unreadable_history"] is True


def test_a_folder_marker_of_another_tool_is_no_study(checkout_store):
    markers = [Listed(key, 0, datetime.now(UTC)) for key in ("studies/", "studies/run-1/")]
    listed = [*markers, *checkout_store.bucket.listed("studies/")]
    assert list(files_by_run(listed)) == ["run-1"]


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
