"""All statistics of a study at once."""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.stats import binomtest

from components.formats.cases import Author, Case
from components.formats.compression import zlib_bytes
from components.formats.overlap import OverlapMetrics
from components.formats.params import StudyVariant
from components.formats.participants import Trial
from components.formats.scores import Context, Perplexities, VariantScores
from components.formats.statistics import (
    CHANCE,
    NUM_BINS,
    Accuracy,
    AuthorStatistics,
    Memorisation,
    Model,
    ScoredVariant,
    StudyStatistics,
)
from components.runtime.errors import InputError
from components.statistics.accuracy import accuracy, accuracy_by_section, clustered_accuracy
from components.statistics.against_people import against_people
from components.statistics.calibration import confidence_statistics
from components.statistics.clustered import Booleans, Floats, Integers
from components.statistics.comparison import comparisons
from components.statistics.memorisation import memorisation
from components.statistics.people import Trials, people_statistics, trial_arrays
from components.statistics.power import cases_above_chance, effect_above_chance


def study(
    scores: Sequence[VariantScores],
    *,
    variants: Mapping[str, StudyVariant],
    cases: Mapping[Author, Sequence[Case]],
    trials: Sequence[Trial],
    clean: Mapping[Author, Booleans],
    overlap: OverlapMetrics,
    margin: float,
    seed: int,
) -> StudyStatistics:
    """All statistics.

    A trial's `case` is taken for the number of a human-made case. Of the cases of machines it
    only says which trials are on one case.

    Args:
        scores: Of every variant, on the same cases.
        variants: Their rows in `params.yaml`, by name.
        cases: The benchmark's, by who made them.
        trials: What people chose, at least one of them on a human-made case.
        clean: Whether the training corpus holds nothing of a case, by who made the cases, shape
            (num_cases,).
        overlap: What the training corpus holds of the cases.
        margin: Differences below it are held to be none, as a share above 0, below 0.5.
        seed: Decides on everything that is drawn.

    Raises:
        InputError: The margin is out of range.
    """
    if not 0 < margin < 0.5:
        raise InputError(f"the margin of equivalence is {margin}: expected above 0, below 0.5")
    authors = scores[0].authors
    margins = {
        author: {each.name: each.contexts["full"][author].margins for each in scores}
        for author in authors
    }
    sizes = np.array([zlib_bytes(case.original) for author in authors for case in cases[author]])
    return StudyStatistics(
        margin=margin,
        seed=seed,
        authors={
            author: author_statistics(
                margins[author],
                [case.journal_section for case in cases[author]],
                trial_arrays(trials, author=author),
                same_cases=author == "human",
                margin=margin,
                seed=seed,
            )
            for author in authors
        },
        variants=tuple(ScoredVariant(variants[each.name], each.record) for each in scores),
        contexts=_contexts(scores),
        memorisation={each.name: _memorisation(each, sizes) for each in scores},
        overlap=overlap,
        clean={
            author: {name: accuracy(each[clean[author]] > 0) for name, each in found.items()}
            for author, found in margins.items()
            if clean[author].any()
        },
        num_participants=len({each.participant for each in trials if each.author in authors}),
    )


def author_statistics(
    margins: Mapping[str, Floats],
    sections: Sequence[str],
    people: Trials | None,
    *,
    same_cases: bool,
    margin: float,
    seed: int,
) -> AuthorStatistics:
    """Everything on the cases of one author.

    Args:
        margins: By variant, by how much the altered version's perplexity exceeds the original's,
            shape (num_cases,).
        sections: Each case's section of the journal.
        people: Trials on the cases; None where there are none.
        same_cases: Whether a trial's case is the number of one of these cases.
        margin: Of equivalence, as a share.
        seed: Decides on everything that is drawn.
    """
    beside = {
        variant: against_people(each, people, same_cases=same_cases, margin=margin, seed=seed)
        for variant, each in margins.items()
        if people is not None
    }
    return AuthorStatistics(
        num_cases=len(sections),
        models={
            variant: model_statistics(each, sections, seed=seed)
            for variant, each in margins.items()
        },
        comparisons=comparisons(
            {variant: each > 0 for variant, each in margins.items()}, margin=margin, seed=seed
        ),
        people=None if people is None else people_statistics(people, seed=seed),
        against_people=beside,
        effect_above_chance=effect_above_chance(len(sections)),
        cases_above_chance=cases_above_chance(margin),
    )


def model_statistics(margins: Floats, sections: Sequence[str], *, seed: int) -> Model:
    """Everything about a model alone.

    Its published confidence is how far the perplexities of a case's two versions lie apart.

    Args:
        margins: By how much the altered version's perplexity exceeds the original's, shape
            (num_cases,).
        sections: Each case's section of the journal.
        seed: Decides on the original's subsets.
    """
    right = margins > 0
    return Model(
        accuracy=accuracy(right),
        num_ties=int(np.sum(margins == 0)),
        chance_p_value=float(binomtest(int(right.sum()), len(right), CHANCE).pvalue),
        sections=accuracy_by_section(right, sections),
        confidence=confidence_statistics(
            np.abs(margins),
            right,
            [np.arange(len(right))],
            num_published_bins=NUM_BINS,
            seed=seed,
        ),
    )


def _contexts(
    scores: Sequence[VariantScores],
) -> dict[Context, dict[Author, dict[str, Accuracy]]]:
    found: dict[Context, dict[Author, dict[str, Accuracy]]] = {}
    for score in scores:
        for context, authors in score.contexts.items():
            for author, each in authors.items():
                place = found.setdefault(context, {}).setdefault(author, {})
                place[score.name] = _context_accuracy(each, context)
    return found


def _context_accuracy(perplexities: Perplexities, context: Context) -> Accuracy:
    if context == "isolated":  # a case's sentences are not independent of each other
        return clustered_accuracy(perplexities.correct, [perplexities.cases])
    return accuracy(perplexities.correct)


def _memorisation(score: VariantScores, sizes: Integers) -> Memorisation | None:
    """The benchmark's originals beside the reference texts.

    Args:
        score: Whose perplexities.
        sizes: Of each original, bytes compressed by zlib, author by author, shape (num_cases,).
    """
    originals = np.concatenate([each.values[:, 0] for each in score.contexts["full"].values()])
    reference = np.array([each.zlib_bytes / each.perplexity for each in score.reference])
    return memorisation(sizes / originals, reference)
