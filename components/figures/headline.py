"""What came out, in sentences that follow from the numbers."""

from components.figures import wording
from components.figures.results import Results
from components.formats.statistics import CHANCE, AgainstPeople, Difference, ScoredVariant


def headline(results: Results) -> list[str]:
    """What came out, the main result first."""
    main = main_variant(results)
    name, reached = main.name, results.study.accuracy(main.name)["human"]
    people, beside = results.people.share, results.human.against_people[name]
    return [
        f"{_kind(results, main)} {name} chose the original abstract in"
        f" {wording.percent(reached.share)} of {wording.count(reached.total, 'human-made case')}"
        f" (95% interval {wording.interval(reached.interval)}%).",
        f"{results.field.experts} did in {wording.percent(people.share)} of their"
        f" {wording.count(people.total, 'trial')} on such cases"
        f" ({wording.interval(people.interval)}%, trials clustered by case and participant)."
        f" {_difference(beside.difference)}",
        *_equivalence(beside, margin=results.study.margin),
        _power(results, beside),
        _beside_chance(results),
    ]


def main_variant(results: Results) -> ScoredVariant:
    """The most accurate variant of the kind that the study is about; the first of equals."""
    return max(
        _group(results)[0], key=lambda each: results.study.accuracy(each.name)["human"].share
    )


def _group(results: Results) -> tuple[list[ScoredVariant], str]:
    """The variants that the study is about, and what they are."""
    name = results.field.name
    scratch = [each for each in results.study.variants if each.variant.from_scratch]
    own = [each for each in scratch if each.variant.tokenizer == "domain"]
    for kind, words in (
        (own, f"Trained from scratch on the literature of {name}, tokenizer included,"),
        (scratch, f"Trained from scratch on the literature of {name},"),
    ):
        if kind:
            return kind, words
    return list(results.study.variants), ""


def _kind(results: Results, main: ScoredVariant) -> str:
    group, words = _group(results)
    assert main in group
    if not words:
        return "The most accurate variant,"
    many = f" the most accurate of {len(group)} such variants," if len(group) > 1 else ""
    return words + many


def _difference(found: Difference) -> str:
    told = f"The difference is {wording.points(found.estimate)} percentage points"
    if found.interval is None:
        return f"{told}; an interval cannot be told ({found.reason})."
    low, high = found.interval
    told += f" (95% interval {wording.points(low)} to {wording.points(high)})"
    if low > 0:
        return f"{told}: the model is the more accurate."
    if high < 0:
        return f"{told}: the experts are the more accurate."
    return f"{told}: these data do not tell the two apart."


def _equivalence(beside: AgainstPeople, *, margin: float) -> list[str]:
    """Whether model and people are equivalent, and at which margin they would be."""
    found, told = beside.equivalence, beside.verdict
    if found is None:
        return []
    least, p_value = wording.size(found.smallest_margin), wording.p_value(found.p_value)
    held = f"Held to a margin of {wording.margin(margin)} points,"
    if told == "equivalent":
        return [
            f"{held} the two are equivalent ({p_value}); so they would be at any margin above"
            f" {least} points."
        ]
    if told == "beyond the margin":
        return [f"{held} the two are not equivalent: all of the interval lies beyond it."]
    return [
        f"{held} equivalence is not shown ({p_value}); only a margin above {least} points would"
        " pass."
    ]


def _power(results: Results, beside: AgainstPeople) -> str:
    """What so many cases can show at all."""
    cases = wording.count(results.human.num_cases, "case")
    chance, power = results.human.effect_above_chance, beside.power
    shown = []
    if chance is not None:
        shown.append(f"from chance of {wording.size(chance)} points")
    if power is not None:
        shown.append(f"from the experts of {wording.size(power.detectable_effect)} points")
    if not shown:
        return f"So few cases ({cases}) can show no difference at all with a power of 80%."
    return (
        f"With {cases} and these trials a study shows, with a power of 80%, a difference"
        f" {wording.listing(shown)} or more; smaller ones mostly go unnoticed."
    )


def _beside_chance(results: Results) -> str:
    """Which variants' intervals lie above chance, around it and below it."""
    groups: dict[str, list[str]] = {
        "above chance (50%)": [],
        "not distinguishable from chance": [],
        "below chance": [],
    }
    above, around, below = groups.values()
    for each in results.study.variants:
        low, high = results.study.accuracy(each.name)["human"].interval
        group = above if low > CHANCE else below if high < CHANCE else around
        group.append(each.name)
    text = "; ".join(
        f"{words}: {wording.listing(names)}" for words, names in groups.items() if names
    )
    return f"{text[0].upper()}{text[1:]}."
