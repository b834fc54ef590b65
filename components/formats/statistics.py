"""Statistics: the results of a study's variants and participants, `study.json`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from components.formats.cases import Author
from components.formats.json_file import read_json, write_record
from components.formats.params import StudyVariant
from components.formats.scores import Context, ScoringRecord
from components.formats.training_record import TrainingRecord

CHANCE = 0.5  # two abstracts to choose from
SIGNIFICANCE = 0.05
NUM_BINS = 10  # of confidence, for models and people
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)  # of zlib-to-perplexity ratios
STUDY = "study.json"

Interval = tuple[float, float]  # low and high end; of 95 % where nothing else is said
Verdict = Literal["equivalent", "beyond the margin", "not shown"]


@dataclass(frozen=True)
class Estimate:
    """An estimate with its confidence interval."""

    value: float | None  # None where it is undefined
    interval: Interval | None = None  # None where none could be computed
    inner: Interval | None = None  # narrower: of a difference, that of 90 %
    reason: str = ""  # why value or interval is missing; empty where neither is


@dataclass(frozen=True)
class Accuracy(Estimate):
    """A share of right choices, from 0 to 1, with Wilson's interval."""

    value: float
    interval: Interval
    correct: int = 0
    total: int = 0  # all choices, at least one
    effective_total: float = 0.0


@dataclass(frozen=True)
class Bin:
    """Choices of neighbouring confidence."""

    middle: float  # of the bin, as a share of all ranks: 0 the least, 1 the greatest confidence
    correct: int
    total: int  # all choices; none where ties leave a bin empty
    interval: Interval | None  # Wilson's, of the share of right choices; None in an empty bin


@dataclass(frozen=True)
class RankBins:
    """Accuracy in bins of equally many ranks of confidence, and a straight line through it."""

    bins: tuple[Bin, ...]  # from the least to the greatest confidence
    slope: float | None  # of accuracy, from rank 0 to 1; None with fewer than two filled bins
    intercept: float | None  # accuracy at rank 0 by the line


@dataclass(frozen=True)
class Logistic(Estimate):
    """A logistic regression of being right on confidence.

    Its value is the slope: the log odds of a right choice for one standard deviation of confidence.
    """

    intercept: float | None = None  # log odds at the mean confidence
    standard_error: float | None = None  # the slope's
    p_value: float | None = None  # two-sided, of no slope


@dataclass(frozen=True)
class PublishedLogistic:
    """The original's regressions on five random subsets of 80 % of the choices.

    The subsets share most of their choices, so the spread of their slopes says how far two such
    subsets differ, not how far the slope would be off with other choices: its standard error of
    the mean is much too small, and the t test on it finds a slope nearly always.
    """

    slope: float | None = None  # mean log odds for one unit of confidence, with sklearn's penalty
    spread: float | None = None  # what the original calls the standard error of that mean
    # One-sided, by the t test of five slopes, towards whichever side they lie; None where all
    # slopes are equal
    p_value: float | None = None
    reason: str = ""  # why a value is missing; empty where none is


@dataclass(frozen=True)
class Confidence:
    """How confidence relates to being right."""

    # Area under the receiver operating characteristic: the share of pairs of a right and a wrong
    # choice in which the right one has more confidence; a tie counts half
    auroc: Estimate
    bins: RankBins  # accuracy by rank, in as many bins for models and people
    published_bins: RankBins  # the same with the original's number of bins and its order of ties
    logistic: Logistic  # odds of a right choice by confidence
    published_logistic: PublishedLogistic


@dataclass(frozen=True)
class McNemar:
    """McNemar's exact test of two models' accuracies."""

    only_one: int  # cases right for the first model only
    only_other: int
    p_value: float  # two-sided; 1 where there is no such case


@dataclass(frozen=True)
class Comparison:
    """Two models on the same cases."""

    one: str
    other: str
    difference: Estimate  # accuracy of `one` minus that of `other`
    mcnemar: McNemar
    holm_p_value: float  # its p value, adjusted for the number of pairs of models
    # Smallest difference that as many cases, of which as many are right for one model only, show
    # with a power of 80 %; None where none is that large
    detectable_effect: float | None
    cases_for_margin: int  # to detect a difference as large as the margin


@dataclass(frozen=True)
class TopExperts:
    """The trials of most expertise."""

    accuracy: Accuracy | None  # None where no trial is among them
    num_dropped: int  # abstracts with trials of which none is among them


@dataclass(frozen=True)
class NoiseCeiling:
    """How far people agree on which cases are hard."""

    reliability: float | None  # expected rank correlation with the shares of as many other people
    # The correlation that knowing each case's true share would reach: its root. None where the
    # trials do not show that cases differ.
    ceiling: float | None
    interval: Interval | None  # the ceiling's
    num_splits: int  # splits of the people into halves that could be compared
    reason: str = ""  # why a value is missing; empty where none is


@dataclass(frozen=True)
class People:
    """Results of the participants on the cases of one author."""

    num_participants: int
    num_cases: int  # cases with a trial
    accuracy: Accuracy  # over all trials, its interval clustered by case and participant
    published_accuracy: Accuracy  # the same as if trials were independent
    sections: dict[str, Accuracy]
    top: TopExperts  # of most expertise: a fifth of each abstract's trials, rounded up, with ties
    published_top: TopExperts  # as the original takes them: a fifth, rounded down
    confidence: Confidence  # results by the slider of confidence
    ceiling: NoiseCeiling


@dataclass(frozen=True)
class Difference(Estimate):
    """A model's accuracy minus that of people; `inner` is the interval of 90 %."""

    value: float
    standard_error: float | None = None  # None where no variance is known; then no interval either
    # Of the t distribution; None likewise, and where there are so many cases and participants that
    # it is the normal one
    degrees_of_freedom: float | None = None
    p_value: float | None = None  # two-sided, of no difference


@dataclass(frozen=True)
class Equivalence:
    """Two one-sided tests of a difference."""

    margin: float
    p_value: float  # the larger of the two tests'
    equivalent: bool  # whether the difference lies within the margin, at 5 %
    smallest_margin: float  # the margin at which p is 5 %


@dataclass(frozen=True)
class Difficulty(Estimate):
    """Spearman's rank correlation of a model's margins with the share of people who were right.

    It is undefined with fewer than three cases or where one side is the same in all cases.
    """

    p_value: float | None = None  # two-sided, of no correlation; None without an interval
    num_cases: int = 0  # cases with a trial
    num_dropped: int = 0  # cases without one


@dataclass(frozen=True)
class PowerAgainstPeople:
    """Which differences from people can be detected, with a power of 80 %."""

    detectable_effect: float
    cases_for_margin: int  # to detect a difference as large as the margin
    cases_for_equivalence: int  # for a model as good as people to pass as equivalent


@dataclass(frozen=True)
class AgainstPeople:
    """A model beside people on the cases of one author."""

    difference: Difference  # accuracy of the model minus that of all trials
    holm_p_value: float | None  # of the difference, adjusted for the number of variants
    equivalence: Equivalence | None  # None where the difference has no variance
    difficulty: Difficulty  # whether the same cases are hard
    power: PowerAgainstPeople | None  # likewise

    @property
    def verdict(self) -> Verdict | None:
        """Outcome of the test of equivalence; None where nothing can be tested.

        `equivalent`: the difference lies within the margin, at 5 %; `beyond the margin`: its 95 %
        interval lies beyond the margin altogether; `not shown`: neither is shown.
        """
        if self.equivalence is None or self.difference.interval is None:
            return None
        if self.equivalence.equivalent:
            return "equivalent"
        (low, high), margin = self.difference.interval, self.equivalence.margin
        return "beyond the margin" if low > margin or high < -margin else "not shown"


@dataclass(frozen=True)
class AuthorStatistics:
    """Results on the cases of one author, by variant in the study's order."""

    num_cases: int
    accuracy: dict[str, Accuracy]  # over all cases
    num_ties: dict[str, int]  # equal perplexities, which count as wrong
    chance_p_values: dict[str, float]  # of the exact two-sided test against chance
    chance_holm_p_values: dict[str, float]  # the same, adjusted for the number of variants
    sections: dict[str, dict[str, Accuracy]]
    confidence: dict[str, Confidence]  # results by the distance of the two perplexities
    comparisons: tuple[Comparison, ...]  # of every two variants, the later of them as the first
    people: People | None  # None without trials
    against_people: dict[str, AgainstPeople]  # empty without trials
    # Smallest difference from chance that as many cases show with a power of 80 %; None where none
    # is that large
    effect_above_chance: float | None
    cases_above_chance: int  # to detect a difference as large as the margin


@dataclass(frozen=True)
class Memorisation:
    """Zlib-to-perplexity ratios of the benchmark's originals beside those of reference texts."""

    num_benchmark: int  # originals of the benchmark, each counted once however many cases use it
    num_reference: int  # texts of the field that nobody trained on
    benchmark: tuple[float, ...]  # quantiles of the originals' ratios at `QUANTILES`
    reference: tuple[float, ...]  # those of the reference texts
    # Share of the pairs of an original and a reference text in which the original has the higher
    # ratio: a half where the model knows both equally well
    auroc: Estimate
    p_value: float  # two-sided, by Mann and Whitney's test of that share


@dataclass(frozen=True)
class ScoredVariant:
    """A variant of the study."""

    variant: StudyVariant
    record: ScoringRecord

    @property
    def name(self) -> str:
        """Its name in `params.yaml`."""
        return self.variant.name

    @property
    def training(self) -> TrainingRecord | None:
        """How it was trained; None where that is not recorded."""
        return self.record.model

    @property
    def bits_per_byte(self) -> dict[Author, float]:
        """Of the originals of whole abstracts, by who made the cases; may lack them."""
        return (self.record.bits_per_byte or {}).get("full", {})


@dataclass(frozen=True)
class StudyStatistics:
    """All results of a study."""

    margin: float
    seed: int  # of everything that was drawn
    authors: dict[Author, AuthorStatistics]  # by who made the cases; at least one
    variants: tuple[ScoredVariant, ...]  # in the study's order
    # Accuracy by context, who made the cases and variant; of single sentences clustered by abstract
    contexts: dict[Context, dict[Author, dict[str, Accuracy]]]
    memorisation: dict[str, Memorisation | None]  # None where no reference text was scored
    # Words an n-gram by which overlap with the training corpus was searched; None where it was not
    ngram_length: int | None
    # Cases of whose original the corpus holds no n-gram, by who made them; empty where it was not
    # searched
    num_clean: dict[Author, int]
    # Accuracy in these, by who made them and variant; without authors that have none
    clean: dict[Author, dict[str, Accuracy]]
    num_participants: int  # participants with a trial in a scored case

    @property
    def made_by(self) -> Author:
        """Who made the cases of the main result: people, or a machine if they made none."""
        return "human" if "human" in self.authors else "machine"

    @property
    def main(self) -> AuthorStatistics:
        """The main result: that on the cases of `made_by`."""
        return self.authors[self.made_by]

    @property
    def people(self) -> People:
        """The participants' part of the main result; there is always one."""
        people = self.main.people
        assert people is not None
        return people

    def accuracy(self, variant: str) -> dict[Author, Accuracy]:
        """A variant's accuracy over whole abstracts, by who made the cases."""
        return {author: each.accuracy[variant] for author, each in self.authors.items()}

    def people_accuracy(self) -> dict[Author, Accuracy]:
        """The participants' accuracy by who made the cases, where there are trials."""
        return {name: each.people.accuracy for name, each in self.authors.items() if each.people}


def write_study(folder: Path, study: StudyStatistics) -> None:
    """Writes all statistics of a study into a folder."""
    write_record(folder / STUDY, study)


def read_study(folder: Path) -> StudyStatistics:
    """All statistics in a folder that the statistics stage wrote."""
    return read_json(folder / STUDY, StudyStatistics)
