"""What the pipeline's page shows of a stage: headline metrics, a summary and the report."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.runtime.atomic import write_json
from components.runtime.errors import InputError
from pipelines.dvc.lock_entries import Entry, Member, Output, outputs
from pipelines.store.objects import Objects
from pipelines.store.studies import TABLE

# Of a variant's numbers those that are compared first, by their names in its file: the accuracy
# on human-made cases, or on machine-made ones if there are no others; the loss on validation texts.
HEADLINES = {"accuracy": ("human", "machine"), "bits_per_byte": ("bits_per_byte",)}
MAX_METRICS = 20  # few enough that the pages compare runs on one screen


@dataclass(frozen=True)
class Page:
    """What the pipeline's page shows of a stage's result.

    Every method raises InputError when a file of the result is missing or corrupt.
    """

    stage: str  # its name
    entry: Entry  # its lock entry
    objects: Objects  # reads the files of its outputs
    is_cached: bool  # whether the result was in the store already

    def headlines(self, folders: list[str]) -> dict[str, float]:
        """The headline metrics, the same names in each run; the table of results has all numbers.

        Args:
            folders: Paths of the outputs that hold a JSON file for each variant.

        Returns:
            At most 20 finite numbers by metric and variant, for example `accuracy.gpt2-neuro`.

        Raises:
            InputError: A file is no JSON.
        """
        variants = {
            file.path: self._numbers(file)
            for output, file in self._files()
            if output.path in folders and file.path.suffix == ".json"
        }
        found = {
            f"{headline}.{path.stem}": value
            for headline, keys in HEADLINES.items()
            for path, numbers in sorted(variants.items())
            for value in [next((numbers[key] for key in keys if key in numbers), None)]
            if isinstance(value, (int, float)) and math.isfinite(value)
        }
        return dict(list(found.items())[:MAX_METRICS])

    def summary(self) -> str:
        """The outputs with their sizes and hashes, in Markdown, and the table of results if any."""
        tables = [file for _, file in self._files() if file.path == TABLE]
        rows = [(each.path, f"{each.size:,}", each.identifier) for each in self._outputs]
        lines = [("output", "bytes", "MD5"), ("---",) * 3, *rows]
        parts = [
            f"# {self.stage}",
            *(self.objects.read(each.identifier).decode() for each in tables),
            "Cached result, taken from the store." if self.is_cached else "Computed by this run.",
            "\n".join(f"| {' | '.join(line)} |" for line in lines),
        ]
        return "\n\n".join(parts) + "\n"

    def report(self) -> str:
        """The text of the HTML report.

        Raises:
            InputError: There is none, or more than one.
        """
        reports = [each for each in self._outputs if each.path.endswith(".html")]
        if len(reports) != 1:
            raise InputError(f"{self.stage}: found {len(reports)} reports, expected one .html")
        return self.objects.read(reports[0].identifier).decode()

    @property
    def _outputs(self) -> list[Output]:
        return outputs(self.entry, where=f"lock entry of {self.stage}")

    def _files(self) -> Iterator[tuple[Output, Member]]:
        """The files of all folders."""
        for output in self._outputs:
            for file in self.objects.members(output):
                yield output, file

    def _numbers(self, file: Member) -> dict[str, Any]:
        try:
            found = json.loads(self.objects.read(file.identifier))
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise InputError(f"{file.path}: found other text, expected JSON with numbers by name")
        return found


def write_metadata(executor_input: str, *, metrics: Mapping[str, float]) -> None:
    """Writes the metadata of a task's artifacts into the file that the executor input names.

    Names, types and URIs stay as Kubeflow gave them.

    Args:
        executor_input: Kubeflow's executor input as JSON (`{{$}}`).
        metrics: Metadata for the artifact `metrics`: finite numbers by name.

    Raises:
        InputError: The JSON has another form.
    """
    artifacts = {}
    try:
        given = json.loads(executor_input)["outputs"]
        file = Path(given["outputFile"])
        for name, found in given["artifacts"].items():
            metadata = found["artifacts"][0].get("metadata", {}) | (
                metrics if name == "metrics" else {}
            )
            artifacts[name] = {"artifacts": [found["artifacts"][0] | {"metadata": metadata}]}
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        raise InputError(
            "--executor-input: found other JSON, expected what Kubeflow puts for {{$}}"
        ) from None
    write_json(file, {"artifacts": artifacts})
