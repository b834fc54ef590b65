"""Statistics: everything that a study's scores and its participants say, `study.json`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from components.formats.cases import Author
from components.formats.json_file import read_json, write_record
from components.formats.overlap import OverlapMetrics
from components.formats.params import StudyVariant
from components.formats.scores import Context, ScoringRecord
from components.formats.training_record import TrainingRecord

CHANCE = 0.5  # two abstracts to choose from
SIGNIFICANCE = 0.05
NUM_BINS = 10  # of confidence, for models and people
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)  # of zlib-to-perplexity ratios
STUDY = "study.json"
EXPERTS = "human-experts"  # who, in tables and metrics, where others are variants

Verdict = Literal["equivalent", "beyond the margin", "not shown"]


class Interval(NamedTuple):
    """The ends of a confidence interval, of 95 % where nothing else is said."""

    low: float
    high: float


@dataclass(frozen=True)
class Accuracy:
    """A share of right choices.

    Attributes:
        correct: Right choices.
        total: All choices, at least one.
        share: From 0 to 1.
        effective_total: Effective sample size: independent choices that would tell as much.
        interval: Wilson's, at the effective sample size.
    """

    correct: int
    total: int
    share: float
    effective_total: float
    interval: Interval


@dataclass(frozen=True)
class Roc:
    """The area under the receiver operating characteristic of confidence.

    Attributes:
        area: Share of the pairs of a right and a wrong choice in which the right one is made with
            more confidence; a tie, the same confidence in both, counts half. None where there is
            no such pair.
        interval: Of the area.
        reason: Why one of them is missing; empty where none is.
    """

    area: float | None
    interval: Interval | None
    reason: str = ""


@dataclass(frozen=True)
class Bin:
    """Choices of neighbouring confidence.

    Attributes:
        middle: Of the bin, as a share of all ranks: 0 the least, 1 the greatest confidence.
        correct: Right choices.
        total: All choices; none where ties leave a bin empty.
        interval: Wilson's, of the share of right choices; None in an empty bin.
    """

    middle: float
    correct: int
    total: int
    interval: Interval | None


@dataclass(frozen=True)
class RankBins:
    """Accuracy in bins of equally many ranks of confidence, and a straight line through it.

    Attributes:
        bins: From the least to the greatest confidence.
        slope: Of accuracy, from rank 0 to 1; None where fewer than two bins hold a choice.
        intercept: Accuracy at rank 0 by the line.
    """

    bins: tuple[Bin, ...]
    slope: float | None
    intercept: float | None


@dataclass(frozen=True)
class Logistic:
    """A logistic regression of being right on confidence.

    Attributes:
        slope: Log odds of a right choice for one standard deviation of confidence.
        intercept: Log odds at the mean confidence.
        standard_error: The slope's.
        interval: The slope's.
        p_value: Two-sided, of no slope.
        reason: Why a value is missing; empty where none is.
    """

    slope: float | None = None
    intercept: float | None = None
    standard_error: float | None = None
    interval: Interval | None = None
    p_value: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class PublishedLogistic:
    """The original's regressions on five random subsets of 80 % of the choices.

    The subsets share most of their choices, so the spread of their slopes says how far two such
    subsets differ, not how far the slope would be off with other choices: its standard error of
    the mean is much too small, and the t test on it finds a slope nearly always.

    Attributes:
        slope: Mean of the subsets' log odds for one unit of confidence, with sklearn's penalty.
        spread: What the original calls the standard error of that mean.
        p_value: One-sided, by the t test of five slopes, towards whichever side they lie; None
            where they are all one.
        reason: Why a value is missing; empty where none is.
    """

    slope: float | None = None
    spread: float | None = None
    p_value: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class Confidence:
    """What confidence says about choices.

    Attributes:
        roc: Area under the receiver operating characteristic.
        bins: Accuracy by rank, in as many bins for models and people.
        published_bins: The same with the original's number of bins and its order of ties.
        logistic: Odds of a right choice by confidence.
        published_logistic: The original's regressions.
    """

    roc: Roc
    bins: RankBins
    published_bins: RankBins
    logistic: Logistic
    published_logistic: PublishedLogistic


@dataclass(frozen=True)
class Permutation:
    """A paired permutation test.

    Attributes:
        difference: Mean of the paired differences.
        p_value: Two-sided.
        exact: Whether all permutations were counted rather than some drawn.
    """

    difference: float
    p_value: float
    exact: bool


@dataclass(frozen=True)
class McNemar:
    """Cases that only one of two models had right.

    Attributes:
        only_one: Right for the first only.
        only_other: Right for the second only.
        p_value: Two-sided, exact; 1 where there is no such case.
    """

    only_one: int
    only_other: int
    p_value: float


@dataclass(frozen=True)
class Comparison:
    """Two models on the same cases.

    Attributes:
        one: The first model.
        other: The second.
        difference: Accuracy of the first less that of the second.
        interval: Of the difference.
        mcnemar: Are they right equally often?
        holm_p_value: That p, adjusted for the number of pairs of models.
        permutation: The same question to the paired permutation test; it is exact and agrees.
        detectable_effect: Smallest difference that as many cases, of which as many are right for
            one model only, show with a power of 80 %; None where none is that large.
        cases_for_margin: Cases that a difference as large as the margin needs.
    """

    one: str
    other: str
    difference: float
    interval: Interval
    mcnemar: McNemar
    holm_p_value: float
    permutation: Permutation
    detectable_effect: float | None
    cases_for_margin: int


@dataclass(frozen=True)
class Model:
    """What a model reached on the cases of one author.

    Attributes:
        accuracy: Over all cases.
        num_ties: Cases whose two versions have one perplexity; they count as wrong.
        chance_p_value: Two-sided, exact, of being right by chance.
        sections: Accuracy by section of the journal.
        confidence: Everything about the distance of the two perplexities.
    """

    accuracy: Accuracy
    num_ties: int
    chance_p_value: float
    sections: dict[str, Accuracy]
    confidence: Confidence


@dataclass(frozen=True)
class TopExperts:
    """The trials of most expertise.

    Attributes:
        share: Of right choices; None where no trial is among them.
        num_dropped: Abstracts that people were asked about without a trial among them.
    """

    share: Accuracy | None
    num_dropped: int


@dataclass(frozen=True)
class Ceiling:
    """How far people agree on which cases are hard.

    Attributes:
        reliability: Expected rank correlation of the shares with those of as many other people.
        ceiling: The correlation that knowing each case's true share would reach: its root.
        num_splits: Splits of the people into halves that could be compared.
        reason: Why a value is missing; empty where none is.
    """

    reliability: float | None
    ceiling: float | None
    num_splits: int
    reason: str = ""


@dataclass(frozen=True)
class People:
    """What people reached on the cases of one author.

    Attributes:
        num_participants: How many people.
        num_cases: How many cases they were asked about.
        accuracy: Over all trials as if they were independent, which is how it was published.
        share: Over all trials, its interval with clustering by case and participant.
        sections: The same by section of the journal.
        top: Of most expertise: a fifth of each abstract's trials, rounded up, and who equals them.
        published_top: As the original takes them: a fifth, rounded down.
        confidence: Everything about the slider.
        ceiling: How far people agree on which cases are hard.
    """

    num_participants: int
    num_cases: int
    accuracy: Accuracy
    share: Accuracy
    sections: dict[str, Accuracy]
    top: TopExperts
    published_top: TopExperts
    confidence: Confidence
    ceiling: Ceiling


@dataclass(frozen=True)
class Difference:
    """A model's share of right choices less that of people.

    Attributes:
        estimate: The difference.
        standard_error: None where no variance is known.
        interval: By the normal distribution; None where no variance is known.
        interval_90: The same of 90 %: it lies within the margin where the two are equivalent.
        reason: Why there is no interval; empty where there is one.
    """

    estimate: float
    standard_error: float | None
    interval: Interval | None
    interval_90: Interval | None
    reason: str = ""


@dataclass(frozen=True)
class Equivalence:
    """Two one-sided tests of a difference.

    Attributes:
        margin: Differences below it are held to be none.
        p_value: The larger of the two tests'.
        equivalent: Whether the difference lies within the margin, at 5 %.
        smallest_margin: The margin at which p is 5 %.
    """

    margin: float
    p_value: float
    equivalent: bool
    smallest_margin: float


@dataclass(frozen=True)
class Difficulty:
    """Rank correlation of a model's margins with the share of people who were right.

    Attributes:
        correlation: Spearman's; None with fewer than three cases or where one side does not
            differ between cases.
        interval: Of the correlation.
        p_value: Two-sided, of no correlation.
        num_cases: Cases that somebody was asked about.
        num_dropped: Cases that nobody was asked about; they have no share.
        reason: Why a value is missing; empty where none is.
    """

    correlation: float | None
    interval: Interval | None
    p_value: float | None
    num_cases: int
    num_dropped: int
    reason: str = ""


@dataclass(frozen=True)
class PowerAgainstPeople:
    """What a comparison of a model with people can show.

    Attributes:
        detectable_effect: Smallest difference that is detectable.
        cases_for_margin: Cases that make a difference as large as the margin detectable.
        cases_for_equivalence: Cases that make a model that is as good as people pass for
            equivalent.
    """

    detectable_effect: float
    cases_for_margin: int
    cases_for_equivalence: int


@dataclass(frozen=True)
class AgainstPeople:
    """A model beside people on the cases of one author.

    Attributes:
        difference: Accuracy of the model less that of all trials.
        equivalence: Is that within the margin? None where the difference has no variance.
        permutation: Does the model's choice in a case differ from the share of people who were
            right? Each case counts once. None where the people's cases are not known.
        difficulty: Are the same cases hard? None where the people's cases are not known.
        power: What more cases would show. None where the difference has no variance.
    """

    difference: Difference
    equivalence: Equivalence | None
    permutation: Permutation | None
    difficulty: Difficulty | None
    power: PowerAgainstPeople | None

    @property
    def verdict(self) -> Verdict | None:
        """What is shown of the model beside people; None where nothing can be tested.

        `equivalent`: the difference lies within the margin, at 5 %; `beyond the margin`: its 95 %
        interval lies beyond the margin altogether; `not shown`: neither is shown.
        """
        found, interval = self.equivalence, self.difference.interval
        if found is None or interval is None:
            return None
        if found.equivalent:
            return "equivalent"
        beyond = interval.low > found.margin or interval.high < -found.margin
        return "beyond the margin" if beyond else "not shown"


@dataclass(frozen=True)
class AuthorStatistics:
    """Everything on the cases of one author.

    Attributes:
        num_cases: How many cases.
        models: By variant, in the study's order.
        comparisons: Of every two variants, the later of them as the first.
        people: None where nobody was asked.
        against_people: By variant; empty where nobody was asked.
        effect_above_chance: Smallest difference from chance that as many cases show with a power
            of 80 %; None where none is that large.
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
class Memorisation:
    """Zlib-to-perplexity ratios of the benchmark's originals beside those of reference texts.

    Attributes:
        num_benchmark: Originals of the benchmark.
        num_reference: Texts of the field that nobody trained on.
        benchmark: Quantiles of the originals' ratios at `QUANTILES`.
        reference: Those of the reference texts.
        roc: Share of the pairs of an original and a reference text in which the original has the
            higher ratio: a half where the model knows both equally well.
        p_value: Two-sided, by Mann and Whitney's test of that share.
    """

    num_benchmark: int
    num_reference: int
    benchmark: tuple[float, ...]
    reference: tuple[float, ...]
    roc: Roc
    p_value: float


@dataclass(frozen=True)
class ScoredVariant:
    """A variant of the study.

    Attributes:
        variant: Its row in `params.yaml`.
        record: How it was scored and trained.
    """

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
    """Everything that the statistics say.

    Attributes:
        margin: Differences below it are held to be none, as a share.
        seed: Decided on everything that was drawn.
        authors: By who made the cases; always with `human`.
        variants: In the study's order.
        contexts: Share of right choices by context, who made the cases and variant; of single
            sentences clustered by abstract.
        memorisation: By variant; None where no reference text was scored.
        overlap: What the training corpus holds of the cases.
        clean: Accuracy in cases that the corpus holds nothing of, by who made them and variant;
            without authors that have no such case.
        num_participants: How many people were asked about cases that were scored.
    """

    margin: float
    seed: int
    authors: dict[Author, AuthorStatistics]
    variants: tuple[ScoredVariant, ...]
    contexts: dict[Context, dict[Author, dict[str, Accuracy]]]
    memorisation: dict[str, Memorisation | None]
    overlap: OverlapMetrics
    clean: dict[Author, dict[str, Accuracy]]
    num_participants: int

    @property
    def human(self) -> AuthorStatistics:
        """The statistics of human-made cases; there are always some."""
        return self.authors["human"]

    @property
    def people(self) -> People:
        """What people reached on human-made cases; somebody was always asked."""
        people = self.human.people
        assert people is not None
        return people

    def accuracy(self, variant: str) -> dict[Author, Accuracy]:
        """A variant's accuracy over whole abstracts, by who made the cases."""
        return {author: each.models[variant].accuracy for author, each in self.authors.items()}


def write_study(folder: Path, study: StudyStatistics) -> None:
    """Writes all statistics of a study into a folder."""
    write_record(folder / STUDY, study)


def read_study(folder: Path) -> StudyStatistics:
    """All statistics of a study.

    Args:
        folder: Folder that the statistics stage wrote.

    Raises:
        InputError: The file is missing or bad.
    """
    return read_json(folder / STUDY, StudyStatistics)
