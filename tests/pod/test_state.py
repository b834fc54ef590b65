"""The mirror of `.state/` always holds a whole state, and soon the newest."""

import json
import os
import shutil
import threading
import time
from pathlib import Path

import pytest
from s3transfer.manager import TransferConfig

from components.runtime.errors import InputError
from pipelines.dvc.remote import read_address
from pipelines.pod import state as module
from pipelines.pod.state import StateMirror
from pipelines.store import mirrored_state, retries
from pipelines.store.bucket import Bucket
from pipelines.store.connection import connect
from pipelines.store.mirrored_state import MirroredState
from tests.faulty_proxy import corrupts, refusal
from tests.processes import wait_for

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(module, "POLL_SECONDS", 0.02)
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.05)
    monkeypatch.setattr(retries, "LONGEST_PAUSE", 0.05)


def mirror(bucket, workspace):
    return StateMirror(bucket, workspace=workspace, stage="stage", key="key")


def write_state(workspace, texts):
    """Writes files as a stage does: beside their place, then renamed."""
    for name, text in texts.items():
        file = workspace / ".state" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_name(f"{file.name}.partial")
        partial.write_text(text)
        partial.replace(file)


def write_checkpoint(workspace, update):
    """Writes a checkpoint as training does: renamed when it is whole; then the old one goes."""
    run = workspace / ".state" / "run"
    before = list(run.glob("update-*"))
    partial = run / f"update-{update:03d}.partial"
    partial.mkdir(parents=True)
    for name in ("model", "optimizer", "progress"):
        (partial / name).write_text(f"{name} {update}")
    partial.rename(partial.with_suffix(""))
    for old in before:
        shutil.rmtree(old)


def update_of(workspace):
    """The newest checkpoint's number, if all of its files are of the same update."""
    newest = max((workspace / ".state" / "run").glob("update-*"))
    update = int(newest.name.removeprefix("update-"))
    texts = sorted(file.read_text() for file in newest.iterdir())
    assert texts == [f"{name} {update}" for name in ("model", "optimizer", "progress")]
    return update


def state(workspace):
    folder = workspace / ".state"
    files = [file for file in folder.rglob("*") if file.is_file()]
    return {file.relative_to(folder).as_posix(): file.read_text() for file in files}


def copy(mirror):
    """Copies a state as it is when a stage was stopped."""
    with pytest.raises(KeyboardInterrupt), mirror:
        raise KeyboardInterrupt


def meanwhile(monkeypatch, act):
    """Lets something happen after the upload of a state and before what follows it."""
    send = MirroredState.send

    def sent(self, bucket, files, **options):
        snapshot = send(self, bucket, files, **options)
        act()
        return snapshot

    monkeypatch.setattr(MirroredState, "send", sent)


def is_newest(pointer, update):
    """Whether a pointer names a checkpoint."""
    try:
        return f"run/update-{update:03d}/model" in json.loads(pointer.read_bytes())["files"]
    except (FileNotFoundError, ValueError):  # not there, or being written
        return False


def objects(store_folder):
    """The files of mirrored states in the store."""
    return [each for each in store_folder.glob("state/stage/key/*/*") if each.is_file()]


@pytest.mark.parametrize(
    "texts",
    [
        {"a": "1"},
        {"key/ä ö": "1", "key/b": "", "key/same": "1"},
        {"linked": "1" * (2 << 20), "in parts": "12345678" * (4 << 20) + "9"},
    ],
    ids=["one", "several", "large"],
)
def test_a_state_comes_back_without_what_is_not_finished_unless_there_is_one(
    bucket, tmp_path, texts
):
    half = {"update-2.partial/model": "half", "b.partial": "half"}
    write_state(tmp_path / "one", texts | half)
    copy(mirror(bucket, tmp_path / "one"))
    mirror(bucket, tmp_path / "two").restore()
    assert state(tmp_path / "two") == texts
    files = [each for each in (tmp_path / "two" / ".state").rglob("*") if each.is_file()]
    assert all(each.stat().st_mode & 0o200 for each in files)  # a journal goes on
    write_state(tmp_path / "two", {"own": "2"})
    mirror(bucket, tmp_path / "two").restore()
    assert state(tmp_path / "two") == texts | {"own": "2"}


def replace(workspace):
    write_state(workspace, {"a": "2", "b": "2"})


def write_on(workspace):
    (workspace / ".state" / "a").write_text("1, 2")


@pytest.mark.parametrize(
    ("limit", "change", "is_whole"),
    [(0, replace, True), (1 << 20, replace, True), (1 << 20, write_on, True), (0, write_on, False)],
    ids=["linked, replaced", "copied, replaced", "a journal that grows", "linked, written to"],
)
def test_what_changes_during_its_upload_is_copied_as_it_was_or_not_pointed_to(
    bucket, tmp_path, monkeypatch, limit, change, is_whole
):
    monkeypatch.setattr(module, "COPY_LIMIT", limit)
    write_state(tmp_path / "one", {"a": "1", "b": "1"})
    meanwhile(monkeypatch, lambda: change(tmp_path / "one"))
    copy(mirror(bucket, tmp_path / "one"))
    mirror(bucket, tmp_path / "two").restore()
    assert state(tmp_path / "two") == ({"a": "1", "b": "1"} if is_whole else {})


def test_a_checkpoint_that_is_half_removed_is_not_pointed_to(bucket, tmp_path, monkeypatch):
    write_state(tmp_path, {"run/update-001/progress": "what is left of it"})
    versions = StateMirror._versions

    def looked(self):
        """Looks, and the next checkpoint comes into its place, of which the look knows nothing."""
        found = versions(self)
        write_state(tmp_path, {"run/update-002/progress": "2"})
        return found

    monkeypatch.setattr(StateMirror, "_versions", looked)
    copy(mirror(bucket, tmp_path))
    assert bucket.read("state/stage/key.json") is None


def test_at_every_request_the_store_holds_a_whole_state_and_never_an_older_one(
    bucket, store_folder, tmp_path, monkeypatch, capsys
):
    """A pod may be killed at each of them. Old states are written over; a slow store is said."""
    restored, busy = [], threading.Lock()

    def restore(**_):
        with busy:
            shutil.rmtree(tmp_path / "two", ignore_errors=True)
            mirror(bucket, tmp_path / "two").restore()
            if restored or (tmp_path / "two" / ".state").exists():
                restored.append(update_of(tmp_path / "two"))

    def watched():
        client = connect()
        client.meta.events.register("before-send.s3.PutObject", restore)
        return client

    monkeypatch.setattr(module, "connect", watched)
    monkeypatch.setattr(module, "SLOW_UPLOAD_SECONDS", 0.0)
    pointer = store_folder / "state/stage/key.json"
    with mirror(bucket, tmp_path / "one"):
        for update in range(1, 8):
            write_checkpoint(tmp_path / "one", update)
            wait_for(lambda number=update: is_newest(pointer, number))
    assert restored == sorted(restored)
    assert set(restored) >= {1, 2, 3, 4, 5, 6}
    assert len(objects(store_folder)) <= 9  # of the pointer's checkpoint, one before, a new one
    assert capsys.readouterr().err.count("uploading the state takes") == 1


def test_only_what_changed_is_sent_also_after_a_restore(proxy, store, tmp_path):
    bucket = Bucket(read_address(store))
    write_state(tmp_path / "one", {"a": "1", "b": "1"})
    copy(mirror(bucket, tmp_path / "one"))
    second = mirror(bucket, tmp_path / "two")
    second.restore()
    proxy.requests.clear()
    with second:
        time.sleep(0.2)
        assert not proxy.requests
        for text in ("2", "3"):  # a pod has sent all of its files once
            before = bucket.read("state/stage/key.json")
            proxy.requests.clear()
            write_state(tmp_path / "two", {"b": text})
            wait_for(lambda before=before: bucket.read("state/stage/key.json") != before)
    sent = [path.rpartition("/")[2] for method, path in proxy.requests if method == "PUT"]
    assert len(set(sent)) == 2  # a request may be tried again
    assert sent[-1] == "key.json"


def test_two_pods_of_a_stage_write_over_nothing_of_each_other(bucket, store_folder, tmp_path):
    write_state(tmp_path / "one", {"a": "1"})
    write_state(tmp_path / "two", {"a": "2"})
    copy(mirror(bucket, tmp_path / "one"))
    copy(mirror(bucket, tmp_path / "two"))
    assert sorted(each.read_text() for each in objects(store_folder)) == ["1", "2"]
    mirror(bucket, tmp_path / "three").restore()
    assert state(tmp_path / "three") == {"a": "2"}


@pytest.mark.parametrize(
    ("content", "words"), [(None, "missing"), ("", "missing"), ("x", "corrupt")]
)
def test_a_state_with_a_damaged_file_is_not_used_and_left_where_it_is(
    bucket, store_folder, tmp_path, capsys, content, words
):
    write_state(tmp_path / "one", {"a": "1", "b": "2"})
    copy(mirror(bucket, tmp_path / "one"))
    (damaged,) = (each for each in objects(store_folder) if each.read_text() == "1")
    damaged.unlink() if content is None else damaged.write_text(content)
    mirror(bucket, tmp_path / "two").restore()
    assert f"mirrored state not used: 1 of its 2 files are {words}" in capsys.readouterr().err
    assert not list((tmp_path / "two").glob(".state*"))
    assert bucket.read("state/stage/key.json")


POINTER = '{"pod": "0123456789abcdef", "files": {"a": {"number": 0, "size": 1, "sha256": "%s"}}}'


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        *((POINTER, text) for text in ("", "\xff", "{}", "[]", '{"a": "0123456789abcdef"}')),
        ('{"a": {"number": 0, "size": 1, "sha256": "%s"}}', "{}"),
        ("0123456789abcdef", "../.."),
        ('"a"', '"../a"'),
        ("0,", '"x",'),
        ('"%s"', "1"),
    ],
)
def test_a_pointer_that_is_garbage_is_not_used(bucket, tmp_path, capsys, good, bad):
    assert good in POINTER
    text = POINTER.replace(good, bad).replace("%s", "0" * 64)
    bucket.write("state/stage/key.json", text.encode("latin-1"))
    mirror(bucket, tmp_path).restore()
    assert "mirrored state not used: its pointer is damaged" in capsys.readouterr().err


def test_what_the_network_corrupts_is_fetched_again(proxy, store, tmp_path):
    bucket = Bucket(read_address(store))
    write_state(tmp_path / "one", {"a": "1"})
    copy(mirror(bucket, tmp_path / "one"))
    proxy.spoil(corrupts, method="GET", path="/0", times=1)
    mirror(bucket, tmp_path / "two").restore()
    assert proxy.met.is_set()
    assert state(tmp_path / "two") == {"a": "1"}


def test_a_folder_that_goes_while_it_is_listed_is_no_fault_of_the_store(
    store, tmp_path, monkeypatch, capsys
):
    list_folder = os.scandir

    def remove_and_list(folder):
        if str(folder).endswith("/old"):
            Path(folder, "model").unlink(missing_ok=True)
            Path(folder).rmdir()
        return list_folder(folder)

    bucket = Bucket(read_address(store))
    write_state(tmp_path / "one", {"new/model": "2", "old/model": "1"})
    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", remove_and_list)
        copy(mirror(bucket, tmp_path / "one"))
    assert "state not mirrored" not in capsys.readouterr().err
    mirror(bucket, tmp_path / "two").restore()
    assert state(tmp_path / "two") == {"new/model": "2"}


def test_the_stage_goes_on_without_the_store_and_the_newest_state_is_mirrored_then(
    server, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    bucket = Bucket(read_address("s3://bucket/store"))
    pointer = server.folder / "bucket/store/state/stage/key.json"
    with mirror(bucket, tmp_path / "one"):
        write_checkpoint(tmp_path / "one", 1)
        wait_for(lambda: is_newest(pointer, 1))
        capsys.readouterr()  # on a busy machine, a first request may have failed already
        server.stop()
        for update in range(2, 7):
            write_checkpoint(tmp_path / "one", update)
            time.sleep(0.1)
        assert is_newest(pointer, 1)
        server.start()
        wait_for(lambda: any(is_newest(pointer, update) for update in range(2, 7)))
        assert is_newest(pointer, 6)
        wait_for(lambda: not list((tmp_path / "one" / ".dvc").glob("state/*")))
    *_, refused, back = lines = capsys.readouterr().err.splitlines()
    assert [each for each in lines if "state not mirrored, stage continues" in each] == [refused]
    assert "Connection refused" in refused
    assert "state mirrored again after" in back


def test_the_last_copy_of_a_failed_stage_and_the_restore_wait_for_the_store(
    server, tmp_path, monkeypatch
):
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    bucket = Bucket(read_address("s3://bucket/store"), connect(wait=30))
    write_checkpoint(tmp_path / "one", 1)
    server.go_away(0.5)
    copy(mirror(bucket, tmp_path / "one"))
    server.go_away(0.5)
    mirror(bucket, tmp_path / "two").restore()
    assert update_of(tmp_path / "two") == 1


def test_a_store_that_refuses_costs_a_line_and_not_the_stage_unless_it_is_asked_for_a_state(
    proxy, store, tmp_path, capsys
):
    bucket = Bucket(read_address(store))
    write_state(tmp_path, {"a": "1"})
    proxy.spoil(refusal(403, "AccessDenied"), method="PUT")
    with mirror(bucket, tmp_path):
        wait_for(lambda: len(proxy.requests) > 3)
    (line,) = capsys.readouterr().err.splitlines()
    assert "state not mirrored, stage continues" in line
    assert "PutObject is not allowed" in line
    proxy.spoil(refusal(403, "AccessDenied"), method="GET")
    with pytest.raises(InputError, match="GetObject is not allowed"):
        mirror(bucket, tmp_path / "new").restore()


def test_a_stage_that_is_done_does_not_wait_for_its_state(bucket, tmp_path, monkeypatch):
    begun = threading.Event()
    read = mirrored_state.HashedReader.read

    def slow(self, amount=-1):
        begun.set()
        time.sleep(0.3)
        return read(self, amount)

    monkeypatch.setattr(mirrored_state.HashedReader, "read", slow)
    small = TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20)
    monkeypatch.setattr(mirrored_state, "TRANSFER", small)
    write_state(tmp_path, {"a": "1" * (50 << 20)})
    with mirror(bucket, tmp_path):
        assert begun.wait(10)
        start = time.monotonic()
    assert time.monotonic() - start < 2  # of three
    assert bucket.read("state/stage/key.json") is None


def test_a_state_that_is_kept_is_copied_after_the_stage_and_serves_the_next(bucket, tmp_path):
    given = {"bucket": bucket, "stage": "tag", "key": "kept", "kept": True}
    with StateMirror(workspace=tmp_path / "first", **given):
        write_state(tmp_path / "first", {"journal/answers": "axon, yes"})
    StateMirror(workspace=tmp_path / "second", **given).restore()
    assert (tmp_path / "second" / ".state" / "journal" / "answers").read_text() == "axon, yes"
