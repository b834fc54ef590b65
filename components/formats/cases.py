"""BrainBench cases: abstracts with the words in which original and altered version differ.

The form is the published one (https://github.com/braingpt-lovelab/brainbench_testcases): a CSV
file whose `combined_abstract` holds both versions, each difference as `[[original, altered]]`.
"""

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from components.formats.table import read_rows, write_rows
from components.runtime.errors import InputError

Author = Literal["human", "machine"]
AUTHORS: tuple[Author, ...] = get_args(Author)  # who made the cases: one file each
TOKEN = re.compile(r"\s+|\w+(?:[-'’.,]\w+)*|[^\w\s]")  # 5-HT and 0.05 are words


class CaseRow(NamedTuple):
    """A row of a file of cases."""

    doi: str
    journal_section: str
    original_abstract: str
    incorrect_abstract: str
    combined_abstract: str


class Choice(NamedTuple):
    """What the original says and what the altered version says in its place."""

    original: str
    altered: str


@dataclass(frozen=True)
class Case:
    """One abstract in two versions."""

    doi: str
    journal_section: str
    literals: tuple[str, ...]  # the text around the choices, one more than there are choices
    brackets: tuple[str, ...]  # the choices as they were written, `[[original, altered]]`
    choices: tuple[Choice, ...]  # the differences, in the order of the text

    @property
    def combined(self) -> str:
        """Both versions in one text, as it was written."""
        return _expansion(self.literals, self.brackets)

    @property
    def original(self) -> str:
        """The abstract as published."""
        return _expansion(self.literals, [choice.original for choice in self.choices])

    @property
    def altered(self) -> str:
        """The abstract with a changed result."""
        return _expansion(self.literals, [choice.altered for choice in self.choices])

    @property
    def row(self) -> CaseRow:
        """Its row in a file of cases."""
        return CaseRow(self.doi, self.journal_section, self.original, self.altered, self.combined)


# Published choices whose brackets do not delimit them (commas inside a choice, a bracket lost), by
# DOI. The published columns are cut short there.
ERRATA = {
    "https://doi.org/10.1523/JNEUROSCI.0772-22.2022": Choice("decreased ", "increased "),
    "https://doi.org/10.1523/JNEUROSCI.1703-22.2022": Choice(
        "In contrast, we did not find any", "Moreover, we found an"
    ),
    "https://doi.org/10.1523/JNEUROSCI.0249-23.2023": Choice(
        "differ at locations across the apex in a pattern consistent with previous studies of the"
        " base of the cochlea",
        "are uniform across the apex, contradicting previous studies of the base of the cochlea",
    ),
    "https://doi.org/10.1523/JNEUROSCI.1305-22.2023": Choice(
        "SA-I afferent responses to static torque were inferior to dynamic stimuli in humans, while"
        " in monkeys the opposite was true.",
        "SA-I afferent responses to dynamic torque were inferior to static stimuli in humans, while"
        " in monkeys the opposite was true.",
    ),
    "https://doi.org/10.1523/JNEUROSCI.1279-22.2023": Choice(
        "Cav2.2, but not Cav2.3", "Cav2.3, but not Cav2.2"
    ),
}
LOST_BRACKET = {"https://doi.org/10.1523/JNEUROSCI.0772-22.2022": "[[decreased, increased] "}


def read_cases(file: Path) -> list[Case]:
    """The cases of a file in the published form, in its order; more columns are allowed.

    Raises:
        InputError: The file is missing, empty, not UTF-8 or lacks a column, or a row's brackets
            are not balanced, its versions are empty, equal or without a letter or digit, its
            columns disagree, or both versions are those of a row before it.
    """
    cases: dict[tuple[str, str], Case] = {}
    for number, row in enumerate(read_rows(file, CaseRow), start=1):
        case = _case(row, where=f"{file}, row {number}")
        versions = (" ".join(case.original.split()), " ".join(case.altered.split()))
        if versions in cases:  # several cases of one abstract are alike in one version only
            first = list(cases).index(versions) + 1
            raise InputError(f"the same case as in row {first}: {file}, row {number}")
        cases[versions] = case
    return list(cases.values())


def write_cases(file: Path, rows: Iterable[CaseRow]) -> None:
    """Writes cases in the published form."""
    write_rows(file, CaseRow, rows)


def marked_case(doi: str, journal_section: str, *, original: str, altered: str) -> Case:
    """The case of an abstract's two versions, its choices the words in which they differ.

    Differences with at most one word between them are one choice, and none is empty on one side:
    `[[an increase, a decrease]]`, `[[was, was not]]`.

    Raises:
        InputError: The versions are equal, or hold brackets that the form has for choices.
    """
    if original == altered:
        raise InputError(f"original and altered abstract are equal: case of {doi}")
    one, other = (TOKEN.findall(text) for text in (original, altered))
    combined, end = "", 0
    for first, last, begin, stop in _differences(one, other):
        sides = "".join(one[first:last]), "".join(other[begin:stop])
        combined += "".join(one[end:first]) + f"[[{', '.join(sides)}]]"
        end = last
    combined += "".join(one[end:])
    row = CaseRow(doi, journal_section, original, altered, combined)
    return _case(row, where=f"case of {doi}")


def _differences(one: list[str], other: list[str]) -> list[list[int]]:
    """Where two lists of tokens differ: first and end in one, first and end in the other."""
    found: list[list[int]] = []
    for kind, *places in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        if found and sum(map(_is_word, one[found[-1][1] : places[0]])) < 2:
            found[-1][1], found[-1][3] = places[1], places[3]
        else:
            found.append(places)
    for each in found:
        _fill(each, one, other)
    return found


def _fill(place: list[int], one: list[str], other: list[str]) -> None:
    """Extends a difference to whole words: no side is empty, begins or ends with white space."""

    def odd(end: int) -> bool:
        sides = one[place[0] : place[1]], other[place[2] : place[3]]
        return not all(any(map(_is_word, side)) and not side[end].isspace() for side in sides)

    while odd(0) and place[0] and place[2]:
        place[0], place[2] = place[0] - 1, place[2] - 1
    while odd(-1) and place[1] < len(one) and place[3] < len(other):
        place[1], place[3] = place[1] + 1, place[3] + 1


def _is_word(token: str) -> bool:
    return token[0].isalnum()


def read_benchmark(folder: Path, *, authors: Sequence[Author] = ()) -> dict[Author, list[Case]]:
    """The cases of a benchmark (human.csv, machine.csv or both) by who made them.

    Args:
        folder: Where it is.
        authors: Whose cases are needed; without any, those that are there.

    Raises:
        InputError: Both are missing, or one that is needed; or a file is bad.
    """
    files = {author: folder / f"{author}.csv" for author in AUTHORS}
    if not any(file.is_file() for file in files.values()):
        raise InputError(f"no cases in {folder}: expected human.csv, machine.csv or both")
    for author in authors:
        if not files[author].is_file():
            raise InputError(f"no {author}-made cases: expected {files[author]}")
    some = dict.fromkeys(authors or AUTHORS)
    return {author: read_cases(files[author]) for author in some if files[author].is_file()}


def first_of_abstracts(cases: Iterable[Case]) -> list[int]:
    """The places among cases, from 0, of the first case of each abstract, in their order."""
    first: dict[str, int] = {}
    for place, case in enumerate(cases):
        first.setdefault(case.doi, place)
    return list(first.values())


def _case(row: CaseRow, *, where: str) -> Case:
    erratum, written = ERRATA.get(row.doi), LOST_BRACKET.get(row.doi, "")
    literals, brackets = _segments(row.combined_abstract, written, where=where)
    choices: Iterable[Choice]
    if erratum and (written := written or f"[[{', '.join(erratum)}]]") in brackets:
        choices = (erratum if each == written else _readings(each)[0] for each in brackets)
    else:
        choices = _agreeing(literals, brackets, row, where=where)
    case = Case(row.doi, row.journal_section, tuple(literals), tuple(brackets), tuple(choices))
    if case.original == case.altered:
        raise InputError(f"original and altered abstract are equal: {where}")
    for version in (case.original, case.altered):
        if not any(map(str.isalnum, version)):
            raise InputError(f"a version without a letter or digit: {where}")
    return case


def _segments(combined: str, lost: str, *, where: str) -> tuple[list[str], list[str]]:
    """The text around the choices (one more than choices) and the choices with their brackets."""
    pattern = r"\[\[.*?\]\]"
    known = re.compile(f"{re.escape(lost)}|{pattern}" if lost else pattern, flags=re.DOTALL)
    brackets, literals = known.findall(combined), known.split(combined)
    for text in literals + [each[2:-2] for each in brackets]:
        stray = re.search(r"\[\[|\]\]", text)
        if stray:
            near = text[max(0, stray.start() - 20) : stray.end() + 20]
            raise InputError(f"unbalanced bracket in combined_abstract near '{near}': {where}")
    if not brackets:
        raise InputError(f"no [[original, altered]] in combined_abstract: {where}")
    return literals, brackets


def _readings(bracket: str) -> list[Choice]:
    """The ways to part `[[original, altered]]` at one of its commas, from left to right."""
    text = bracket[2:-2]
    commas = [match.start() for match in re.finditer(",", text)]
    return [Choice(text[:comma].strip(), text[comma + 1 :].strip()) for comma in commas]


def _agreeing(
    literals: list[str], brackets: list[str], row: CaseRow, *, where: str
) -> tuple[Choice, ...]:
    """The reading of the choices that gives the row's original and altered abstract."""
    versions = Choice(row.original_abstract.strip(), row.incorrect_abstract.strip())
    texts = [literals[0].lstrip(), *literals[1:-1], literals[-1].rstrip()]
    # Each reading so far, with the text it gives: versions that do not begin so are dropped.
    found: dict[tuple[Choice, ...], Choice] = {(): Choice(texts[0], texts[0])}
    for bracket, text in zip(brackets, texts[1:], strict=True):
        readings = _readings(bracket)
        if not readings:
            raise InputError(f"no comma between original and altered in {bracket}: {where}")
        longer = {
            (*choices, choice): Choice(*(a + b + text for a, b in zip(given, choice, strict=True)))
            for choices, given in found.items()
            for choice in readings
        }
        found = {
            choices: given
            for choices, given in longer.items()
            if all(map(str.startswith, versions, given))
        }
    for choices, given in found.items():
        if given == versions:
            return choices
    raise InputError(
        "combined_abstract does not expand to original_abstract and incorrect_abstract: " + where
    )


def _expansion(literals: Sequence[str], words: Sequence[str]) -> str:
    pairs = itertools.zip_longest(literals, words, fillvalue="")
    return "".join(itertools.chain.from_iterable(pairs))
