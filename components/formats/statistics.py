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
    """An estimate with its confidence interval.

    Attributes:
        value: None where it is undefined.
        interval: None where none could be computed.
        inner: A narrower interval, where there is one: of a difference, that of 90 %.
        reason: Why value or interval is missing; empty where neither is.
    """

    value: float | None
    interval: Interval | None = None
    inner: Interval | None = None
    reason: str = ""


@dataclass(frozen=True)
class Accuracy(Estimate):
    """A share of right choices, from 0 to 1, with Wilson's interval.

    Attributes:
        effective_total: Effective sample size, that of the interval; `total` is at least one.
    """

    value: float
    interval: Interval
    correct: int = 0
    total: int = 0
    effective_total: float = 0.0


@dataclass(frozen=True)
class Bin:
    """Choices of neighbouring confidence; none where ties leave a bin empty.

    Attributes:
        middle: Of the bin, as a share of all ranks: 0 the least, 1 the greatest confidence.
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
class Logistic(Estimate):
    """A logistic regression of being right on confidence.

    Its value is the slope: the log odds of a right choice for one standard deviation of confidence.

    Attributes:
        intercept: Log odds at the mean confidence.
        standard_error: The slope's.
        p_value: Two-sided, of no slope.
    """

    intercept: float | None = None
    standard_error: float | None = None
    p_value: float | None = None


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
            where all slopes are equal.
        reason: Why a value is missing; empty where none is.
    """

    slope: float | None = None
    spread: float | None = None
    p_value: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class Confidence:
    """How confidence relates to being right.

    Attributes:
        auroc: Area under the receiver operating characteristic: the share of pairs of a right and
            a wrong choice in which the right one has more confidence; a tie counts half.
        bins: Accuracy by rank, in as many bins for models and people.
        published_bins: The same with the original's number of bins and its order of ties.
    """

    auroc: Estimate
    bins: RankBins
    published_bins: RankBins
    logistic: Logistic
    published_logistic: PublishedLogistic


@dataclass(frozen=True)
class McNemar:
    """McNemar's exact test of two models' accuracies, by the cases right for one of them only.

    The p value is two-sided, and 1 where there is no such case.
    """

    only_one: int
    only_other: int
    p_value: float


@dataclass(frozen=True)
class Comparison:
    """Two models on the same cases.

    Attributes:
        difference: Accuracy of the first minus that of the second.
        holm_p_value: McNemar's p value, adjusted for the number of pairs of models.
        detectable_effect: Smallest difference that as many cases, of which as many are right for
            one model only, show with a power of 80 %; None where none is that large.
        cases_for_margin: Cases that a difference as large as the margin needs.
    """

    one: str
    other: str
    difference: Estimate
    mcnemar: McNemar
    holm_p_value: float
    detectable_effect: float | None
    cases_for_margin: int


@dataclass(frozen=True)
class TopExperts:
    """The trials of most expertise.

    Attributes:
        accuracy: None where no trial is among them.
        num_dropped: Abstracts with trials of which none is among them.
    """

    accuracy: Accuracy | None
    num_dropped: int


@dataclass(frozen=True)
class NoiseCeiling:
    """How far people agree on which cases are hard.

    Attributes:
        reliability: Expected rank correlation of the shares with those of as many other people.
        ceiling: The correlation that knowing each case's true share would reach: its root. None
            where the trials do not show that cases differ.
        interval: The ceiling's.
        num_splits: Splits of the people into halves that could be compared.
        reason: Why a value is missing; empty where none is.
    """

    reliability: float | None
    ceiling: float | None
    interval: Interval | None
    num_splits: int
    reason: str = ""


@dataclass(frozen=True)
class People:
    """Results of the participants on the cases of one author.

    Attributes:
        num_cases: Cases with a trial.
        accuracy: Over all trials, its interval clustered by case and participant.
        published_accuracy: The same as if trials were independent.
        top: Of most expertise: a fifth of each abstract's trials, rounded up, with ties.
        published_top: As the original takes them: a fifth, rounded down.
    """

    num_participants: int
    num_cases: int
    accuracy: Accuracy
    published_accuracy: Accuracy
    sections: dict[str, Accuracy]
    top: TopExperts
    published_top: TopExperts
    confidence: Confidence
    ceiling: NoiseCeiling


@dataclass(frozen=True)
class Difference(Estimate):
    """A model's accuracy minus that of people; `inner` is the interval of 90 %.

    Attributes:
        standard_error: None where no variance is known; then there is no interval either.
        degrees_of_freedom: Of the t distribution; None likewise, and where there are so many cases
            and participants that it is the normal one.
        p_value: Two-sided, of no difference; None likewise.
    """

    value: float
    standard_error: float | None = None
    degrees_of_freedom: float | None = None
    p_value: float | None = None


@dataclass(frozen=True)
class Equivalence:
    """Two one-sided tests of a difference.

    Attributes:
        p_value: The larger of the two tests'.
        equivalent: Whether the difference lies within the margin, at 5 %.
        smallest_margin: The margin at which p is 5 %.
    """

    margin: float
    p_value: float
    equivalent: bool
    smallest_margin: float


@dataclass(frozen=True)
class Difficulty(Estimate):
    """Spearman's rank correlation of a model's margins with the share of people who were right.

    It is undefined with fewer than three cases or where one side is the same in all cases.

    Attributes:
        p_value: Two-sided, of no correlation.
        num_cases: Cases with a trial.
        num_dropped: Cases without one.
    """

    p_value: float | None = None
    num_cases: int = 0
    num_dropped: int = 0


@dataclass(frozen=True)
class PowerAgainstPeople:
    """Which differences from people can be detected, with a power of 80 %.

    Attributes:
        detectable_effect: Smallest detectable difference.
        cases_for_margin: Cases that make a difference as large as the margin detectable.
        cases_for_equivalence: Cases with which a model that is as good as people passes as
            equivalent.
    """

    detectable_effect: float
    cases_for_margin: int
    cases_for_equivalence: int


@dataclass(frozen=True)
class AgainstPeople:
    """A model beside people on the cases of one author.

    Attributes:
        difference: Accuracy of the model minus that of all trials.
        holm_p_value: The difference's p value, adjusted for the number of variants; None where it
            has none.
        equivalence: Test of equivalence; None where the difference has no variance.
        power: None where the difference has no variance.
    """

    difference: Difference
    holm_p_value: float | None
    equivalence: Equivalence | None
    difficulty: Difficulty
    power: PowerAgainstPeople | None

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
    """Results on the cases of one author, by variant in the study's order.

    Attributes:
        num_ties: Cases whose two versions have the same perplexity; they count as wrong.
        chance_p_values: Of the exact two-sided test against chance.
        chance_holm_p_values: The same, adjusted for the number of variants.
        sections: Accuracy by section of the journal.
        confidence: By the distance of the two perplexities.
        comparisons: Of every two variants, the later of them as the first.
        people: None without trials.
        against_people: Empty without trials.
        effect_above_chance: Smallest difference from chance that as many cases show with a power
            of 80 %; None where none is that large.
        cases_above_chance: Cases that a difference from chance as large as the margin needs.
    """

    num_cases: int
    accuracy: dict[str, Accuracy]
    num_ties: dict[str, int]
    chance_p_values: dict[str, float]
    chance_holm_p_values: dict[str, float]
    sections: dict[str, dict[str, Accuracy]]
    confidence: dict[str, Confidence]
    comparisons: tuple[Comparison, ...]
    people: People | None
    against_people: dict[str, AgainstPeople]
    effect_above_chance: float | None
    cases_above_chance: int


@dataclass(frozen=True)
class Memorisation:
    """Zlib-to-perplexity ratios of the benchmark's originals beside those of reference texts.

    Attributes:
        num_benchmark: Originals of the benchmark, each counted once however many cases use it.
        num_reference: Texts of the field that nobody trained on.
        benchmark: Quantiles of the originals' ratios at `QUANTILES`.
        reference: Those of the reference texts.
        auroc: Share of the pairs of an original and a reference text in which the original has the
            higher ratio: a half where the model knows both equally well.
        p_value: Two-sided, by Mann and Whitney's test of that share.
    """

    num_benchmark: int
    num_reference: int
    benchmark: tuple[float, ...]
    reference: tuple[float, ...]
    auroc: Estimate
    p_value: float


@dataclass(frozen=True)
class ScoredVariant:
    """A variant of the study: its row in `params.yaml`, and how it was scored and trained."""

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
    """All results of a study.

    Attributes:
        margin: The equivalence margin, as a share.
        authors: By who made the cases; at least one.
        variants: In the study's order.
        contexts: Accuracy by context, who made the cases and variant; of single sentences
            clustered by abstract.
        memorisation: By variant; None where no reference text was scored.
        ngram_length: Words an n-gram by which overlap with the training corpus was searched; None
            where it was not.
        num_clean: Cases of whose original the corpus holds no n-gram, by who made them; empty where
            it was not searched.
        clean: Accuracy in these, by who made them and variant; without authors that have none.
        num_participants: Participants with a trial in a scored case.
    """

    margin: float
    seed: int
    authors: dict[Author, AuthorStatistics]
    variants: tuple[ScoredVariant, ...]
    contexts: dict[Context, dict[Author, dict[str, Accuracy]]]
    memorisation: dict[str, Memorisation | None]
    ngram_length: int | None
    num_clean: dict[Author, int]
    clean: dict[Author, dict[str, Accuracy]]
    num_participants: int

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
    """All statistics in a folder; raises an `InputError` where the file is missing or bad."""
    return read_json(folder / STUDY, StudyStatistics)
