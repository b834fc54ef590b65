"""Git commands, and every version of `dvc.lock` and `data.dvc` that git knows."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from components.runtime.errors import InputError
from pipelines.dvc.lock_entries import Output, data_outputs, outputs, read_entries, read_mapping

NAMES = ("dvc.lock", "data.dvc")


@dataclass(frozen=True)
class Version:
    """A version of `dvc.lock` or `data.dvc`: the file's name, where this version is, its bytes."""

    name: str
    where: str
    content: bytes

    def outputs(self) -> list[Output]:
        """The files and folders that it names.

        Raises:
            InputError: It has another form.
        """
        try:
            text = self.content.decode()
        except UnicodeDecodeError:
            raise InputError(f"{self.where}: found other bytes, expected text in UTF-8") from None
        if self.name == "data.dvc":
            return data_outputs(text, where=self.where)
        if (schema := str(read_mapping(text, where=self.where).get("schema"))) != "2.0":
            raise InputError(f"{self.where}: found schema {schema}, expected 2.0")
        entries = read_entries(text, where=self.where).values()
        return [each for entry in entries for each in outputs(entry, where=self.where)]


def git(
    root: Path, *arguments: str, env: dict[str, str] | None = None, check: bool = True
) -> bytes:
    """The output of a git command that runs in a folder.

    Raises:
        InputError: There is no git, or it fails and that is checked.
    """
    try:
        done = subprocess.run(  # noqa: S603
            ["git", *arguments],  # noqa: S607
            cwd=root,
            env={**os.environ, **(env or {})},
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise InputError("git: not found, expected it to be installed") from None
    if check and done.returncode:
        said = done.stderr.decode(errors="replace").strip() or f"exit code {done.returncode}"
        raise InputError(
            f"git {arguments[0]}: {said.splitlines()[0]}: expected a git checkout with a commit"
        )
    return done.stdout


def has_history(root: Path) -> bool:
    """Whether a folder is a git checkout, or in one."""
    place = root.absolute()
    return any((each / ".git").exists() for each in (place, *place.parents))


def versions(root: Path) -> list[Version]:
    """The versions in a folder, in git's index, and in all commits that git still knows.

    These are the commits of branches, tags, stashes and DVC's experiments, and what reflogs hold.
    Of a folder that is no git checkout only its own files count.

    Raises:
        InputError: git fails, or the clone is shallow and lacks its history.
    """
    files = [root / name for name in NAMES if (root / name).is_file()]
    found = [Version(file.name, str(file), file.read_bytes()) for file in files]
    return [*found, *(_past_versions(root) if has_history(root) else ())]


def _past_versions(root: Path) -> Iterator[Version]:
    if git(root, "rev-parse", "--is-shallow-repository").strip() != b"false":
        raise InputError(f"{root.absolute()}: a shallow clone: run git fetch --unshallow first")
    # --full-history: side branches of merges are followed too.
    reach = ("--all", "--reflog", "--full-history", "--objects")
    lines = git(root, "rev-list", *reach, "--", *NAMES).decode(errors="replace").splitlines()
    paths = dict(line.split(" ", 1) for line in lines if " " in line)
    for line in git(root, "ls-files", "--stage", "--", *NAMES).decode().splitlines():
        fields, path = line.split("\t", 1)
        paths[fields.split()[1]] = path
    for blob, path in paths.items():
        if (name := path.rpartition("/")[2]) in NAMES:  # else a folder above it
            content = git(root, "cat-file", "blob", blob)
            yield Version(name, f"{name} of git blob {blob[:12]}", content)
