"""The files of a git repository, read by a library: git itself need not be installed."""

import re
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from components.dataset.source import Source
from components.dataset.tree import Tree, folder_tree
from components.runtime.errors import InputError
from components.runtime.network import reason, without_credentials

if TYPE_CHECKING:  # dulwich is imported where it is used: `demo` must start without it
    from dulwich.config import StackedConfig
    from dulwich.objects import Commit, ObjectID
    from dulwich.refs import Ref
    from dulwich.repo import Repo

TIMEOUT = b"15"  # seconds without an answer, unless the user's git configuration says otherwise
REMOTE = re.compile(r"(https?|ssh|git|git\+ssh)://|[\w.-]+@[\w.-]+:")


@contextmanager
def opened_tree(source: Source) -> Iterator[Tree]:
    """The files of a source while the block runs.

    A local folder without a revision is read as it lies, repository or not: what a person has
    just changed in it counts. A repository elsewhere, a bare one and a local one with a revision
    are read at a commit; no checkout changes their bytes.

    Args:
        source: URL of a git repository, or a local folder.

    Raises:
        InputError: There is no such repository, it cannot be reached, or it has no such revision.
    """
    if source.folder is not None and source.revision is None and not _is_bare(source.folder):
        yield folder_tree(source.folder, where=str(source))
        return
    with ExitStack() as stack:
        if source.folder is not None:
            repository = stack.enter_context(_local(source, source.folder))
            committish = (source.revision or "HEAD").encode()
        else:
            store = stack.enter_context(tempfile.TemporaryDirectory(prefix="originals-"))
            repository = stack.enter_context(_empty(Path(store)))
            committish = _fetch(source, repository)
        yield _tree(repository, _commit(repository, committish, source), source)


def _is_bare(folder: Path) -> bool:
    return (folder / "HEAD").is_file() and (folder / "objects").is_dir()


def _local(source: Source, folder: Path) -> "Repo":
    from dulwich.errors import NotGitRepository
    from dulwich.repo import Repo

    try:
        return Repo(str(folder))
    except NotGitRepository:
        raise InputError(
            f"no git repository at {source.address}: a plain folder has no revision"
            f" {source.revision}"
        ) from None


def _empty(folder: Path) -> "Repo":
    from dulwich.repo import Repo

    return Repo.init_bare(str(folder))


def _fetch(source: Source, repository: "Repo") -> bytes:
    """Copies the commits that a revision may mean and returns what to look up among them."""
    from dulwich.client import HTTPUnauthorized, get_transport_and_path
    from dulwich.errors import GitProtocolError, NotGitRepository

    if not REMOTE.match(source.address):
        raise InputError(f"no folder and no URL of a git repository: {source}")
    try:
        client, path = get_transport_and_path(source.address, config=_configuration(), quiet=True)
        refs = client.get_refs(path.encode()).refs
        named = _named(refs, source.revision)
        wants = [named] if named else _branches_and_tags(refs)
        client.fetch(
            path,
            repository,
            determine_wants=lambda _refs, depth=None: wants,  # noqa: ARG005
            depth=1 if named else None,
        )
    except (NotGitRepository, HTTPUnauthorized, ValueError):  # the last for any other page
        raise InputError(
            f"no public git repository at {source}: expected one, or a local clone of a private one"
        ) from None
    except (GitProtocolError, OSError) as error:
        raise InputError(f"cannot get {source}: {reason(error)}") from None
    return named or (source.revision or "HEAD").encode()


def _configuration() -> "StackedConfig":
    """The user's git configuration (proxy, certificates) above our own timeout."""
    from dulwich.config import ConfigFile, StackedConfig

    ours = ConfigFile()
    ours.set(b"http", b"timeout", TIMEOUT)
    return StackedConfig([*StackedConfig.default_backends(), ours])


def _named(refs: "Mapping[Ref, ObjectID | None]", revision: str | None) -> "ObjectID | None":
    """The object that a branch, tag or HEAD names; None for what can only be a commit."""
    from dulwich.refs import Ref

    name = (revision or "HEAD").encode()
    for ref in (b"refs/tags/" + name, b"refs/heads/" + name, name):
        if named := refs.get(Ref(ref)):
            return named
    return None


def _branches_and_tags(refs: "Mapping[Ref, ObjectID | None]") -> "list[ObjectID]":
    """Their objects, once each; hosts also list every pull request, which nobody asked for."""
    kept = (ref for ref in refs if ref.startswith((b"refs/heads/", b"refs/tags/")))
    return sorted({sha for ref in kept if not ref.endswith(b"^{}") and (sha := refs[ref])})


def _commit(repository: "Repo", committish: bytes, source: Source) -> "Commit":
    from dulwich.objectspec import AmbiguousShortId, parse_commit

    try:
        return parse_commit(repository, committish)
    except (KeyError, ValueError, AmbiguousShortId):
        if source.revision is None:
            raise InputError(f"no commit in the repository {source}") from None
        raise InputError(
            f"no revision {source.revision} in {without_credentials(source.address)}:"
            " expected a branch, a tag or a commit of one"
        ) from None


def _tree(repository: "Repo", commit: "Commit", source: Source) -> Tree:
    from dulwich.object_store import iter_tree_contents

    blobs = {
        entry.path.decode("utf-8", "replace"): entry.sha
        for entry in iter_tree_contents(repository.object_store, commit.tree)
        if entry.mode is not None and stat.S_ISREG(entry.mode)
    }
    revision = commit.id.decode()
    where = f"{without_credentials(source.address)} at commit {revision[:12]}"
    return Tree(where, revision, tuple(blobs), lambda path: repository[blobs[path]].as_raw_string())
