"""All results of a study: what was read and what the statistics make of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from components.figures.accuracy import Accuracy, accuracy
from components.figures.field import Field
from components.figures.overlap import Overlap
from components.figures.participants import Trial
from components.figures.record import read_yaml
from components.figures.scores import Score
from components.figures.statistics.clustered import ClusteredShare, clustered_share
from components.figures.statistics.memorisation import Memorisation, memorisation
from components.figures.statistics.people import People
from components.figures.statistics.study import AuthorStatistics, Study, study
from components.formats.cases import Case
from components.formats.compression import zlib_bytes

Share = Accuracy | ClusteredShare
"""A share of right choices with its interval: of single cases, or clustered."""


@dataclass(frozen=True, eq=False)
class Results:
    """All results of a study.

    Attributes:
        field: What it is about.
        scores: Of every variant, in the study's order.
        study: What the statistics say of choices between whole abstracts.
        contexts: Share of right choices by context, who made the cases and variant; of single
            sentences clustered by abstract.
        memorisation: By variant; nothing where no reference text was scored.
        overlap: What the training corpus holds of the cases.
        clean: Accuracy in cases that the corpus holds nothing of, by who made them and variant;
            without authors that have no such case.
        num_participants: How many people were asked about cases that were scored.
    """

    field: Field
    scores: tuple[Score, ...]
    study: Study
    contexts: dict[str, dict[str, dict[str, Share]]]
    memorisation: dict[str, Memorisation | None]
    overlap: Overlap
    clean: dict[str, dict[str, Accuracy]]
    num_participants: int

    @property
    def human(self) -> AuthorStatistics:
        """The statistics of human-made cases; there are always some."""
        return self.study.authors["human"]

    @property
    def people(self) -> People:
        """What people reached on human-made cases; somebody was always asked."""
        people = self.human.people
        assert people is not None
        return people


def study_results(
    scores: Sequence[Score],
    *,
    cases: Mapping[str, Sequence[Case]],
    trials: Sequence[Trial],
    overlap: Overlap,
    field: Field,
    params: Path,
) -> Results:
    """All results.

    Args:
        scores: Of every variant, on the same cases.
        cases: The benchmark's, by who made them.
        trials: What people chose, at least one of them on a human-made case.
        overlap: What the training corpus holds of the cases.
        field: What the study is about.
        params: `params.yaml`, which says the margin of equivalence and the seed.

    Raises:
        InputError: The parameters lack the margin or the seed, or the margin is out of range.
    """
    parameters = read_yaml(params)
    authors = {author: cases[author] for author in scores[0].authors}
    found = study(
        {each.variant.name: _values(each) for each in scores},
        sections={name: [case.journal_section for case in made] for name, made in authors.items()},
        trials=trials,
        margin=parameters.record("statistics").number("margin"),
        seed=parameters.integer("seed"),
    )
    sizes = np.array([zlib_bytes(case.original) for made in authors.values() for case in made])
    return Results(
        field=field,
        scores=tuple(scores),
        study=found,
        contexts=_contexts(scores),
        memorisation={each.variant.name: _memorisation(each, sizes) for each in scores},
        overlap=overlap,
        clean=_clean(scores, overlap),
        num_participants=len({each.participant for each in trials if each.author in authors}),
    )


def _values(score: Score) -> dict[str, np.ndarray]:
    return {author: each.values for author, each in score.contexts["full"].items()}


def _memorisation(score: Score, sizes: np.ndarray) -> Memorisation | None:
    """The benchmark's originals beside the reference texts.

    Args:
        score: Whose perplexities.
        sizes: Of each original, bytes compressed by zlib, author by author.
    """
    originals = np.concatenate([each.values[:, 0] for each in score.contexts["full"].values()])
    return memorisation(sizes / originals, score.reference[:, 0] / score.reference[:, 1])


def _contexts(scores: Sequence[Score]) -> dict[str, dict[str, dict[str, Share]]]:
    found: dict[str, dict[str, dict[str, Share]]] = {}
    for score in scores:
        for context, authors in score.contexts.items():
            for author, each in authors.items():
                # A case has several sentences, which are not independent of each other.
                share = clustered_share(each.correct, [each.cases])
                whole = accuracy(each.correct.tolist())
                place = found.setdefault(context, {}).setdefault(author, {})
                place[score.variant.name] = share if context == "isolated" else whole
    return found


def _clean(scores: Sequence[Score], overlap: Overlap) -> dict[str, dict[str, Accuracy]]:
    return {
        author: {
            each.variant.name: accuracy(
                each.contexts["full"][author].correct[overlap.clean[author]].tolist()
            )
            for each in scores
        }
        for author in scores[0].authors
        if overlap.clean[author].any()
    }
