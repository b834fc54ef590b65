"""The benchmark and its results for the Hugging Face Hub: `python -m components.brainbench.hub`.

`benchmark` makes a data set of the cases, `results` a model's results on it. Both write folders for
`hf upload`; nothing is sent.
"""

import re
import shutil
from pathlib import Path

from components.brainbench.contexts import make_pairs
from components.formats.cases import read_benchmark
from components.formats.field import read_field
from components.formats.json_file import read_json
from components.formats.scores import METRICS, ScoringRecord
from components.runtime.atomic import written_folder
from components.runtime.command_line import run
from components.runtime.errors import InputError
from components.runtime.ranges import check_seed

DATASET = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*", re.ASCII)
TASK = re.compile(r"[a-z][a-z0-9_]*")
CARD = "README.md"


def hub_benchmark(
    *,
    cases: Path,
    field: Path,
    benchmark: Path,
    dataset: str | None = None,
    task: str = "brainbench",
    seed: int = 42,
) -> None:
    """Makes a data set for the Hub of the cases, with tasks for lm-evaluation-harness and Inspect.

    Args:
        cases: Folder of the cases: human.csv and, optionally, machine.csv.
        field: Path of field.json, which says what they are about.
        benchmark: Output folder: cases as JSON lines, README.md (the card), eval.yaml, and the
            harness's task as TASK.yaml.
        dataset: Id that the data set will have on the Hub; by default the harness reads it from
            the output folder.
        task: Name of the harness's task; its parts are TASK_human and TASK_machine.
        seed: Random seed of the order of the two versions; 42 as published.

    Raises:
        InputError: The cases or field.json are bad, or a name or the seed is.
    """
    check_seed(seed)
    _check_names(task, dataset)
    if task == "eval":
        raise InputError(
            "task 'eval': expected another name, eval.yaml is the file of the Hub's tasks"
        )
    about, made = read_field(field), read_benchmark(cases)

    from components.formats.hub_benchmark import hub_case, write_hub_benchmark

    rows = {}
    for author, each in made.items():
        _, altered_first = make_pairs(each, context="full", faithful=False, seed=seed)
        both = zip(each, altered_first, strict=True)
        rows[author] = [hub_case(case, altered_first=bool(first)) for case, first in both]
    with written_folder(benchmark) as folder:
        write_hub_benchmark(folder, rows, field=about, task=task, dataset=dataset or str(benchmark))
    print(f"{sum(map(len, rows.values()))} cases: {benchmark}")  # noqa: T201


def hub_results(*, scores: Path, results: Path, dataset: str, task: str = "brainbench") -> None:
    """Makes a model's card and its results on a benchmark of the Hub.

    Args:
        scores: Folder of the model's scores.
        results: Output folder: README.md, where the scores have the card of a model that was
            trained here, and .eval_results/TASK.yaml, its accuracies.
        dataset: Id of the benchmark on the Hub.
        task: Name of the file of results.

    Raises:
        InputError: There are no scores of whole abstracts, or a name is bad.
    """
    _check_names(task, dataset)
    record = read_json(scores / METRICS, ScoringRecord)
    if not record.accuracy.get("full"):
        raise InputError(f"no accuracy on whole abstracts in {scores / METRICS}")

    from components.formats.hub_benchmark import write_eval_results

    notes = f"lower perplexity of the published version; protocol {record.protocol}"
    with written_folder(results) as folder:
        if (scores / CARD).is_file():
            shutil.copy(scores / CARD, folder / CARD)
        write_eval_results(folder, record.accuracy["full"], task=task, dataset=dataset, notes=notes)
    print(f"{len(record.accuracy['full'])} results: {results}")  # noqa: T201


def _check_names(task: str, dataset: str | None) -> None:
    if not TASK.fullmatch(task):
        raise InputError(f"task {task!r}: expected lower-case letters a to z, digits and _")
    if dataset is not None and not DATASET.fullmatch(dataset):
        raise InputError(f"dataset {dataset!r}: expected an id of the Hub, OWNER/NAME")


if __name__ == "__main__":
    run({"benchmark": hub_benchmark, "results": hub_results})
