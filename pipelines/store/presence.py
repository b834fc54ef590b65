"""Whether the store holds outputs whole."""

from collections.abc import Iterable, Mapping

from pipelines.store.lock_entries import Contents, Output
from pipelines.store.objects import DamagedError, Objects


def incomplete(
    outputs: Iterable[Output], *, objects: Objects, contents: Contents
) -> dict[Output, str]:
    """Outputs that the store does not hold whole, with what is wrong.

    A truncated file is found by its size, one within a folder by the folder's. That contents are
    what their ids say is known only when they are read.

    Args:
        outputs: Files and folders that lock entries name.
        objects: The store.
        contents: Where the folders' manifests are read.

    Raises:
        InputError: The server is not reached or refuses.
    """
    problems: dict[Output, str] = {}
    ids: dict[Output, set[str]] = {}
    for output in outputs:
        try:
            ids[output] = contents.ids([output])
        except DamagedError as error:
            problems[output] = str(error)
    held = objects.held(set().union(*ids.values()))
    for output, wanted in ids.items():
        if absent := wanted - held.keys():
            problems[output] = f"{len(absent)} of its {len(wanted)} objects are missing"
        elif (found := _size(output, contents=contents, held=held)) != output.size:
            problems[output] = f"found {found} bytes, expected {output.size}"
    return problems


def _size(output: Output, *, contents: Contents, held: Mapping[str, int]) -> int:
    if not output.is_folder:
        return held[output.identifier]
    return sum(held[member.identifier] for member in contents.members(output))
