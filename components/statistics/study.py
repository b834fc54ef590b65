"""All statistics of a study at once."""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.stats import binomtest, mannwhitneyu

from components.formats.cases import Author, Case, first_of_abstracts
from components.formats.compression import zlib_bytes
from components.formats.params import StudyVariant
from components.formats.participants import Trial
from components.formats.scores import Context, Score, VariantScores
from components.formats.statistics import (
    CHANCE,
    NUM_BINS,
    QUANTILES,
    Accuracy,
    AuthorStatistics,
    Memorisation,
    People,
    ScoredVariant,
    StudyStatistics,
    TopExperts,
)
from components.runtime.errors import InputError
from components.statistics.accuracy import accuracy, accuracy_by_section, clustered_accuracy
from components.statistics.against_people import against_people
from components.statistics.clustered import Booleans, Floats, Integers
from components.statistics.comparison import comparisons, holm
from components.statistics.confidence import auroc, confidence_statistics
from components.statistics.noise_ceiling import noise_ceiling
from components.statistics.power import cases_above_chance, effect_above_chance
from components.statistics.trials import Trials, num_unrepresented, published_top, top, trial_arrays

PUBLISHED_BINS_OF_PEOPLE = 20


def study(
    scores: Sequence[VariantScores],
    *,
    variants: Mapping[str, StudyVariant],
    cases: Mapping[Author, Sequence[Case]],
    trials: Sequence[Trial],
    clean: Mapping[Author, Booleans],
    ngram_length: int | None,
    margin: float,
    seed: int,
) -> StudyStatistics:
    """All statistics.

    Args:
        scores: Of every variant, on the same cases.
        variants: Their rows in `params.yaml`, by name.
        cases: The benchmark's, by who made them.
        trials: Participants' choices.
        clean: Whether the training corpus holds no n-gram of a case, by who made the cases, shape
            (num_cases,); empty where no corpus was searched.
        ngram_length: Words an n-gram; None where no corpus was searched.
        margin: Equivalence margin, as a share above 0, below 0.5.
        seed: Random seed of everything that is drawn.

    Raises:
        InputError: The margin is out of range, or no trial is on a case of the main result.
    """
    if not 0 < margin < 0.5:
        raise InputError(f"the margin of equivalence is {margin}: expected above 0, below 0.5")
    authors = scores[0].authors
    margins = {
        author: {each.name: _margins(each.contexts["full"][author]) for each in scores}
        for author in authors
    }
    benchmark = [case for author in authors for case in cases[author]]
    abstracts = first_of_abstracts(benchmark)
    sizes = np.array([zlib_bytes(benchmark[each].original) for each in abstracts])
    found = StudyStatistics(
        margin=margin,
        seed=seed,
        authors={
            author: author_statistics(
                margins[author],
                [case.journal_section for case in cases[author]],
                trial_arrays(trials, author=author),
                margin=margin,
                seed=seed,
            )
            for author in authors
        },
        variants=tuple(ScoredVariant(variants[each.name], each.record) for each in scores),
        contexts=_contexts(scores),
        memorisation={each.name: _memorisation(each, abstracts, sizes) for each in scores},
        ngram_length=ngram_length,
        num_clean={author: int(clean[author].sum()) for author in authors if author in clean},
        clean={
            author: {name: accuracy(each[clean[author]] > 0) for name, each in found.items()}
            for author, found in margins.items()
            if author in clean and clean[author].any()
        },
        num_participants=len({each.participant for each in trials if each.author in authors}),
    )
    if found.main.people is None:
        expected = f"some whose journal_section begins with '{found.made_by}_'"
        raise InputError(f"no trial on a {found.made_by}-made case: expected {expected}")
    return found


def author_statistics(
    margins: Mapping[str, Floats],
    sections: Sequence[str],
    trials: Trials | None,
    *,
    margin: float,
    seed: int,
) -> AuthorStatistics:
    """Everything on the cases of one author.

    A model's confidence, as published, is the distance of the perplexities of a case's versions.

    Args:
        margins: By variant, shape (num_cases,).
        sections: Each case's section of the journal.
        trials: Participants' choices in the cases; None where there are none.
        margin: Equivalence margin, as a share.
        seed: Random seed of everything that is drawn.
    """
    right = {variant: each > 0 for variant, each in margins.items()}
    chance = {
        variant: float(binomtest(int(each.sum()), len(each), CHANCE).pvalue)
        for variant, each in right.items()
    }
    apart = [np.arange(len(sections))]  # each case is a cluster of its own
    return AuthorStatistics(
        num_cases=len(sections),
        accuracy={variant: accuracy(each) for variant, each in right.items()},
        num_ties={variant: int(np.sum(each == 0)) for variant, each in margins.items()},
        chance_p_values=chance,
        chance_holm_p_values=dict(zip(chance, holm(list(chance.values())), strict=True)),
        sections={variant: accuracy_by_section(each, sections) for variant, each in right.items()},
        confidence={
            variant: confidence_statistics(
                np.abs(each), right[variant], apart, num_published_bins=NUM_BINS, seed=seed
            )
            for variant, each in margins.items()
        },
        comparisons=comparisons(right, margin=margin),
        people=None if trials is None else people_statistics(trials, seed=seed),
        against_people={} if trials is None else against_people(margins, trials, margin=margin),
        effect_above_chance=effect_above_chance(len(sections)),
        cases_above_chance=cases_above_chance(margin),
    )


def people_statistics(trials: Trials, *, seed: int) -> People:
    """Everything about the participants; the seed is of their halves and the original's subsets."""
    return People(
        num_participants=len(np.unique(trials.participants)),
        num_cases=len(np.unique(trials.cases)),
        accuracy=clustered_accuracy(trials.correct, trials.clusters),
        published_accuracy=accuracy(trials.correct),
        sections=accuracy_by_section(trials.correct, trials.sections, trials.clusters),
        top=_top_experts(trials, top(trials)),
        published_top=_top_experts(trials, published_top(trials)),
        confidence=confidence_statistics(
            trials.confidence,
            trials.correct,
            trials.clusters,
            num_published_bins=PUBLISHED_BINS_OF_PEOPLE,
            seed=seed,
        ),
        ceiling=noise_ceiling(trials, seed=seed),
    )


def _top_experts(trials: Trials, selected: Booleans) -> TopExperts:
    found = None
    if selected.any():
        clusters = [labels[selected] for labels in trials.clusters]
        found = clustered_accuracy(trials.correct[selected], clusters)
    return TopExperts(found, num_unrepresented(trials, selected))


def memorisation(benchmark: Floats, reference: Floats) -> Memorisation | None:
    """Compares zlib-to-perplexity ratios of the benchmark's originals with those of unread texts.

    The ratio of the bytes that zlib makes of a text to a model's perplexity of it is high for a
    text that the model finds likely though it does not compress well, as it does what it has read
    (Carlini et al. 2021, USENIX Security, section 5.2). It tends to grow with length, so shorter
    references let the benchmark look known. None where there is no reference.
    """
    if not len(reference):
        return None
    ratios = np.concatenate([benchmark, reference])
    of_benchmark = np.arange(len(ratios)) < len(benchmark)
    return Memorisation(
        num_benchmark=len(benchmark),
        num_reference=len(reference),
        benchmark=tuple(np.quantile(benchmark, QUANTILES).tolist()),
        reference=tuple(np.quantile(reference, QUANTILES).tolist()),
        auroc=auroc(ratios, of_benchmark, [np.arange(len(ratios))]),
        p_value=float(mannwhitneyu(benchmark, reference, alternative="two-sided").pvalue),
    )


def _memorisation(
    scores: VariantScores, abstracts: Sequence[int], sizes: Integers
) -> Memorisation | None:
    """A variant's, of each abstract's first case, whose original has a size compressed by zlib."""
    rows = [each for authors in scores.contexts["full"].values() for each in authors]
    originals = np.array([rows[each].original_perplexity for each in abstracts])
    reference = np.array([each.zlib_bytes / each.perplexity for each in scores.reference])
    return memorisation(sizes / originals, reference)


def _contexts(
    scores: Sequence[VariantScores],
) -> dict[Context, dict[Author, dict[str, Accuracy]]]:
    found: dict[Context, dict[Author, dict[str, Accuracy]]] = {}
    for variant in scores:
        for context, authors in variant.contexts.items():
            for author, rows in authors.items():
                place = found.setdefault(context, {}).setdefault(author, {})
                right = _margins(rows) > 0
                if context == "isolated":  # a case's sentences are not independent of each other
                    cases = np.array([each.case for each in rows], dtype=np.int64)
                    place[variant.name] = clustered_accuracy(right, [cases])
                else:
                    place[variant.name] = accuracy(right)
    return found


def _margins(scores: Sequence[Score]) -> Floats:
    return np.array([each.margin for each in scores], dtype=np.float64)
