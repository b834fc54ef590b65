"""Experts' answers: the files that the questionnaire's page saves become a field's trials."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from components.dataset.field import check_field, checksums, record
from components.dataset.published_files import PARTICIPANTS, check_readable
from components.formats.answers import AnswerRow, read_answers, version_id
from components.formats.cases import Author, Case, read_benchmark
from components.formats.participants import TrialRow, abstract_ids, read_trials, write_trials
from components.runtime.atomic import folder_lock, written_folder
from components.runtime.errors import InputError, printable
from components.runtime.ranges import check_range

Versions = dict[tuple[str, int], tuple[str, str]]
"""Names of original and altered version of a case, by journal_section and abstract_id of trials."""


def participants(
    *,
    answers: tuple[Path, ...],
    name: str,
    cases: Path = Path("data/brainbench"),
    data: Path = Path("data"),
    fastest: float = 5.0,
    keep_unfinished: bool = False,
) -> None:
    """Checks the files that experts sent back and makes the field's trials of them.

    Every file that cannot be taken is named in one line, and then nothing is written: a file with a
    column that the page does not write (a name or an address, say), with a value out of range, made
    from other cases, or unfinished, and two files of one code with different answers. A copy or an
    earlier state of another file is passed over.

    Left out and counted: answers on abstracts that the expert had seen before, answers in less than
    `fastest` seconds, and all of an expert who gave more than half of the answers so fast. The
    published study's file has no answer below 5.07 seconds and none on an abstract seen before.

    Args:
        answers: CSV files of answers, or folders that hold nothing else.
        name: Name of the field.
        cases: Folder of the cases that the page was made from.
        data: Output folder of the field: its participants/ is replaced as a whole.
        fastest: Seconds below which an answer is left out.
        keep_unfinished: Take the answers of unfinished files too.

    Raises:
        InputError: A file cannot be taken, no answer is left, or `data` holds
            another field.
    """
    if not answers:
        raise InputError("no answers: expected --answers, the files that experts sent back")
    check_range("fastest", fastest, at_least=0)
    check_field(data, name)
    files = _files(answers)
    versions = _versions(read_benchmark(cases))
    found, problems = _read(files, versions)
    experts, conflicts = _by_expert(found)
    unfinished = [
        f"{len(rows)} of {rows[0].trials} cases answered: {file}, expected all of them, or"
        " --keep-unfinished"
        for file, rows in experts.items()
        if len(rows) < rows[0].trials and not keep_unfinished
    ]
    if problems := [*problems, *conflicts, *unfinished]:
        for problem in problems[:-1]:
            print(f"error: {printable(problem)}", file=sys.stderr)  # noqa: T201
        raise InputError(f"{problems[-1]} (nothing was written)")
    rows, left_out = _kept(experts.values(), milliseconds=1000 * fastest)
    if not rows:
        reasons = ", ".join(f"{reason} ({number})" for reason, number in left_out.items() if number)
        raise InputError(f"every answer in {', '.join(map(str, answers))} is left out: {reasons}")
    counts = {
        "files": len(files),
        "copies and earlier states of a file": len(files) - len(experts),
        "experts": len({row.pid for row in rows}),
        "answers": len(rows),
        **{f"left out: {reason}": number for reason, number in left_out.items()},
    }
    with folder_lock(data):
        folder = data / "participants"
        with written_folder(folder) as partial:
            write_trials(partial / PARTICIPANTS, [_trial(row, versions) for row in rows])
            check_readable(partial / PARTICIPANTS, read_trials, where=", ".join(map(str, answers)))
            provenance = {
                "source": ", ".join(map(str, answers)),
                "revision": None,
                "sha256": checksums(partial),
                "fastest_seconds": fastest,
                "counts": counts,
            }
        record(data, name, "participants", provenance)
    for what, number in counts.items():
        print(f"{what:45}{number:7,}")  # noqa: T201
    first = sum(row.chosen == row.first for row in rows) / len(rows)
    print(f"{'the version shown first was chosen in':45}{first:7.0%}")  # noqa: T201
    print(f"{folder / PARTICIPANTS}", file=sys.stderr)  # noqa: T201


def _files(answers: Sequence[Path]) -> list[Path]:
    """The files that are given, and those in the folders that are."""
    files: list[Path] = []
    for place in answers:
        if not place.is_dir():
            files.append(place)
            continue
        inside = sorted(each for each in place.iterdir() if not each.name.startswith("."))
        if not inside:
            raise InputError(f"no file in {place}: expected the experts' answers")
        files += inside
    return files


def _versions(cases: Mapping[Author, Sequence[Case]]) -> Versions:
    versions: Versions = {}
    for author in cases:
        for row, number in abstract_ids(author, cases).items():
            case = cases[author][row]
            names = (version_id(case.original), version_id(case.altered))
            versions[f"{author}_{case.journal_section}", number] = names
    return versions


def _read(
    files: Sequence[Path], versions: Versions
) -> tuple[dict[Path, list[AnswerRow]], list[str]]:
    """The answers of each file that can be taken, and what is wrong with each other file."""
    found: dict[Path, list[AnswerRow]] = {}
    problems: list[str] = []
    for file in files:
        try:
            rows = read_answers(file)
            _check_cases(rows, versions, where=str(file))
            found[file] = rows
        except InputError as error:
            problems.append(str(error))
    return found, problems


def _check_cases(rows: Sequence[AnswerRow], versions: Versions, *, where: str) -> None:
    """Returns when each answer names both or one version of its case as the cases have it."""
    for row in rows:
        known = versions.get((row.journal_section, row.abstract_id), ())
        if not {row.chosen, row.first} <= set(known):
            raise InputError(
                f"trial {row.trial} is on none of the cases: {where}, expected the cases from which"
                " its page was made, unchanged"
            )


def _by_expert(
    found: Mapping[Path, list[AnswerRow]],
) -> tuple[dict[Path, list[AnswerRow]], list[str]]:
    """The fullest file of each expert, and which files of one code have different answers."""
    fullest: dict[str, Path] = {}
    conflicts: list[str] = []
    for file, rows in sorted(found.items(), key=lambda item: -len(item[1])):
        other = fullest.setdefault(rows[0].pid, file)
        if not set(rows) <= set(found[other]):
            conflicts.append(
                f"two files of the code {rows[0].pid} with different answers: {other} and {file},"
                " expected one expert a code"
            )
    return {file: found[file] for file in fullest.values()}, conflicts


def _kept(
    experts: Iterable[Sequence[AnswerRow]], *, milliseconds: float
) -> tuple[list[AnswerRow], dict[str, int]]:
    """The answers that count, and how many others there are for each reason."""
    kept: list[AnswerRow] = []
    seen = fast = of_fast_experts = 0
    for rows in experts:
        slow = [row for row in rows if row.rt >= milliseconds]
        if len(slow) < len(rows) / 2:
            of_fast_experts += len(rows)
            continue
        new = [row for row in slow if not row.recognised]
        fast += len(rows) - len(slow)
        seen += len(slow) - len(new)
        kept += new
    return kept, {
        "expert mostly too fast": of_fast_experts,
        "too fast": fast,
        "abstract seen before": seen,
    }


def _trial(row: AnswerRow, versions: Versions) -> TrialRow:
    original, _ = versions[row.journal_section, row.abstract_id]
    values = row._asdict() | {"correct": row.chosen == original}
    return TrialRow(**{name: values[name] for name in TrialRow._fields})
