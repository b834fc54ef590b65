"""Containers on this machine, through the command line of docker or podman."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from components.runtime.errors import InputError

LABEL = "matching-experts"  # on every container and network of ours
KILLED = 137  # 128 + SIGKILL
REMOVAL_SECONDS = 1.0  # a container that is removed is killed first


class Ended(StrEnum):
    """How a container ended, as shown to the user."""

    SUCCEEDED = "succeeded"
    FAILED = "exit code 1"  # Kubeflow's launcher maps every failure to 1
    KILLED = "killed (out of memory?)"
    OUT_OF_MEMORY = "out of memory"
    DELETED = "its pod was deleted"


@dataclass(frozen=True)
class Engine:
    """A container engine: its command line program, which may be podman under docker's name."""

    program: str
    is_podman: bool = False

    def call(self, *words: str, environment: Mapping[str, str] | None = None) -> str:
        """Runs a command of the engine, with variables besides ours; returns what it prints.

        Raises:
            InputError: The command failed; its last line says why.
        """
        done = subprocess.run(  # noqa: S603
            [self.program, *words],
            env={**os.environ, **(environment or {})},
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,  # Ctrl-C is ours
        )
        if done.returncode:
            why = done.stderr.strip().rpartition("\n")[2] or f"exit code {done.returncode}"
            raise InputError(f"{self.program} {words[0]}: {why}")
        return done.stdout.strip()

    def check_images(self, images: Iterable[str]) -> None:
        """Raises InputError where this machine lacks an image."""
        for image in images:
            try:
                self.call("image", "inspect", image)
            except InputError:
                raise InputError(f"no image {image}: build it (make images) or pull it") from None

    def run_to_end(
        self,
        image: str,
        command: Iterable[str],
        *,
        name: str,
        options: Iterable[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> Ended:
        """Runs a container with a cluster's restrictions, passes on its output, and removes it.

        Args:
            image: An image of this machine.
            command: The program and its arguments.
            name: The container's name.
            options: Further options of `docker run`.
            environment: Variables of the program; no command line shows their values.

        Raises:
            InputError: The engine created no container and has printed why.
        """
        strict = ["--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"]
        strict += ["--stop-signal=KILL", *(f"--env={key}" for key in environment or {})]
        if self.is_podman:  # by default it adds a line to /etc/passwd and writable folders
            strict += ["--passwd=false", "--read-only-tmpfs=false"]
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder) / "container"
            named = ["--name", name, "--label", LABEL, "--cidfile", str(made)]
            try:
                done = subprocess.run(  # noqa: S603
                    [self.program, "run", *named, *strict, *options, image, *command],
                    env={**os.environ, **(environment or {})},
                    cwd=folder,
                    check=False,
                    start_new_session=True,
                )
                if not made.exists():
                    raise InputError(f"{self.program} run: it created no container of {image}")
                return self._ended(name, done.returncode, folder=Path(folder))
            finally:
                self.remove(name)

    def remove(self, name: str) -> None:
        """Ends and removes a container, if there is one of this name."""
        with suppress(InputError):
            self.call("rm", "--force", name)

    def _ended(self, name: str, code: int, *, folder: Path) -> Ended:
        if code == KILLED:
            time.sleep(REMOVAL_SECONDS)
        try:
            oom_killed = self.call("container", "inspect", "--format", "{{.State.OOMKilled}}", name)
        except InputError:
            return Ended.DELETED
        if code != KILLED:
            return Ended.FAILED if code else Ended.SUCCEEDED
        # Podman's monitor writes a file in the folder that podman was called from.
        lacked_memory = oom_killed == "true" or (folder / "oom").exists()
        return Ended.OUT_OF_MEMORY if lacked_memory else Ended.KILLED


def find_engine() -> Engine:
    """The container engine of this machine: docker if it answers, else podman.

    Raises:
        InputError: None answers.
    """
    for program in filter(shutil.which, ("docker", "podman")):
        with suppress(InputError):
            Engine(program).call("info")
            return Engine(program, is_podman="podman" in Engine(program).call("--version"))
    raise InputError("no container engine answers, expected docker or podman (podman info)")
