"""Scores: a model's perplexities of the benchmark's texts, in the folder of a variant.

`full.csv`, and `isolated.csv` and `swapped.csv` where these contexts were scored, hold a model's
perplexities of both versions of every text; `reference.csv` those of texts of the field that nobody
trained on; `metrics.json` says how it was scored and how it was trained.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, get_args

from pydantic import Field, NonNegativeInt

from components.formats.cases import Author, Case
from components.formats.json_file import Number, PositiveNumber, plain, read_json
from components.formats.table import Flag, read_rows, write_rows
from components.formats.training_record import TrainingRecord
from components.runtime.atomic import write_json
from components.runtime.errors import InputError

Context = Literal["full", "isolated", "swapped"]
CONTEXTS: tuple[Context, ...] = get_args(Context)
METRICS, REFERENCE = "metrics.json", "reference.csv"


class Score(NamedTuple):
    """A pair of texts and a model's perplexities of them; one row of `full.csv` and its like."""

    author: Author
    case: NonNegativeInt  # its row in the author's file, from 0
    sentence: NonNegativeInt | None  # which of the case's with choices, from 0; None for abstracts
    doi: str
    journal_section: str
    original_perplexity: PositiveNumber  # per token
    altered_perplexity: PositiveNumber
    original_tokens: NonNegativeInt | None  # averaged over; None where not recorded
    altered_tokens: NonNegativeInt | None
    correct: Flag  # whether the original is preferred, having the lower perplexity; a tie is wrong

    @property
    def margin(self) -> float:
        """Perplexity of the altered version minus that of the original."""
        return self.altered_perplexity - self.original_perplexity


class ReferenceText(NamedTuple):
    """A reference text and a model's perplexity of it; one row of `reference.csv`."""

    document: NonNegativeInt  # number of the validation document that it begins, from 0
    num_bytes: NonNegativeInt  # of UTF-8
    zlib_bytes: Annotated[int, Field(gt=0)]  # bytes after compression by zlib
    tokens: NonNegativeInt  # tokens averaged over
    perplexity: PositiveNumber  # per token


@dataclass(frozen=True)
class ScoringRecord:
    """How a model was scored, and what came out: `metrics.json`."""

    protocol: str  # `corrected`, `faithful`, or `published` for results that were imported
    prompt: str | None = None  # in front of every text; None where not recorded
    precision: str | None = None  # of weights and computation
    # Share of right choices, by context and by who made the cases
    accuracy: dict[Context, dict[Author, float]] = attribute(default_factory=dict)
    num_pairs: dict[Context, dict[Author, int]] = attribute(default_factory=dict)  # pairs of texts
    bits_per_byte: dict[Context, dict[Author, Number]] | None = None  # originals only
    reference_left_out: int | None = None  # could not be scored; None where none were asked for
    model: TrainingRecord | None = None  # None where not recorded
    # Epochs done and validation perplexity, from a published log; empty without one
    curve: tuple[tuple[Number, PositiveNumber], ...] = ()
    summed_losses: int = 1  # processes whose losses that log summed up, undone here; or 1


@dataclass(frozen=True)
class VariantScores:
    """The scores of one variant."""

    name: str
    # Rows in the order of the cases, by context and by who made the cases; always with `full`,
    # which has a row for every case
    contexts: dict[Context, dict[Author, list[Score]]]
    reference: tuple[ReferenceText, ...]  # texts of the field that nobody trained on; may be none
    record: ScoringRecord

    @property
    def authors(self) -> tuple[Author, ...]:
        """Who made the cases."""
        return tuple(self.contexts["full"])


def write_scores(
    folder: Path,
    contexts: Mapping[Context, Sequence[Score]],
    *,
    record: ScoringRecord,
    reference: Iterable[ReferenceText] | None = None,
) -> None:
    """Writes a model's scores; without reference texts, no file of them."""
    for context, scores in contexts.items():
        without = () if context == "isolated" else ("sentence",)
        write_rows(folder / f"{context}.csv", Score, scores, without=without)
    if reference is not None:
        write_rows(folder / REFERENCE, ReferenceText, reference)
    known = {name: value for name, value in plain(record).items() if value is not None}
    write_json(folder / METRICS, known)


def read_all_scores(
    folder: Path, variants: Iterable[str], *, cases: Mapping[Author, Sequence[Case]]
) -> list[VariantScores]:
    """The scores of all variants, at least one, in the folders below one that have their names.

    Raises:
        InputError: Scores are missing, lack a column or value, hold a bad one, are of other cases
            than the benchmark's, or of other authors' than each other.
    """
    scores = [read_scores(folder / name, cases=cases) for name in variants]
    first = scores[0]
    for each in scores:
        if each.authors != first.authors:
            found = f"{each.name} was scored on cases of {' and '.join(each.authors)}"
            expected = f"as {first.name}, {' and '.join(first.authors)}"
            raise InputError(f"{found} in {folder}: expected {expected}")
    return scores


def read_scores(folder: Path, *, cases: Mapping[Author, Sequence[Case]]) -> VariantScores:
    """The scores in a folder that has the variant's name; errors as of `read_all_scores`."""
    for name in ("full.csv", METRICS):
        if not (folder / name).is_file():
            raise InputError(f"no scores of variant {folder.name}: expected {folder / name}")
    files = {context: folder / f"{context}.csv" for context in CONTEXTS}
    contexts = {
        context: read_context(file, cases=cases, sentences=context == "isolated")
        for context, file in files.items()
        if file.is_file()
    }
    texts = folder / REFERENCE
    reference = read_rows(texts, ReferenceText, may_be_empty=True) if texts.is_file() else ()
    return VariantScores(
        name=folder.name,
        contexts=contexts,
        reference=tuple(reference),
        record=read_json(folder / METRICS, ScoringRecord),
    )


def read_context(
    file: Path, *, cases: Mapping[Author, Sequence[Case]], sentences: bool = False
) -> dict[Author, list[Score]]:
    """The scores in a file of one context, in the order of the cases, by who made these.

    Raises:
        InputError: The file is missing or bad, its rows are of other cases or, of `sentences`, of
            none, a case of an author is missing or occurs twice, or a choice is not what its
            perplexities say.
    """
    found: dict[Author, dict[tuple[int, int], Score]] = {}
    for number, row in enumerate(read_rows(file, Score), start=1):
        where = f"{file}, row {number}"
        made, rows = cases.get(row.author, ()), found.setdefault(row.author, {})
        if row.case >= len(made) or row.doi != made[row.case].doi:
            raise InputError(f"no such {row.author}-made case in the benchmark: {where}")
        if row.correct != (row.original_perplexity < row.altered_perplexity):
            raise InputError(f"correct is not what the perplexities say: {where}")
        if sentences and row.sentence is None:
            raise InputError(f"empty sentence: {where}")
        place = (row.case, row.sentence or 0)
        if place in rows:
            raise InputError(f"{row.author}-made case {row.case} a second time: {where}")
        rows[place] = row
    for author, rows in found.items():
        if not sentences and len(rows) != len(cases[author]):
            found_cases = f"{len(rows)} {author}-made cases in {file}"
            raise InputError(f"{found_cases}: expected the benchmark's {len(cases[author])}")
    return {
        author: [found[author][place] for place in sorted(found[author])]
        for author in cases
        if author in found
    }
