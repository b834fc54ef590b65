"""A stage's result in Markdown, for the pipeline's page."""

from collections.abc import Mapping
from pathlib import PurePosixPath

from pipelines.store.lock_entries import Contents, Output

TABLE = PurePosixPath("table.md")


def summary(
    stage: str,
    *,
    made_before: bool,
    outputs: list[Output],
    metrics: Mapping[str, float],
    contents: Contents,
) -> str:
    """What a stage made, where it is, and its numbers.

    Args:
        stage: The stage's name.
        made_before: Whether the result was in the store already.
        outputs: Its outputs; a `table.md` in one of them is shown first.
        metrics: Its metrics.
        contents: Where files are read.
    """
    parts = [f"# {stage}"]
    parts += [
        contents.read(member.identifier).decode()
        for output in outputs
        if output.is_folder
        for member in contents.members(output)
        if member.path == TABLE
    ]
    parts.append("Taken from the store." if made_before else "Run by this pod.")
    parts.append(
        _table(("output", "bytes", "MD5"), [(o.path, f"{o.size:,}", o.identifier) for o in outputs])
    )
    if metrics:
        parts.append(_table(("metric", "value"), [(key, f"{v:.6g}") for key, v in metrics.items()]))
    return "\n\n".join(parts) + "\n"


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
