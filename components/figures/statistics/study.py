"""All statistics of a study at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from components.figures.participants import Trial
from components.figures.statistics.answers import Answers, answers
from components.figures.statistics.arrays import Floats
from components.figures.statistics.choices import choices
from components.figures.statistics.comparison import Comparison, comparisons
from components.figures.statistics.model import (
    AgainstPeople,
    Model,
    against_people,
    model_statistics,
)
from components.figures.statistics.people import People, people_statistics
from components.figures.statistics.plain import plain
from components.figures.statistics.power import cases_above_chance, effect_above_chance
from components.runtime.errors import InputError

MARGIN = 0.10


@dataclass(frozen=True)
class AuthorStatistics:
    """Everything on the cases of one author.

    Attributes:
        num_cases: How many cases.
        models: By variant, in the study's order.
        comparisons: Of every two variants, the later of them as the first.
        people: Nothing where nobody was asked.
        against_people: By variant; empty where nobody was asked.
        effect_above_chance: Smallest difference from chance that as many cases show with a power
            of 80 %; nothing where none is that large.
        cases_above_chance: Cases that a difference from chance as large as the margin needs.
    """

    num_cases: int
    models: dict[str, Model]
    comparisons: tuple[Comparison, ...]
    people: People | None
    against_people: dict[str, AgainstPeople]
    effect_above_chance: float | None
    cases_above_chance: int


@dataclass(frozen=True)
class Study:
    """Everything that the statistics say.

    Attributes:
        margin: Differences below it are held to be none, as a share.
        seed: Decided on everything that was drawn.
        authors: By who made the cases.
    """

    margin: float
    seed: int
    authors: dict[str, AuthorStatistics]

    def as_record(self) -> dict[str, Any]:
        """As what JSON knows; see `plain`."""
        record: dict[str, Any] = plain(self)
        return record


def study(
    perplexities: Mapping[str, Mapping[str, Floats]],
    *,
    sections: Mapping[str, Sequence[str]],
    trials: Sequence[Trial],
    margin: float = MARGIN,
    seed: int = 42,
) -> Study:
    """All statistics.

    A trial's `case` is taken for the number of a human-made case. Of the cases of machines it
    only says which trials are on one case.

    Args:
        perplexities: By variant and by who made the cases: of original and altered version,
            float64, shape (num_cases, 2).
        sections: By who made the cases, each case's section of the journal.
        trials: What people chose.
        margin: Differences below it are held to be none, as a share above 0, below 0.5.
        seed: Decides on everything that is drawn.

    Raises:
        InputError: The margin is out of range, or a trial is on a human-made case that is none of
            the benchmark's.
    """
    if not 0 < margin < 0.5:
        raise InputError(f"the margin of equivalence is {margin}: expected above 0, below 0.5")
    authors = {}
    for author, names in sections.items():
        people = answers(trials, author=author)
        if author == "human" and people is not None and people.cases.max() >= len(names):
            found = f"a trial on human-made case {people.cases.max() + 1}"
            raise InputError(f"{found}: expected one of the benchmark's {len(names)}")
        scored = {variant: given[author] for variant, given in perplexities.items()}
        authors[author] = _author_statistics(
            scored,
            names,
            people,
            same_cases=author == "human",
            margin=margin,
            seed=seed,
        )
    return Study(margin, seed, authors)


def _author_statistics(
    perplexities: Mapping[str, Floats],
    sections: Sequence[str],
    people: Answers | None,
    *,
    same_cases: bool,
    margin: float,
    seed: int,
) -> AuthorStatistics:
    for each in perplexities.values():
        assert each.shape == (len(sections), 2)
        assert np.isfinite(each).all()
    outcomes = {variant: choices(each) for variant, each in perplexities.items()}
    beside = {
        variant: against_people(each, people, same_cases=same_cases, margin=margin, seed=seed)
        for variant, each in perplexities.items()
        if people is not None
    }
    return AuthorStatistics(
        num_cases=len(sections),
        models={
            variant: model_statistics(each, sections, seed=seed)
            for variant, each in perplexities.items()
        },
        comparisons=comparisons(outcomes, margin=margin, seed=seed),
        people=None if people is None else people_statistics(people, seed=seed),
        against_people=beside,
        effect_above_chance=effect_above_chance(len(sections)),
        cases_above_chance=cases_above_chance(margin),
    )
