"""A mirror of `.state/` in the store: what a killed pod's successor needs to go on."""

import os
import shutil
import sys
import threading
import time
from pathlib import Path
from typing import Self

from components.runtime.errors import InputError
from pipelines.dvc.lock_entries import DamagedError
from pipelines.store.bucket import Bucket
from pipelines.store.connection import connect
from pipelines.store.mirrored_state import Kept, MirroredState

SECONDS_BETWEEN_LOOKS = 1.0
SECONDS_AFTER_A_FAILURE = 10.0
SECONDS_BETWEEN_LINES = 60.0
SECONDS_TO_SEND = 20.0  # as much as components.training.checkpoint_interval leaves for it
COPIED = 1 << 20  # bytes; a file below may be a journal that grows, and is copied

Look = dict[Path, tuple[int, ...]]  # each file's inode, size and time of the last change


class StateMirror:
    """Copies a workspace's `.state/` into the store as it changes, beside the stage, and back.

    While the stage runs, a copy that fails is not insisted on: ten seconds later the newest state
    is copied instead. What is restored, and what is copied at the end, waits for the store as long
    as the bucket's client does.

    Args:
        bucket: The store.
        workspace: Where `.state/` is.
        stage: Name of the stage.
        key: The key of its code, parameters and inputs; another key's state is another state.
    """

    def __init__(self, bucket: Bucket, *, workspace: Path, stage: str, key: str) -> None:
        self._bucket, self._stage = bucket, stage
        self._folder = workspace / ".state"
        self._kept = workspace / ".dvc" / "state"
        self._state = MirroredState(stage=stage, key=key)
        self._seen: Look = {}
        self._failing_since: float | None = None
        self._next_line = 0.0
        self._was_slow = False
        self._over, self._given_up = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def restore(self) -> None:
        """Puts the newest mirrored state into `.state/`; what is there already stays.

        A mirrored state that is damaged is left where it is, and said so in a line: the stage
        then starts anew.

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
            _say(f"mirrored state not used: {error}")
            return
        if found:
            partial.replace(self._folder)
            self._seen = self._look()
            _say(f"going on from the state of {self._stage} in the store")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, _kind: object, error: object, _trace: object) -> None:
        if error is None:
            self._given_up.set()  # the stage is done: nobody needs its state
        self._over.set()
        self._thread.join()
        if error is not None:
            self._copy(self._bucket)

    def _run(self) -> None:
        impatient = Bucket(self._bucket.address, connect())
        while not self._over.wait(SECONDS_BETWEEN_LOOKS):
            if not self._copy(impatient):
                self._over.wait(SECONDS_AFTER_A_FAILURE)

    def _copy(self, bucket: Bucket) -> bool:
        """Copies the state if it has changed; what cannot be copied now is said.

        Returns:
            Whether the store was reached, if it was needed.
        """
        begun = time.monotonic()
        try:
            if (look := self._look()) and look != self._seen and self._copy_whole(look, bucket):
                self._seen = look
                self._say_mirrored()
                self._say_slow(time.monotonic() - begun)
        except (InputError, OSError) as error:
            if not self._given_up.is_set():
                self._say_failing(error)
            return False
        return True

    def _copy_whole(self, look: Look, bucket: Bucket) -> bool:
        """Copies the files that a look saw.

        What the stage replaces, removes or adds to during the upload is copied as it was.

        Returns:
            Whether the copy is whole: nothing changed while the files were kept, and no large one
            was written to during the upload.
        """
        shutil.rmtree(self._kept, ignore_errors=True)
        self._kept.mkdir(parents=True)
        try:
            kept = {
                file.relative_to(self._folder).as_posix(): Kept(self._keep(file, number), version)
                for number, (file, version) in enumerate(look.items())
            }
        except FileNotFoundError:
            return False
        if self._look() != look:
            return False
        before = [_version(each.place) for each in kept.values()]
        snapshot = self._state.send(bucket, kept, given_up=self._given_up)
        if [_version(each.place) for each in kept.values()] != before:
            return False
        self._state.point_to(bucket, snapshot)
        shutil.rmtree(self._kept)
        return True

    def _keep(self, file: Path, number: int) -> Path:
        """Keeps a file, also when the stage replaces or removes it."""
        place = self._kept / str(number)
        if file.stat().st_size < COPIED:
            shutil.copyfile(file, place)
        else:
            os.link(file, place)
        return place

    def _look(self) -> Look:
        """The finished files of the state."""
        found: Look = {}
        for file in sorted(self._folder.rglob("*")):
            if any(part.endswith(".partial") for part in file.relative_to(self._folder).parts):
                continue
            try:
                if file.is_file():
                    found[file] = _version(file)
            except FileNotFoundError:
                continue
        return found

    def _say_failing(self, error: Exception) -> None:
        """Says it at once, and then each minute."""
        now = time.monotonic()
        if self._failing_since is None:
            self._failing_since = self._next_line = now
        if now >= self._next_line:
            self._next_line = now + SECONDS_BETWEEN_LINES
            _say(f"state not mirrored, the stage goes on: {error}")

    def _say_slow(self, seconds: float) -> None:
        """Says it once: how often checkpoints are made allows for a quick store."""
        if seconds > SECONDS_TO_SEND and not self._was_slow:
            self._was_slow = True
            _say(f"the state takes {seconds:.0f} s to reach the store: a kill can cost that more")

    def _say_mirrored(self) -> None:
        if self._failing_since is not None:
            seconds = time.monotonic() - self._failing_since
            self._failing_since = None
            _say(f"state mirrored again after {seconds:.0f} seconds")


def _version(file: Path) -> tuple[int, ...]:
    status = file.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201
