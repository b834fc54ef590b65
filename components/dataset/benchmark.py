"""The benchmark's two files of cases, as published: made by humans, made by a machine."""

from pathlib import Path
from typing import Any

from components.dataset.checksums import checksums, verify
from components.dataset.repository import opened_tree
from components.dataset.source import Source
from components.dataset.tree import Tree, check_readable
from components.formats.cases import AUTHORS, read_cases
from components.runtime.atomic import written_folder

PUBLISHED = ("BrainBench_Human_v0.1.csv", "BrainBench_GPT-4_v0.1.csv")  # in AUTHORS' order


def get_benchmark(
    source: Source, folder: Path, *, sha256: tuple[str, str] | None
) -> dict[str, Any]:
    """Writes `human.csv` and `machine.csv`, bytes unchanged, and returns where they came from.

    Args:
        source: Repository or folder that holds files of the published names.
        folder: Folder of the cases, replaced as a whole.
        sha256: Checksums of both files, human-made cases first; None takes what is there.

    Raises:
        InputError: The source is unavailable, lacks a file, has one with another checksum, or one
            that is not in BrainBench's form.
    """
    with opened_tree(source) as tree:
        return write_benchmark(tree, folder, sha256=sha256) | {"source": str(source)}


def write_benchmark(tree: Tree, folder: Path, *, sha256: tuple[str, str] | None) -> dict[str, Any]:
    """Writes the two files of an opened source; arguments and errors as of `get_benchmark`."""
    with written_folder(folder) as partial:
        for position, (author, name) in enumerate(zip(AUTHORS, PUBLISHED, strict=True)):
            content, where = tree.content(name), f"{name} in {tree.where}"
            if sha256 is not None:
                verify(content, expected=sha256[position], where=where)
            file = partial / f"{author}.csv"
            file.write_bytes(content)
            check_readable(file, read_cases, where=where)
        return {
            "source": tree.where,
            "revision": tree.revision,
            "sha256": checksums(partial),
        }
