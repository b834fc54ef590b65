"""What the pipeline's page shows of a stage: headline metrics, a summary and the report."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.runtime.atomic import write_json, written_file
from components.runtime.errors import InputError
from pipelines.dvc.lock_entries import Entry, Member, Output, outputs
from pipelines.store.objects import Objects
from pipelines.store.studies import TABLE

# Of a variant's numbers those that are compared first, by their names in its file: the accuracy
# on human-made cases, or on machine-made ones if there are no others; the loss on validation texts.
HEADLINES = {"accuracy": ("human", "machine"), "bits_per_byte": ("bits_per_byte",)}
MAX_METRICS = 20  # few enough that the pages compare runs on one screen


@dataclass(frozen=True)
class PageFiles:
    """Files that a pod writes for the pipeline's page; None for those that it does not show.

    Attributes:
        metrics: File for the headline metrics, as flat JSON.
        summary: File for the result in Markdown.
        report: File for a copy of the report.
        executor_input: Kubeflow's executor input as JSON, if it wants metadata of artifacts.
    """

    metrics: Path | None = None
    summary: Path | None = None
    report: Path | None = None
    executor_input: str | None = None


@dataclass(frozen=True)
class Result:
    """A stage's result.

    Attributes:
        stage: Name of the stage.
        entry: Its lock entry.
        is_cached: Whether the result was in the store already.
    """

    stage: str
    entry: Entry
    is_cached: bool

    def write_page(self, files: PageFiles, *, metrics: list[str], contents: Objects) -> None:
        """Writes what the pipeline's page shows.

        Args:
            files: Where.
            metrics: Paths of the outputs that hold a JSON file for each variant.
            contents: Reads the outputs' files.

        Raises:
            InputError: A file is missing or corrupt, or there is no report to copy.
        """
        numbers = self.headlines(metrics, contents)
        if files.metrics:
            write_json(files.metrics, numbers)
        if files.summary:
            _write(files.summary, self.summary(contents))
        if files.report:
            _write(files.report, self._report(contents))
        if files.executor_input:
            write_metadata(files.executor_input, metrics=numbers)

    def headlines(self, names: list[str], contents: Objects) -> dict[str, float]:
        """The headline metrics, the same names in each run; the table of results has all numbers.

        Returns:
            At most 20 finite numbers by metric and variant, for example `accuracy.gpt2-neuro`.

        Raises:
            InputError: A file is missing or corrupt, or is no JSON.
        """
        variants = {
            file.path: _numbers(file, contents)
            for output, file in self._files(contents)
            if output.path in names and file.path.suffix == ".json"
        }
        found = {
            f"{headline}.{path.stem}": value
            for headline, keys in HEADLINES.items()
            for path, numbers in sorted(variants.items())
            for value in [next((numbers[key] for key in keys if key in numbers), None)]
            if isinstance(value, (int, float)) and math.isfinite(value)
        }
        return dict(list(found.items())[:MAX_METRICS])

    def summary(self, contents: Objects) -> str:
        """The outputs with their sizes and hashes, in Markdown, and the table of results if any."""
        tables = [file for _, file in self._files(contents) if file.path == TABLE]
        rows = [(each.path, f"{each.size:,}", each.identifier) for each in self._outputs]
        lines = [("output", "bytes", "MD5"), ("---",) * 3, *rows]
        parts = [
            f"# {self.stage}",
            *(contents.read(each.identifier).decode() for each in tables),
            "Cached result, taken from the store." if self.is_cached else "Computed by this run.",
            "\n".join(f"| {' | '.join(line)} |" for line in lines),
        ]
        return "\n\n".join(parts) + "\n"

    def _report(self, contents: Objects) -> str:
        reports = [each for each in self._outputs if each.path.endswith(".html")]
        if len(reports) != 1:
            raise InputError(f"{self.stage}: found {len(reports)} reports, expected one .html")
        return contents.read(reports[0].identifier).decode()

    @property
    def _outputs(self) -> list[Output]:
        return outputs(self.entry, where=f"lock entry of {self.stage}")

    def _files(self, contents: Objects) -> Iterator[tuple[Output, Member]]:
        """The files of all folders."""
        for output in self._outputs:
            for file in contents.members(output) if output.is_folder else ():
                yield output, file


def write_metadata(executor_input: str, *, metrics: Mapping[str, float]) -> None:
    """Writes the metadata of a task's artifacts into the file that the executor input names.

    Names, types and URIs stay as Kubeflow gave them.

    Args:
        executor_input: Kubeflow's executor input as JSON (`{{$}}`).
        metrics: Metadata for the artifact `metrics`: finite numbers by name.

    Raises:
        InputError: The JSON has another form.
    """
    try:
        given = json.loads(executor_input)["outputs"]
        file = Path(given["outputFile"])
        artifacts = {
            name: dict(found["artifacts"][0]) for name, found in given["artifacts"].items()
        }
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        raise InputError(
            "--executor-input: found other JSON, expected what Kubeflow puts for {{$}}"
        ) from None
    for name, artifact in artifacts.items():
        added = metrics if name == "metrics" else {}
        artifact["metadata"] = {**artifact.get("metadata", {}), **added}
    write_json(
        file, {"artifacts": {name: {"artifacts": [each]} for name, each in artifacts.items()}}
    )


def _numbers(file: Member, contents: Objects) -> dict[str, Any]:
    try:
        found = json.loads(contents.read(file.identifier))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise InputError(f"{file.path}: found other text, expected JSON with numbers by name")
    return found


def _write(file: Path, text: str) -> None:
    with written_file(file) as partial:
        partial.write_text(text, encoding="utf-8")
