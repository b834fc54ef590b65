"""The files of a git repository, read with the git command."""

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from components.dataset.source import Source
from components.dataset.tree import Tree, folder_tree
from components.runtime.errors import InputError, without_credentials

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


@contextmanager
def opened_tree(source: Source) -> Iterator[Tree]:
    """The files of a source, for the duration of the block.

    A local folder without a revision is read as it is, repository or not, uncommitted changes
    included. A remote repository, a bare one and a local one with a revision are read at a commit;
    no checkout changes their bytes.

    Args:
        source: URL of a git repository, or a local folder.

    Raises:
        InputError: There is no such repository, it cannot be reached, it has no such revision, or
            git is not installed.
    """
    folder = source.folder
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="originals-") as scratch:
            yield _tree(Path(scratch), _fetch(source, Path(scratch)), source)
    elif _is_bare(folder):
        yield _tree(folder, source.revision or "HEAD", source)
    elif source.revision is None:
        yield folder_tree(folder, where=str(source))
    elif (folder / ".git").exists():
        yield _tree(folder / ".git", source.revision, source)
    else:
        raise InputError(
            f"no git repository at {source.address}: a plain folder has no revision"
            f" {source.revision}"
        )


def _is_bare(folder: Path) -> bool:
    return (folder / "HEAD").is_file() and (folder / "objects").is_dir()


def _fetch(source: Source, git_dir: Path) -> str:
    """Fetches a revision into a new bare repository and returns its name there."""
    if not REMOTE.match(source.address):
        raise InputError(f"no folder and no URL of a git repository: {source}")
    _git(git_dir, "init", "--quiet", "--bare").check_returncode()
    ask = partial(_git, git_dir, protocols=NETWORK)
    try:
        answer = ask("ls-remote", "--", source.address, "HEAD", timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        raise InputError(f"cannot get {source}: no answer in {TIMEOUT} seconds") from None
    if answer.returncode:
        raise InputError(f"no git repository that can be read at {source}: {_error_line(answer)}")
    revision = source.revision or "HEAD"
    if not ask("fetch", "--depth=1", "--", source.address, revision).returncode:
        return "FETCH_HEAD"
    # A server gives a commit by its full id only; all are needed to look up an abbreviated one.
    everything = ("refs/heads/*:refs/heads/*", "refs/tags/*:refs/tags/*")
    answer = ask("fetch", "--", source.address, *everything)
    if answer.returncode:
        raise InputError(f"cannot get {source}: {_error_line(answer)}")
    return revision


def _tree(git_dir: Path, revision: str, source: Source) -> Tree:
    answer = _git(git_dir, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    if answer.returncode and source.revision is None:
        raise InputError(f"no commit in the repository {source}")
    address = without_credentials(source.address)
    if answer.returncode:
        raise InputError(
            f"no revision {source.revision} in {address}: expected a branch, a tag or a commit"
        )
    commit = answer.stdout.decode().strip()
    listing = _git(git_dir, "ls-tree", "-r", "-z", "--full-tree", commit)
    if listing.returncode:
        raise InputError(f"cannot read {source}: {_error_line(listing)}")
    blobs = {}
    for entry in listing.stdout.decode("utf-8", "replace").split("\0")[:-1]:
        properties, _, path = entry.partition("\t")
        mode, _, blob = properties.split()
        if mode.startswith("100"):  # a regular file, neither a link nor a submodule
            blobs[path] = blob

    def read(path: str) -> bytes:
        content = _git(git_dir, "cat-file", "blob", blobs[path])
        if content.returncode:
            raise InputError(f"cannot read {path} of {source}: {_error_line(content)}")
        return content.stdout

    return Tree(f"{address} at commit {commit[:12]}", commit, tuple(blobs), read)


def _git(
    git_dir: Path, *arguments: str, protocols: str = NONE, timeout: float | None = None
) -> subprocess.CompletedProcess[bytes]:
    # --git-dir keeps git from searching the parent folders and from refusing another user's.
    try:
        return subprocess.run(  # noqa: S603
            ["git", f"--git-dir={git_dir}", *arguments],  # noqa: S607
            env={**os.environ, **ENVIRONMENT, "GIT_ALLOW_PROTOCOL": protocols},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
    except FileNotFoundError:
        raise InputError("no command git on this machine: install git") from None


def _error_line(answer: subprocess.CompletedProcess[bytes]) -> str:
    """What git printed, in one line without user name, password or token."""
    return without_credentials(" ".join(answer.stderr.decode("utf-8", "replace").split()))
