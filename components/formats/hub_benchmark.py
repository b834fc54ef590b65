"""A benchmark for the Hugging Face Hub: data set, card, and tasks of evaluation tools.

`human.jsonl` and `machine.jsonl` hold the cases, `README.md` is the card; `eval.yaml` registers the
tasks on the Hub (https://huggingface.co/docs/hub/eval-results) and is run by Inspect, `TASK.yaml`
by lm-evaluation-harness. A model's `.eval_results/TASK.yaml` holds its results on these tasks.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huggingface_hub import DatasetCardData, EvalResultEntry
from huggingface_hub import eval_result_entries_to_yaml as plain_entries

from components.formats.cases import Author, Case
from components.formats.field import Field
from components.formats.hub_card import write_card
from components.formats.json_file import plain, write_yaml

QUESTION = (
    "One of these two abstracts was published; in the other one, results were altered."
    " Which one was published?"
)
METRICS = ("acc", "acc_norm", "acc_bytes")


@dataclass(frozen=True)
class HubCase:
    """A case as a question with two choices; one line of the data set."""

    question: str
    choices: tuple[str, str]  # versions A and B
    answer: int  # which of them was published, 0 or 1
    doi: str
    journal_section: str


def hub_case(case: Case, *, altered_first: bool) -> HubCase:
    """A case with its versions in an order."""
    versions = (case.original, case.altered)
    return HubCase(
        question=QUESTION,
        choices=versions[::-1] if altered_first else versions,
        answer=int(altered_first),
        doi=case.doi,
        journal_section=case.journal_section,
    )


def write_hub_benchmark(
    folder: Path,
    rows: Mapping[Author, Sequence[HubCase]],
    *,
    field: Field,
    task: str,
    dataset: str,
) -> None:
    """Writes a data set with its card and tasks into a folder.

    The harness finds `dataset`, an id on the Hub or a folder, and calls it `task`.
    """
    name = f"BrainBench: {field.name}"
    for author, cases in rows.items():
        lines = [json.dumps(plain(case), ensure_ascii=False) + "\n" for case in cases]
        (folder / f"{author}.jsonl").write_text("".join(lines), encoding="utf-8")
    write_yaml(folder / "eval.yaml", _inspect_tasks(rows, name=name, field=field))
    write_yaml(folder / f"{task}.yaml", _harness_tasks(rows, task=task, dataset=dataset))
    data = DatasetCardData(
        pretty_name=name,
        task_categories=["multiple-choice"],
        tags=["matching-experts", "benchmark"],
        configs=[
            {"config_name": author, "data_files": [{"split": "test", "path": f"{author}.jsonl"}]}
            for author in rows
        ],
    )
    shown = {"name": name, "field": field, "rows": rows, "task": task}
    write_card(folder / "README.md", "hub_benchmark.md.jinja", data=data, **shown)


def write_eval_results(
    folder: Path, accuracies: Mapping[Author, float], *, task: str, dataset: str, notes: str
) -> None:
    """Writes a model's accuracies (0 to 1) on a benchmark's tasks, as `.eval_results/TASK.yaml`."""
    entries = [
        EvalResultEntry(dataset_id=dataset, task_id=author, value=value, notes=notes)
        for author, value in accuracies.items()
    ]
    (folder / ".eval_results").mkdir()
    write_yaml(folder / ".eval_results" / f"{task}.yaml", plain_entries(entries))


def _inspect_tasks(authors: Mapping[Author, Any], *, name: str, field: Field) -> dict[str, Any]:
    fields = {"input": "question", "target": "answer", "choices": "choices"}
    return {
        "name": name,
        "description": f"Which of two abstracts in {field.name} was published, not altered?",
        "evaluation_framework": "inspect-ai",
        "tasks": [
            {
                "id": author,
                "config": author,
                "split": "test",
                "field_spec": dict(fields),
                "solvers": [{"name": "multiple_choice"}],
                "scorers": [{"name": "choice"}],
            }
            for author in authors
        ],
    }


def _harness_tasks(authors: Mapping[Author, Any], *, task: str, dataset: str) -> dict[str, Any]:
    tasks = [
        {
            "task": f"{task}_{author}",
            "dataset_path": dataset,
            "dataset_name": author,
            "test_split": "test",
            "output_type": "multiple_choice",
            "doc_to_text": "",
            "doc_to_choice": "choices",
            "doc_to_target": "answer",
            "target_delimiter": "",
            "metric_list": [{"metric": each} for each in METRICS],
        }
        for author in authors
    ]
    return {"group": task, "task": tasks}
