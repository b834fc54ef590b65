"""Models and benchmarks of lm-evaluation-harness: `python -m components.brainbench.harness`.

`cases` makes cases of a log of any benchmark with two choices, `scores` makes scores of the logs of
a model. Both read what `lm_eval --log_samples` writes.
"""

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

from components.brainbench.questions import make_questions, print_accuracy, scoring_record
from components.formats.cases import Author, Case, CaseRow, read_benchmark, read_cases, write_cases
from components.formats.harness_log import LoggedChoice, Metric, read_harness_log, task_name
from components.formats.scores import Score, write_scores
from components.runtime.atomic import written_folder
from components.runtime.command_line import run
from components.runtime.errors import InputError

Texts = tuple[str, str]  # right, wrong: words joined by single spaces
Place = tuple[Author, int]


def harness_cases(*, log: Path, cases: Path, metric: Metric = "acc") -> None:
    """Makes cases of a log: the right text is the original, the other one the altered version.

    Args:
        log: Log of one task, samples_TASK_DATE.jsonl.
        cases: Output folder: human.csv, whose cases are named TASK:DOCUMENT.
        metric: An accuracy that the log has, by which it is checked.

    Raises:
        InputError: The log is bad, two texts of a document or of two are the same, or a text holds
            double square brackets.
    """
    task = task_name(log)
    rows = [_case_row(each, task=task) for each in read_harness_log(log, metric=metric)]
    with written_folder(cases) as folder:
        write_cases(folder / "human.csv", rows)
        read_cases(folder / "human.csv")  # refuses what later stages would refuse
    print(f"{len(rows)} cases of {task}: {cases}")  # noqa: T201


def harness_scores(
    *, logs: tuple[Path, ...], cases: Path, scores: Path, metric: Metric = "acc_norm"
) -> None:
    """Makes scores of a model's logs, as the BrainBench stage writes them.

    Args:
        logs: Logs of one model, samples_TASK_DATE.jsonl, that hold every case of an author.
        cases: Folder of the cases: human.csv and, optionally, machine.csv.
        scores: Output folder: full.csv and metrics.json.
        metric: Accuracy whose choices count: acc (log-likelihoods of whole texts), acc_norm (per
            character) or acc_bytes (per byte).

    Raises:
        InputError: No log is given, a log is bad or of other cases, or a case is missing or occurs
            twice.
    """
    if not logs:
        raise InputError("no logs: expected at least one")
    benchmark = read_benchmark(cases)
    places = {
        _texts(case.original, case.altered): (author, number)
        for author, made in benchmark.items()
        for number, case in enumerate(made)
    }
    found: dict[Place, LoggedChoice] = {}
    for each in itertools.chain.from_iterable(read_harness_log(log, metric=metric) for log in logs):
        place = places.get(_texts(each.right, each.wrong))
        if place is None:
            raise InputError(f"document {each.document} is no case of {cases}: {each.where}")
        if place in found:
            raise InputError(f"the same case as in {found[place].where}: {each.where}")
        found[place] = each
    logged = {author for author, _ in found}
    rows = _scores(found, {each: benchmark[each] for each in benchmark if each in logged})
    record = scoring_record({"full": rows}, protocol=f"lm-evaluation-harness, {metric}")
    with written_folder(scores) as folder:
        write_scores(folder, {"full": rows}, record=record)
    print_accuracy(record)


def _scores(
    found: Mapping[Place, LoggedChoice], benchmark: Mapping[Author, Sequence[Case]]
) -> list[Score]:
    """A score of every case, in the order of the cases."""
    rows = []
    for asked in make_questions(benchmark, contexts=("full",), faithful=False, seed=0):
        for number, case in enumerate(asked.cases):
            if (asked.author, number) not in found:
                where = f"{asked.author}-made case {number} (counted from 0), {case.doi}"
                raise InputError(f"no log has {where}: expected all {len(asked.cases)}")
        rows += asked.scores(
            found[asked.author, number].perplexities for number in range(len(asked.cases))
        )
    return rows


def _texts(right: str, wrong: str) -> Texts:
    return " ".join(right.split()), " ".join(wrong.split())


def _case_row(choice: LoggedChoice, *, task: str) -> CaseRow:
    """A case whose brackets hold the words in which the two texts differ, at least one of each."""
    right, wrong = choice.right.split(), choice.wrong.split()
    if right == wrong:
        raise InputError(f"both choices are the same text: {choice.where}")
    start = _common(right, wrong)
    end = _common(right[start:][::-1], wrong[start:][::-1])
    if start + end == min(len(right), len(wrong)):  # one text only adds words to the other
        start, end = (start - 1, end) if start else (start, end - 1)
    before, after = right[:start], right[len(right) - end :]
    changed = [" ".join(words[start : len(words) - end]) for words in (right, wrong)]
    versions = [
        " ".join([*before, each, *after]) for each in (*changed, f"[[{', '.join(changed)}]]")
    ]
    return CaseRow(f"{task}:{choice.document}", task, *versions)


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """Words that two texts begin with alike."""
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))


if __name__ == "__main__":
    run({"cases": harness_cases, "scores": harness_scores})
