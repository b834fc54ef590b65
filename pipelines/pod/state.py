"""A mirror of `.state/` in the store, from which the next pod of a killed stage resumes."""

import contextlib
import os
import shutil
import threading
import time
from pathlib import Path
from typing import Self

from components.runtime.errors import InputError
from pipelines.dvc.lock_entries import DamagedError
from pipelines.pod.reporting import say
from pipelines.store.bucket import Bucket
from pipelines.store.connection import connect
from pipelines.store.mirrored_state import FrozenFile, MirroredState

POLL_SECONDS = 1.0
RETRY_SECONDS = 10.0
MESSAGE_SECONDS = 60.0
SLOW_UPLOAD_SECONDS = 20.0  # as much as components.training.checkpoint_interval leaves for it
COPY_LIMIT = 1 << 20  # bytes; a smaller file may be a journal that grows: it is copied, not linked

Versions = dict[Path, tuple[int, ...]]  # inode, size and time of the last change, by file


class StateMirror:
    """Copies a workspace's `.state/` into the store as it changes, beside the stage, and back.

    While the stage runs, a failed copy is not retried: ten seconds later the newest state is copied
    instead. The restore, and the copy at the end, wait for the store as long as the bucket's client
    does.

    Args:
        bucket: The store.
        workspace: Folder with `.state/`.
        stage: Name of the stage.
        key: Each key has a state of its own.
        kept: Whether the state is needed after the stage, and copied a last time then.
    """

    def __init__(
        self, bucket: Bucket, *, workspace: Path, stage: str, key: str, kept: bool = False
    ) -> None:
        self._bucket, self._stage, self._is_kept = bucket, stage, kept
        self._folder = workspace / ".state"
        self._frozen = workspace / ".dvc" / "state"  # links and copies of what is uploaded
        self._state = MirroredState(stage=stage, key=key)
        self._seen: Versions = {}
        self._failing_since: float | None = None
        self._next_line = 0.0
        self._was_slow = False
        self._over, self._given_up = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def restore(self) -> None:
        """Downloads the newest mirrored state into `.state/`, unless that exists.

        A damaged mirrored state is reported in a line and left where it is; the stage then starts
        from the beginning.

        Raises:
            InputError: The server is not reached or refuses.
            OSError: The disk is full.
        """
        if self._folder.exists():
            return
        partial = self._folder.with_name(".state.partial")
        try:
            found = self._state.fetch(self._bucket, partial)
        except DamagedError as error:
            shutil.rmtree(partial, ignore_errors=True)
            say(f"mirrored state not used: {error}")
            return
        if found:
            partial.replace(self._folder)
            self._seen = self._versions()
            say(f"resuming from the state of {self._stage} in the store")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, _kind: object, error: object, _trace: object) -> None:
        needed = error is not None or self._is_kept
        if not needed:
            self._given_up.set()
        self._over.set()
        self._thread.join()
        if needed:
            self._copy(self._bucket)

    def _run(self) -> None:
        impatient = Bucket(self._bucket.address, connect())
        while not self._over.wait(POLL_SECONDS):
            if not self._copy(impatient):
                self._over.wait(RETRY_SECONDS)

    def _copy(self, bucket: Bucket) -> bool:
        """Copies the state if it has changed; whether the store was reached, if it was needed."""
        begun = time.monotonic()
        try:
            versions = self._versions()
            if versions and versions != self._seen and self._copy_whole(versions, bucket):
                self._seen = versions
                self._say_copied(time.monotonic() - begun)
        except (InputError, OSError) as error:
            if not self._given_up.is_set():
                self._say_failing(error)
            return False
        return True

    def _copy_whole(self, versions: Versions, bucket: Bucket) -> bool:
        """Copies files in the versions that were seen; whether the copy is complete.

        A file that the stage replaces, removes or appends to during the upload is copied as it was.
        A copy is incomplete if something changed while the files were linked and copied, or a large
        file was written to during the upload.
        """
        shutil.rmtree(self._frozen, ignore_errors=True)
        self._frozen.mkdir(parents=True)
        files = {}
        for number, (file, version) in enumerate(versions.items()):
            place = self._frozen / str(number)
            try:
                copy = shutil.copyfile if file.stat().st_size < COPY_LIMIT else os.link
                copy(file, place)
            except FileNotFoundError:
                return False
            files[file.relative_to(self._folder).as_posix()] = FrozenFile(place, version)
        if self._versions() != versions:
            return False
        before = [_version(each.place) for each in files.values()]
        snapshot = self._state.send(bucket, files, given_up=self._given_up)
        if [_version(each.place) for each in files.values()] != before:
            return False
        self._state.point_to(bucket, snapshot)
        shutil.rmtree(self._frozen)
        return True

    def _versions(self) -> Versions:
        """The versions of the finished files of the state."""
        found: Versions = {}
        for folder, folders, names in os.walk(self._folder):  # leaves out a folder that is gone
            folders[:] = sorted(name for name in folders if not name.endswith(".partial"))
            for file in (Path(folder, name) for name in sorted(names)):
                with contextlib.suppress(FileNotFoundError):
                    if file.is_file() and not file.name.endswith(".partial"):
                        found[file] = _version(file)
        return found

    def _say_failing(self, error: Exception) -> None:
        """Prints it at once, and then once a minute."""
        now = time.monotonic()
        if self._failing_since is None:
            self._failing_since = self._next_line = now
        if now >= self._next_line:
            self._next_line = now + MESSAGE_SECONDS
            say(f"state not mirrored, stage continues: {error}")

    def _say_copied(self, seconds: float) -> None:
        """Prints that the store is back, and once that it is slower than checkpoints assume."""
        if self._failing_since is not None:
            since, self._failing_since = self._failing_since, None
            say(f"state mirrored again after {time.monotonic() - since:.0f} seconds")
        if seconds > SLOW_UPLOAD_SECONDS and not self._was_slow:
            self._was_slow = True
            say(f"uploading the state takes {seconds:.0f} s: a kill can lose that much more work")


def _version(file: Path) -> tuple[int, ...]:
    status = file.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns
