"""SHA-256 of files: the published ones', and whether a file is what it should be."""

import hashlib
from pathlib import Path

from components.runtime.errors import InputError

# Human-made and GPT-4-made cases of BrainBench v0.1
# (https://github.com/braingpt-lovelab/brainbench_testcases).
BRAINBENCH_V0_1 = (
    "a887d3e7242f8047fa53e44beaef121a46c781347fb126355a49f8b1228cc4c1",
    "ce64b4107fde3b66716cf4e7a34b5c9cfc1972f546aaa597573433fae80b6d81",
)


def checksums(folder: Path) -> dict[str, str]:
    """SHA-256 of each file in a folder, in hexadecimal digits, by name."""
    return {file.name: _sha256(file) for file in sorted(folder.iterdir())}


def verify(content: bytes, *, expected: str, where: str) -> None:
    """Returns when the content has the expected SHA-256.

    Args:
        content: The bytes of a file.
        expected: 64 hexadecimal digits.
        where: The file, for the error.

    Raises:
        InputError: The content has another SHA-256.
    """
    found = hashlib.sha256(content).hexdigest()
    if found != expected.lower():
        raise InputError(f"unexpected sha256 of {where}: found {found}, expected {expected}")


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
