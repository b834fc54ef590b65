"""What a number of cases and experts can show: the power of a study that is not made yet.

    python -m benchmarks.power --cases 50 100 200 --experts 20 50 170

Studies are drawn as in `benchmarks.error_rates`: experts and models are right in 63 % of all
choices, cases differ by 0.6 of a choice's own deviate and experts by 0.3.
"""

from itertools import product

import numpy as np

from benchmarks.error_rates import Design, people_and_model
from benchmarks.measuring import print_head, print_row
from components.runtime.command_line import run
from components.runtime.ranges import check_count
from components.statistics.accuracy import clustered_accuracy
from components.statistics.against_people import error_of_difference
from components.statistics.power import effect_above_chance, effect_between, power_against_people

DISCORDANT = 0.3  # share of cases that only one model has right: .11 to .31 between published ones
SPREAD_OF_EXPERTS = 0.3


def power(
    *,
    cases: tuple[int, ...] = (50, 100, 200),
    experts: tuple[int, ...] = (20, 50, 170),
    trials: int = 10,
    num_draws: int = 200,
    seed: int = 1,
) -> None:
    """Prints tables in Markdown of the differences that a study detects with a power of 80 %.

    Args:
        cases: Numbers of cases.
        experts: Numbers of experts.
        trials: Cases that each expert answers.
        num_draws: Simulated studies per row, of which the tables have the median.
        seed: Random seed.

    Raises:
        InputError: A number is out of range, or an expert would answer more cases than there are.
    """
    for count in cases:
        check_count("cases", count, at_least=max(2, trials))
    for count in experts:
        check_count("experts", count, at_least=2)
    check_count("trials", trials)
    check_count("num_draws", num_draws)
    print_head("cases", "a model from chance", "one model from another")
    for count in cases:
        models = effect_between(count, discordant_share=DISCORDANT)
        print_row(count, _points(effect_above_chance(count)), _points(models))
    print(f"\n{trials} cases an expert:\n")
    print_head("cases", "experts", "interval of the experts' accuracy", "a model from the experts")
    draw = np.random.default_rng(seed)
    for count, people in product(cases, experts):
        found = [_against(Design(people, trials, count), draw) for _ in range(num_draws)]
        half, effect = np.median(found, axis=0)
        print_row(count, people, f"± {_points(half)}", _points(effect))


def _against(design: Design, draw: np.random.Generator) -> tuple[float, float]:
    """Half the interval of the experts' accuracy, and the detectable difference of a model."""
    people, model, _ = people_and_model(design, draw, people=SPREAD_OF_EXPERTS)
    low, high = clustered_accuracy(people.correct, people.clusters).interval
    error = error_of_difference(model, people)
    assert error is not None
    detected = power_against_people(0.1, error=error, num_cases=design.cases)
    return (high - low) / 2, detected.detectable_effect


def _points(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.0f} points"


if __name__ == "__main__":
    run(power)
