"""What came out, in sentences that follow from the numbers."""

from collections.abc import Sequence

from components.figures import wording
from components.figures.accuracy import CHANCE, Accuracy, difference_interval
from components.figures.field import Field
from components.figures.participants import Experts
from components.figures.scores import Score


def headline(scores: Sequence[Score], experts: Experts, *, field: Field) -> list[str]:
    """What came out, the main result first.

    Args:
        scores: Of every variant, at least one.
        experts: Whom they are compared with.
        field: What the study is about.
    """
    people = experts.accuracy["human"]
    chosen, kind = _main_result(scores, field=field)
    reached = chosen.accuracy["human"]
    return [
        f"{kind} {chosen.variant.name} chose the original abstract in"
        f" {wording.percent(reached.share)} of {wording.count(reached.total, 'human-made case')}"
        f" (95% interval {wording.interval(reached.interval)}%).",
        f"{field.experts} did in {wording.percent(people.share)} of their"
        f" {wording.count(people.total, 'trial')} on such cases"
        f" ({wording.interval(people.interval)}%). {_comparison(reached, people)}",
        _beside_chance(scores),
    ]


def _main_result(scores: Sequence[Score], *, field: Field) -> tuple[Score, str]:
    """The most accurate variant of the kind that the study is about, and that kind in words."""
    scratch = [each for each in scores if each.variant.from_scratch]
    own = [each for each in scratch if each.variant.tokenizer == "domain"]
    for kind, words in (
        (own, f"Trained from scratch on the literature of {field.name}, tokenizer included,"),
        (scratch, f"Trained from scratch on the literature of {field.name},"),
        (list(scores), ""),
    ):
        if kind:
            # max takes the first of equals
            best = max(kind, key=lambda each: each.accuracy["human"].share)
            many = f"the most accurate of {len(kind)} such variants," if len(kind) > 1 else ""
            start = words or "The most accurate variant,"
            return best, f"{start} {many}" if many and words else start
    raise AssertionError("a study has at least one variant")


def _comparison(model: Accuracy, people: Accuracy) -> str:
    low, high = bounds = difference_interval(model, people)
    difference = wording.points(model.share - people.share)
    found = f"The difference is {difference} percentage points (95% interval"
    found += f" {wording.points(bounds.low)} to {wording.points(bounds.high)})"
    if low > 0:
        return f"{found}: the model is the more accurate."
    if high < 0:
        return f"{found}: the experts are the more accurate."
    return f"{found}: these data do not tell the two apart."


def _beside_chance(scores: Sequence[Score]) -> str:
    """Which variants' intervals lie above chance, around it and below it."""
    groups: dict[str, list[str]] = {
        "above chance (50%)": [],
        "not distinguishable from chance": [],
        "below chance": [],
    }
    above, around, below = groups.values()
    for each in scores:
        low, high = each.accuracy["human"].interval
        group = above if low > CHANCE else below if high < CHANCE else around
        group.append(each.variant.name)
    text = "; ".join(
        f"{words}: {wording.listing(names)}" for words, names in groups.items() if names
    )
    return f"{text[0].upper()}{text[1:]}."
