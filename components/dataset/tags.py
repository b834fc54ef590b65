"""The original study's tags of terms, as published: GPT-4's answers, a file a vocabulary."""

from pathlib import Path, PurePosixPath
from typing import Any

from components.dataset.checksums import checksums
from components.dataset.repository import opened_tree
from components.dataset.source import Source
from components.dataset.tree import Tree, check_readable
from components.formats.terms import ANSWERS, read_answers
from components.runtime.atomic import written_folder
from components.runtime.errors import InputError

SOURCE = (
    "https://github.com/braingpt-lovelab/matching_experts#4be2f0f737078bcea9773db876f4cd3113d22424"
)


def get_tags(source: Source, folder: Path) -> dict[str, Any]:
    """Writes the two files, bytes unchanged, and returns where they came from.

    Args:
        source: Repository or folder that holds files of the published names.
        folder: Folder of the tags, replaced as a whole.

    Raises:
        InputError: The source is unavailable, lacks a file, or has one in another form.
    """
    with opened_tree(source) as tree:
        if not write_tags(tree, folder):
            raise InputError(f"no {' and no '.join(ANSWERS.values())} in {tree.where}")
        return {"source": str(source), "revision": tree.revision, "sha256": checksums(folder)}


def write_tags(tree: Tree, folder: Path) -> bool:
    """Writes the two files of an opened source; whether it holds any.

    Raises:
        InputError: It holds one of them only, or one in another form.
    """
    if not {PurePosixPath(path).name for path in tree.paths} & {*ANSWERS.values()}:
        return False
    with written_folder(folder) as partial:
        for name in ANSWERS.values():
            (partial / name).write_bytes(tree.content(name))
            check_readable(partial / name, read_answers, where=f"{name} in {tree.where}")
    return True
