"""The files of a git repository or a folder, in which a file is found by its name."""

import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from components.dataset.source import Source
from components.runtime.errors import InputError, without_credentials

SHOWN = 10  # files that an error lists at most
TIMEOUT = 30  # seconds in which a host must answer
REMOTE = re.compile(r"(https?|ssh|git|git\+ssh)://|[\w.-]+@[\w.-]+:")
# A local repository may be somebody else's: where an object is missing, its settings would have git
# fetch it by a command that they name.
NONE, NETWORK = "", "git:http:https:ssh"  # protocols
ENVIRONMENT = {  # no question for a password, and the end of a download that stalls for 60 seconds
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_HTTP_LOW_SPEED_LIMIT": "1",
    "GIT_HTTP_LOW_SPEED_TIME": "60",
}


@dataclass(frozen=True)
class Tree:
    """The files of a folder, or of a repository at one commit."""

    where: str  # source and commit, for errors
    revision: str | None  # the commit; None for a folder as it lies
    paths: tuple[str, ...]  # of every file, relative to the root, with forward slashes
    read: Callable[[str], bytes]  # gives the bytes of the file at a path

    def named(self, name: str) -> list[str]:
        """The paths of the files with this name."""
        return [path for path in self.paths if PurePosixPath(path).name == name]

    def content(self, name: str) -> bytes:
        """The bytes of the one file with this name; equal copies of it count as one.

        Raises:
            InputError: No file has this name, or several with different content have.
        """
        paths = self.named(name)
        contents = {self.read(path) for path in paths}
        if len(contents) == 1:
            return contents.pop()
        if contents:
            raise InputError(
                f"{len(paths)} files {name} in {self.where}, expected one: {', '.join(paths)}"
            )
        suffix = PurePosixPath(name).suffix
        alike = [path for path in self.paths if PurePosixPath(path).suffix == suffix]
        found = ", ".join(alike[:SHOWN]) or f"no {suffix} file"
        more = f" and {len(alike) - SHOWN} more" if len(alike) > SHOWN else ""
        raise InputError(f"no {name} in {self.where}: found {found}{more}")


@contextmanager
def opened_tree(source: Source) -> Iterator[Tree]:
    """The files of a source, for the duration of the block.

    A local folder without a revision is read as it is, repository or not, uncommitted changes
    included. A remote repository, a bare one and a local one with a revision are read at a commit;
    no checkout changes their bytes.

    Raises:
        InputError: There is no such repository, it cannot be reached, it has no such revision, or
            git is not installed.
    """
    folder = source.folder
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="originals-") as scratch:
            yield _commit_tree(Path(scratch), _fetch(source, Path(scratch)), source)
    elif (folder / "HEAD").is_file() and (folder / "objects").is_dir():  # a bare repository
        yield _commit_tree(folder, source.revision or "HEAD", source)
    elif source.revision is None:
        yield _folder_tree(folder, where=str(source))
    elif (folder / ".git").exists():
        yield _commit_tree(folder / ".git", source.revision, source)
    else:
        raise InputError(
            f"no git repository at {source.address}: a plain folder has no revision"
            f" {source.revision}"
        )


def _folder_tree(folder: Path, *, where: str) -> Tree:
    """The files of a local folder as they lie, without those of git itself."""
    paths: list[str] = []
    for place, folders, files in os.walk(folder):
        folders[:] = set(folders) - {".git"}
        paths += [(Path(place) / file).relative_to(folder).as_posix() for file in files]
    return Tree(where, None, tuple(sorted(paths)), lambda path: (folder / path).read_bytes())


def _fetch(source: Source, git_dir: Path) -> str:
    """Fetches a revision into a new bare repository and returns its name there."""
    if not REMOTE.match(source.address):
        raise InputError(f"no folder and no URL of a git repository: {source}")
    _git(git_dir, "init", "--quiet", "--bare", failure=f"cannot get {source}")
    failure = f"no git repository that can be read at {source}"
    ask = partial(_git, git_dir, protocols=NETWORK)
    try:
        ask("ls-remote", "--", source.address, "HEAD", timeout=TIMEOUT, failure=failure)
    except subprocess.TimeoutExpired:
        raise InputError(f"cannot get {source}: no answer in {TIMEOUT} seconds") from None
    revision = source.revision or "HEAD"
    if not ask("fetch", "--depth=1", "--", source.address, revision).returncode:
        return "FETCH_HEAD"
    # A server gives a commit by its full id only; all are needed to look up an abbreviated one.
    everything = ("refs/heads/*:refs/heads/*", "refs/tags/*:refs/tags/*")
    ask("fetch", "--", source.address, *everything, failure=f"cannot get {source}")
    return revision


def _commit_tree(git_dir: Path, revision: str, source: Source) -> Tree:
    """The files of a repository at a revision."""
    found = _git(git_dir, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    address = without_credentials(source.address)
    if found.returncode and source.revision is None:
        raise InputError(f"no commit in the repository {source}")
    if found.returncode:
        raise InputError(
            f"no revision {source.revision} in {address}: expected a branch, a tag or a commit"
        )
    commit = found.stdout.decode().strip()
    listed = ("ls-tree", "-r", "-z", "--full-tree", commit)
    listing = _git(git_dir, *listed, failure=f"cannot read {source}").stdout
    blobs = {}
    for entry in listing.decode("utf-8", "replace").split("\0")[:-1]:
        properties, _, path = entry.partition("\t")
        mode, _, blob = properties.split()
        if mode.startswith("100"):  # a regular file, neither a link nor a submodule
            blobs[path] = blob

    def read(path: str) -> bytes:
        failure = f"cannot read {path} of {source}"
        return _git(git_dir, "cat-file", "blob", blobs[path], failure=failure).stdout

    return Tree(f"{address} at commit {commit[:12]}", commit, tuple(blobs), read)


def _git(
    git_dir: Path,
    *arguments: str,
    protocols: str = NONE,
    timeout: float | None = None,
    failure: str | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Runs git; with `failure`, an error begins with it and ends with what git printed."""
    # --git-dir keeps git from searching the parent folders and from refusing another user's.
    try:
        answer = subprocess.run(  # noqa: S603
            ["git", f"--git-dir={git_dir}", *arguments],  # noqa: S607
            env={**os.environ, **ENVIRONMENT, "GIT_ALLOW_PROTOCOL": protocols},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
    except FileNotFoundError:
        raise InputError("no command git on this machine: install git") from None
    if failure and answer.returncode:
        said = " ".join(answer.stderr.decode("utf-8", "replace").split())
        raise InputError(f"{failure}: {without_credentials(said)}")
    return answer
