"""Gets the published data of the original study that tests compare with: `make reference`."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from components.dataset.published_files import PARTICIPANTS, without_other_columns
from components.dataset.repository import Tree, opened_tree
from components.dataset.source import parse_source
from components.runtime.atomic import written_folder
from components.runtime.errors import InputError

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "reference"  # git ignores it
FOLDERS = (FOLDER, ROOT.parent / "shared" / "reference")  # where tests look, in this order
CHECKSUMS = ROOT / "tests" / "reference.sha256"
PUBLISHED = tuple(
    f"https://github.com/braingpt-lovelab/{name}"
    for name in ("brainbench_testcases", "brainbench_participant_data", "matching_experts")
)
SHOWN = 3  # missing files that an error names


def reference_folder() -> Path | None:
    """The folder of the published data; None where it has not been fetched."""
    return next((folder for folder in FOLDERS if folder.is_dir()), None)


def reference(*, sources: tuple[str, ...] = PUBLISHED, folder: Path = FOLDER) -> None:
    """Gets the published data that tests compare with.

    Files are recognised by their SHA-256 (`tests/reference.sha256`), wherever they lie in a source
    and whatever its revision is. Columns about the participants' persons are left out.

    Args:
        sources: Git repositories (URL, or URL#REVISION) or local folders that hold the files.
        folder: Folder to write them to, replaced as a whole.

    Raises:
        InputError: A source cannot be reached, or a file is in none of them.
    """
    wanted = expected()
    places: dict[str, list[str]] = {}
    for place, checksum in wanted.items():
        places.setdefault(checksum, []).append(place)
    with written_folder(folder) as partial:
        for source in sources:
            with opened_tree(parse_source(source)) as tree:
                for content in contents(tree):
                    for place in places.pop(hashlib.sha256(content).hexdigest(), []):
                        (partial / place).parent.mkdir(parents=True, exist_ok=True)
                        (partial / place).write_bytes(content)
        if missing := sorted(place for each in places.values() for place in each):
            more = f" and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
            raise InputError(
                f"{', '.join(missing[:SHOWN])}{more}: no file with the SHA-256 of"
                f" {CHECKSUMS.name} in {', '.join(sources)}"
            )
    print(f"{folder}: {len(wanted)} files of the original study")  # noqa: T201


def expected() -> dict[str, str]:
    """SHA-256 of every file, by its path in the folder."""
    lines = CHECKSUMS.read_text(encoding="utf-8").splitlines()
    return {place: checksum for checksum, place in (line.split("  ") for line in lines)}


def contents(tree: Tree) -> Iterator[bytes]:
    """The bytes of every file; of the participants' also without columns about their persons."""
    for path in tree.paths:
        content = tree.read(path)
        yield content
        if path.endswith(PARTICIPANTS):
            yield without_other_columns(content, where=path)


if __name__ == "__main__":
    from components.runtime.command_line import run

    run(reference)
