"""What a pod hands out for the pipeline's page."""

from dataclasses import dataclass
from pathlib import Path

from components.artifact import write_json, written_file
from components.errors import InputError
from pipelines.pod.executor_output import write_executor_output
from pipelines.pod.metrics import headlines
from pipelines.pod.summary import summary
from pipelines.store.lock_entries import Contents, Entry, outputs


@dataclass(frozen=True)
class Places:
    """Where a pod writes what the pipeline's page shows; nothing where the page shows none.

    Attributes:
        metrics: The headline metrics, as flat JSON.
        summary: The result in Markdown.
        report: A copy of the report.
        executor_input: What `{{$}}` stands for, where Kubeflow asks for metadata.
    """

    metrics: Path | None = None
    summary: Path | None = None
    report: Path | None = None
    executor_input: str | None = None


@dataclass(frozen=True)
class Outcome:
    """A stage's result.

    Attributes:
        stage: Its name.
        entry: Its lock entry.
        made_before: Whether the result was in the store already.
    """

    stage: str
    entry: Entry
    made_before: bool

    def hand_out(self, places: Places, *, metrics: list[str], contents: Contents) -> None:
        """Writes what the pipeline's page shows.

        Args:
            places: Where.
            metrics: The outputs that hold a JSON file a name.
            contents: Where files are read.

        Raises:
            InputError: A file is missing or corrupt, or there is no report to copy.
        """
        made = outputs(self.entry, where=f"lock entry of {self.stage}")
        numbers = headlines(made, names=metrics, contents=contents)
        if places.metrics:
            write_json(places.metrics, numbers)
        if places.summary:
            text = summary(
                self.stage, made_before=self.made_before, outputs=made, contents=contents
            )
            _write(places.summary, text)
        if places.report:
            reports = [each for each in made if each.path.endswith(".html")]
            if len(reports) != 1:
                raise InputError(f"{self.stage}: found {len(reports)} reports, expected one .html")
            _write(places.report, contents.read(reports[0].identifier).decode())
        if places.executor_input:
            write_executor_output(places.executor_input, metrics=numbers)


def _write(file: Path, text: str) -> None:
    with written_file(file) as partial:
        partial.write_text(text, encoding="utf-8")
