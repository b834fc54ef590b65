"""How often the study's tests and intervals err, in simulated studies of several designs.

    python -m benchmarks.error_rates

Choices follow a probit model: a case is harder or easier for everybody by a normal deviate, a
person better or worse by another one, and each choice has a deviate of its own. Models have the
same accuracy as people.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import SupportsFloat

import numpy as np
from scipy.stats import norm, ttest_1samp

from benchmarks.measuring import print_head, print_row
from components.audit.audits import audit_cues
from components.formats.cases import Case, Choice
from components.formats.statistics import Interval
from components.runtime.command_line import run
from components.statistics.accuracy import accuracy, clustered_accuracy
from components.statistics.against_people import error_of_difference
from components.statistics.clustered import Booleans, Floats
from components.statistics.noise_ceiling import noise_ceiling, spearman
from components.statistics.study import memorisation
from components.statistics.trials import Trials, shares

SHARE = 0.63  # of right choices, about that of the published experts
SPREAD_OF_CASES = 0.6  # in units of a choice's own deviate
SPREADS_OF_PEOPLE = (0.0, 0.3, 0.5)


@dataclass(frozen=True)
class Design:
    """How many people answer how many of how many cases."""

    people: int
    trials: int  # of each of them, on different cases
    cases: int = 200

    def __str__(self) -> str:
        return f"{self.people} people, {self.trials} of {self.cases} cases each"


AGAINST_PEOPLE = (Design(171, 6), Design(50, 20), Design(20, 50), Design(10, 100))
OF_A_SHARE = (Design(171, 6), Design(6, 20, cases=20), Design(4, 200), Design(6, 6, cases=20))
AUDITED, GIVEAWAYS = (50, 200), (0.0, 0.1, 0.2, 0.4)  # cases; share of them with the giveaway
NUM_OPPOSITES = 20
OF_A_CEILING = (Design(171, 6), Design(20, 50), Design(12, 200))


def error_rates(*, num_draws: int = 600, num_ceilings: int = 100, seed: int = 1) -> None:
    """Prints tables of error rates and coverages in Markdown.

    Args:
        num_draws: Simulated studies per row.
        num_ceilings: Simulated studies per row of the audit and of the noise ceiling, which take
            longer.
        seed: Random seed.
    """
    draw = np.random.default_rng(seed)
    print("a model as good as people: share of tests with p below .05")
    print_head("design", "spread of people", "clustered t test", "t test case by case")
    for design, spread in product(AGAINST_PEOPLE, SPREADS_OF_PEOPLE):
        rates = _mean(_false_differences(design, spread, draw), num_draws)
        print_row(design, spread, *rates)
    print("\npeople's accuracy: share of 95 % intervals that hold the true one")
    print_head("design", "spread of people", "clustered", "as if independent")
    for design, spread in product(OF_A_SHARE, SPREADS_OF_PEOPLE):
        rates = _mean(_coverage_of_a_share(design, spread, draw), num_draws)
        print_row(design, spread, *rates)
    print("\nmemorisation, 300 cases of 200 abstracts: share of tests with p below .05")
    print_head("each abstract once", "each case")
    print_row(*_mean(_false_memories(draw), num_draws))
    print("\naudit: share of benchmarks with a warning, and single words' accuracy and interval")
    titles = "with the giveaway", "warned", "mean accuracy", "interval holds the mean"
    print_head("cases", *titles)
    for num_cases, share in product(AUDITED, GIVEAWAYS):
        print_row(num_cases, f"{share:.0%}", *_audited(num_cases, share, draw, num_ceilings))
    print("\nnoise ceiling")
    print_head("design", "spread of cases", "true", "given", "mean", "interval holds the true one")
    for design, spread in product(OF_A_CEILING, (0.0, SPREAD_OF_CASES, 1.0)):
        print_row(design, spread, *_ceiling(design, spread, draw, num_ceilings))


def people_and_model(
    design: Design, draw: np.random.Generator, *, people: float, cases: float = SPREAD_OF_CASES
) -> tuple[Trials, Booleans, Floats]:
    """A simulated study.

    Args:
        design: Its size.
        draw: Decides on everything.
        people: Spread of people.
        cases: Spread of cases.

    Returns:
        Trials, whether the model is right in each case, and the probability that a person of whom
        nothing is known is right in it.
    """
    ease = draw.normal(0, cases, design.cases)
    skill = draw.normal(0, people, design.people)
    level, spread = norm.ppf(SHARE), np.hypot(1, people)
    order = np.argpartition(draw.random((design.people, design.cases)), design.trials - 1, axis=1)
    case = order[:, : design.trials].ravel()
    person = np.repeat(np.arange(design.people), design.trials)
    of_people = level * np.hypot(spread, cases) + ease[case] + skill[person]
    of_model = level * np.hypot(1, cases) + ease
    right = of_people + draw.normal(size=len(case)) > 0
    trials = Trials(right, np.ones(len(case)), np.ones(len(case)), case, person, ())
    known = norm.cdf((level * np.hypot(spread, cases) + ease) / spread)
    return trials, of_model + draw.normal(size=design.cases) > 0, known


def _false_differences(
    design: Design, spread: float, draw: np.random.Generator
) -> Callable[[], tuple[bool, ...]]:
    def once() -> tuple[bool, ...]:
        people, model, _ = people_and_model(design, draw, people=spread)
        error = error_of_difference(model, people)
        assert error is not None
        p_value = error.p_value(float(model.mean() - people.correct.mean()))
        by_case = model - shares(people.correct, people.cases, num_cases=design.cases)
        paired = ttest_1samp(by_case, 0, nan_policy="omit").pvalue
        return p_value < 0.05, bool(paired < 0.05)

    return once


def _coverage_of_a_share(
    design: Design, spread: float, draw: np.random.Generator
) -> Callable[[], tuple[bool, ...]]:
    def once() -> tuple[bool, ...]:
        people, _, _ = people_and_model(design, draw, people=spread)
        found = clustered_accuracy(people.correct, people.clusters), accuracy(people.correct)
        return tuple(_holds(each.interval, SHARE) for each in found)

    return once


def _false_memories(draw: np.random.Generator) -> Callable[[], tuple[bool, ...]]:
    def once() -> tuple[bool, ...]:
        abstracts, unread = draw.lognormal(size=200), draw.lognormal(size=100)
        found = (
            memorisation(each, unread)
            for each in (abstracts, np.concatenate([abstracts, abstracts[:100]]))
        )
        return tuple(each is not None and each.p_value < 0.05 for each in found)

    return once


def made_up_cases(num_cases: int, draw: np.random.Generator, *, giveaway: float) -> list[Case]:
    """Cases of thirty words, some of which are exchanged for their opposite in either direction.

    Args:
        num_cases: Cases, each of an abstract of its own.
        draw: Decides on everything.
        giveaway: Share of cases whose altered version has a word that originals never have.
    """
    cases = []
    for number in range(num_cases):
        pairs = draw.integers(NUM_OPPOSITES, size=draw.integers(1, 4))
        choices = [Choice(*draw.permutation([f"up{pair}", f"down{pair}"])) for pair in pairs]
        if draw.random() < giveaway:
            choices[0] = Choice(choices[0].original, f"notably {choices[0].altered}")
        words = draw.zipf(1.5, (len(pairs) + 1, 30 // (len(pairs) + 1)))
        literals = tuple(" ".join(f"w{word}" for word in line).join("  ") for line in words)
        cases.append(Case(f"10.1/{number}", "", literals, (), tuple(choices)))
    return cases


def _audited(
    num_cases: int, giveaway: float, draw: np.random.Generator, num_draws: int
) -> list[str]:
    """Share of benchmarks with a warning, mean accuracy, and its interval's coverage."""
    found = []
    for _ in range(num_draws):
        cases, seed = made_up_cases(num_cases, draw, giveaway=giveaway), int(draw.integers(2**32))
        found.append(audit_cues("human", cases, seed=seed, num_exchanges=999))
    warned = np.mean([any(cue.gives_away for cue in cues) for cues in found])
    words = [cues[0] for cues in found]
    mean = float(np.mean([each.accuracy for each in words]))
    intervals = [each.estimate.interval for each in words]
    held = np.mean([each is not None and _holds(each, mean) for each in intervals])
    return _rounded(warned, mean, held)


def _ceiling(design: Design, spread: float, draw: np.random.Generator, num_draws: int) -> list[str]:
    """The true ceiling, share of studies in which one is given, its mean and coverage."""
    found, reached = [], []
    for _ in range(num_draws):
        people, _, known = people_and_model(design, draw, people=0.3, cases=spread)
        right = shares(people.correct, people.cases, num_cases=design.cases)
        asked = ~np.isnan(right)
        best = spearman(known[asked], right[asked])
        reached.append(best[0] if best else 0.0)
        seed = int(draw.integers(2**32))
        found.append(noise_ceiling(people, seed=seed, num_splits=30, num_resamples=200))
    true, given = float(np.mean(reached)), [each for each in found if each.ceiling is not None]
    shown = _rounded(true, len(given) / num_draws)
    if not given:
        return [*shown, "–", "–"]
    mean = np.mean([each.ceiling for each in given])
    covered = np.mean([each.interval is not None and _holds(each.interval, true) for each in given])
    return [*shown, *_rounded(mean, covered)]


def _holds(interval: Interval, value: float) -> bool:
    return interval[0] <= value <= interval[1]


def _mean(once: Callable[[], tuple[bool, ...]], num_draws: int) -> list[str]:
    return _rounded(*np.mean([once() for _ in range(num_draws)], axis=0))


def _rounded(*values: SupportsFloat) -> list[str]:
    return [f"{float(value):.3f}" for value in values]


if __name__ == "__main__":
    run(error_rates)
