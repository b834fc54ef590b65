"""A stage's result in Markdown, for the pipeline's page."""

from pipelines.store.lock_entries import Contents, Output
from pipelines.store.results import TABLE


def summary(stage: str, *, made_before: bool, outputs: list[Output], contents: Contents) -> str:
    """What a stage made, and where it is.

    Args:
        stage: The stage's name.
        made_before: Whether the result was in the store already.
        outputs: Its outputs; a `table.md` in one of them is shown first.
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
    parts.append("Cached result, taken from the store." if made_before else "Made by this run.")
    rows = [(each.path, f"{each.size:,}", each.identifier) for each in outputs]
    lines = [("output", "bytes", "MD5"), ("---",) * 3, *rows]
    parts.append("\n".join(f"| {' | '.join(line)} |" for line in lines))
    return "\n\n".join(parts) + "\n"
