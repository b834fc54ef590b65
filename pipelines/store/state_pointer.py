"""The pointer to a stage's newest state: which objects of which pod are its files.

{"pod": "01234...", "files": {"run/update-1/model": {"number": 0, "size": 9, "sha256": "..."}}}
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath

from pipelines.dvc.lock_entries import DamagedError

POD = re.compile("[0-9a-f]{16}")
DIGEST = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class Sent:
    """A file in the store: the number of its object, its size in bytes, its content's SHA-256."""

    number: int
    size: int
    sha256: str


Snapshot = Mapping[str, Sent]  # by path below `.state/`


def write_pointer(pod: str, snapshot: Snapshot) -> bytes:
    """A pointer's text.

    Args:
        pod: Whose objects they are.
        snapshot: The state's files.
    """
    files = {path: asdict(sent) for path, sent in snapshot.items()}
    return json.dumps({"pod": pod, "files": files}).encode()


def read_pointer(text: bytes) -> tuple[str, Snapshot]:
    """The pod and the files that a pointer names.

    Raises:
        DamagedError: It is none, or names files outside of the state.
    """
    try:
        found = json.loads(text)
        pod = found["pod"]
        snapshot = {path: Sent(**sent) for path, sent in found["files"].items()}
        whole = bool(snapshot and POD.fullmatch(pod)) and all(map(_is_whole, snapshot.items()))
    except (ValueError, AttributeError, TypeError, KeyError):
        whole = False
    if not whole:
        raise DamagedError("its pointer is damaged")
    return pod, snapshot


def _is_whole(file: tuple[str, Sent]) -> bool:
    path, sent = PurePosixPath(file[0]), file[1]
    is_inside = bool(path.parts) and not path.is_absolute() and ".." not in path.parts
    is_number = isinstance(sent.number, int) and isinstance(sent.size, int)
    return is_inside and is_number and bool(DIGEST.fullmatch(sent.sha256))
