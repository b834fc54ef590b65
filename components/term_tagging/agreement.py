"""How well two taggers agree, and the sheet on which a person tags terms: a command line."""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import BeforeValidator

from components.formats.json_file import write_record
from components.formats.table import read_rows, write_rows
from components.formats.terms import ANSWERS, VOCABULARIES, Tag, read_answers
from components.runtime.atomic import written_folder
from components.runtime.command_line import run
from components.runtime.errors import InputError
from components.runtime.ranges import check_count, check_seed


class Label(NamedTuple):
    """A person's tag of a term: a row of the sheet; None where nobody has said yes or no."""

    term: str
    tag: Annotated[
        Literal["yes", "no", "filtered"] | None,
        BeforeValidator(lambda text: text.strip().lower() if text else None),
    ]


class DifferentTag(NamedTuple):
    """A term that two taggers tag differently: a row of `differences.csv`."""

    vocabulary: str
    term: str
    first: Tag
    second: Tag


def compare(*, first: Path, second: Path, agreement: Path) -> None:
    """Compares the tags of two taggers, or of a tagger and a person.

    Prints Cohen's kappa with its 95 % confidence interval; precision and recall take the second's
    tags as true.

    Args:
        first: Tags: a folder that term_tagging wrote, a folder of published answers, one of their
            files (CSV with term and tag, or lines `term, tag`), or a filled-in sheet.
        second: The tags to compare with, in any of these forms. Two folders are compared by
            vocabulary, a folder and a file over the terms of both vocabularies.
        agreement: Output folder of agreement.json (by vocabulary) and differences.csv (the terms
            that are tagged differently).

    Raises:
        InputError: A file is missing or bad, or the two have no term in common.
    """
    tags = [_read(first), _read(second)]
    if len(tags[0]) != len(tags[1]):
        tags = [{"both": _merged(each)} for each in tags]
    results: dict[str, Agreement] = {}
    differences: list[DifferentTag] = []
    for name in tags[0]:
        one, other = (each[name] for each in tags)
        results[name] = agreement_of(one, other)
        differences += [
            DifferentTag(name, term, one[term], other[term])
            for term in sorted(one.keys() & other.keys())
            if one[term] != other[term]
        ]
        if not results[name].num_terms:
            raise InputError(f"no term that both {first} and {second} tag yes or no")
    with written_folder(agreement) as folder:
        write_record(folder / "agreement.json", results)
        write_rows(folder / "differences.csv", DifferentTag, differences)
    for name, result in results.items():
        print(f"{name}: {describe(result)}")  # noqa: T201


def sheet(*, terms: Path, sheet: Path, count: int = 200, seed: int = 42) -> None:
    """Writes a sheet of terms, drawn at random, for a person to tag without seeing other tags.

    Fill in the column tag with yes or no, and give the file to `compare`.

    Args:
        terms: Folder that term_tagging wrote.
        sheet: CSV file to write, with the columns term and tag.
        count: Number of terms.
        seed: Random seed of the draw.

    Raises:
        InputError: The terms are missing or bad, or fewer than asked for; the sheet exists.
    """
    check_seed(seed)
    known = sorted(_merged(_read(terms)))
    check_count("count", count, at_most=len(known))
    if sheet.exists():
        raise InputError(f"{sheet} exists: its tags would be lost")
    drawn = random.Random(seed).sample(known, count)
    sheet.parent.mkdir(parents=True, exist_ok=True)
    write_rows(sheet, Label, [Label(term, None) for term in drawn])


def _read(place: Path) -> dict[str, dict[str, Tag]]:
    """Tags by term of each vocabulary in a folder, or of a file."""
    if not place.is_dir():
        return {"file": _read_file(place)}
    found = dict[str, dict[str, Tag]]()
    for name in VOCABULARIES:
        file = place / f"{name}.csv"
        found[name] = _read_file(file if file.exists() else place / ANSWERS[name])
    return found


def _read_file(file: Path) -> dict[str, Tag]:
    if file.suffix != ".csv":
        return read_answers(file)
    labels = read_rows(file, Label, verbatim=["term"])
    if twice := [term for term, number in Counter(e.term for e in labels).items() if number > 1]:
        raise InputError(f"'{twice[0]}' a second time: {file}")
    return {each.term: each.tag for each in labels if each.tag}


def _merged(tags: Mapping[str, Mapping[str, Tag]]) -> dict[str, Tag]:
    """The tags of all vocabularies; terms that they contradict each other on are left out."""
    merged: dict[str, Tag] = {}
    contradicted = set[str]()
    for each in tags.values():
        contradicted |= {term for term, tag in each.items() if merged.get(term, tag) != tag}
        merged |= each
    return {term: tag for term, tag in merged.items() if term not in contradicted}


@dataclass(frozen=True)
class Agreement:
    """Agreement of two taggers on the terms that both tagged yes or no: their number, by tag."""

    num_terms: int
    both_yes: int
    only_first_yes: int
    only_second_yes: int
    both_no: int
    num_untagged: int  # terms of either that the other did not tag, or that one refused
    kappa: float | None  # Cohen's; None where all tags are the same one
    interval: tuple[float, float] | None  # of 95 % (Fleiss, Cohen & Everitt 1969); see no_interval
    no_interval: str  # why there is none; empty where there is one
    precision: float | None  # share of the first's yes that the second shares; None without any
    recall: float | None  # share of the second's yes that the first shares; None without any


def agreement_of(first: Mapping[str, Tag], second: Mapping[str, Tag]) -> Agreement:
    """Agreement of two taggers' tags by term; precision and recall take the second's as true."""
    pairs = Counter((first[term], second[term]) for term in first.keys() & second.keys())
    yes, only_first = pairs["yes", "yes"], pairs["yes", "no"]
    only_second, no = pairs["no", "yes"], pairs["no", "no"]
    total = yes + only_first + only_second + no
    kappa, interval = None, None
    no_interval = _degenerate(yes, only_first, only_second, no)
    if total not in (0, yes, no):
        import numpy as np
        from statsmodels.stats.inter_rater import cohens_kappa

        with np.errstate(invalid="ignore", divide="ignore"):  # where the variance is 0
            result = cohens_kappa([[yes, only_first], [only_second, no]])
        kappa = float(result.kappa)
        if not no_interval:
            half = float(np.nan_to_num(result.kappa_upp - kappa))
            interval = kappa - half, min(kappa + half, 1.0)
    return Agreement(
        num_terms=total,
        both_yes=yes,
        only_first_yes=only_first,
        only_second_yes=only_second,
        both_no=no,
        num_untagged=len(first.keys() | second.keys()) - total,
        kappa=kappa,
        interval=interval,
        no_interval=no_interval,
        precision=yes / (yes + only_first) if yes + only_first else None,
        recall=yes / (yes + only_second) if yes + only_second else None,
    )


def _degenerate(yes: int, only_first: int, only_second: int, no: int) -> str:
    """Why an estimated standard error of kappa is 0 whatever the uncertainty; empty otherwise."""
    if only_first + only_second == 0:
        return "all terms are tagged alike"
    if 0 in (yes + only_first, yes + only_second, only_first + no, only_second + no):
        return "one tagger gives all terms the same tag"
    return ""


def describe(result: Agreement) -> str:
    """An agreement in one line."""
    kappa = "no kappa, all tags are the same"
    if result.kappa is not None:
        interval = f" (no interval: {result.no_interval})"
        if result.interval is not None:
            interval = " [{:.3f}, {:.3f}]".format(*result.interval)
        kappa = f"kappa {result.kappa:.3f}{interval}"
    shares = ", ".join(
        f"{name} {share:.3f}"
        for name, share in (("precision", result.precision), ("recall", result.recall))
        if share is not None
    )
    table = (
        f"{result.both_yes:,} yes by both, {result.only_first_yes:,} only by the first,"
        f" {result.only_second_yes:,} only by the second, {result.both_no:,} no by both"
    )
    parts = [f"{result.num_terms:,} terms", kappa, shares, table]
    if result.num_untagged:
        parts.append(f"{result.num_untagged:,} others not tagged by both")
    return "; ".join(filter(None, parts))


if __name__ == "__main__":
    run({"compare": compare, "sheet": sheet})
