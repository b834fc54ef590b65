"""What a pod hands out: a lock entry for the next pods, and what the pipeline's page shows."""

from dataclasses import dataclass
from pathlib import Path

from components.artifact import write_json, written_file
from components.errors import InputError
from pipelines.pod.executor_output import write_executor_output
from pipelines.pod.metrics import read_metrics
from pipelines.pod.summary import summary
from pipelines.store.lock_entries import Contents, Entry, lock_text, outputs


@dataclass(frozen=True)
class Places:
    """Where a pod writes.

    Attributes:
        lock: The stage's lock entry, in the form of dvc.lock.
        metrics: Its metrics, as flat JSON.
        summary: Its result in Markdown.
        report: A copy of its report.
        executor_input: What `{{$}}` stands for, where Kubeflow asks for metadata.
    """

    lock: Path
    metrics: Path
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
        """Writes all that the pod hands out.

        Args:
            places: Where.
            metrics: The outputs that hold a JSON file a name.
            contents: Where files are read.

        Raises:
            InputError: A file is missing or corrupt, or there is no report to copy.
        """
        numbers = read_metrics(self.entry, names=metrics, contents=contents)
        made = outputs(self.entry, where=f"lock entry of {self.stage}")
        _write(places.lock, lock_text({self.stage: self.entry}))
        write_json(places.metrics, numbers)
        if places.summary:
            text = summary(
                self.stage,
                made_before=self.made_before,
                outputs=made,
                metrics=numbers,
                contents=contents,
            )
            _write(places.summary, text)
        if places.report:
            reports = [each for each in made if each.path.endswith(".html")]
            if len(reports) != 1:
                raise InputError(f"{self.stage}: found {len(reports)} reports, expected one .html")
            _write(places.report, contents.read(reports[0].identifier).decode())
        if places.executor_input:
            told = {each.path: f"{each.identifier}, {each.size:,} bytes" for each in made}
            write_executor_output(places.executor_input, metrics=numbers, outputs=told)


def _write(file: Path, text: str) -> None:
    with written_file(file) as partial:
        partial.write_text(text, encoding="utf-8")
