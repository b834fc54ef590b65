"""The tables of differences: of variants to people, and to each other."""

from components.figures.comparison_figure import verdict_in_words
from components.figures.results import Results
from components.figures.table import Column, Estimate, Table
from components.formats.statistics import AgainstPeople

AGAINST_PEOPLE = (
    Column("variant", "variant"),
    Column("author", "cases made by"),
    Column("difference", "variant minus experts, points (95% interval)", "points"),
    Column("standard_error", "", "text"),
    Column("verdict", "equivalent within the margin?"),
    Column("equivalence_p", "", "text"),
    Column("smallest_margin", "smallest margin that would pass, points", "size"),
    Column("permutation_p", "case by case, p", "p"),
    Column("difficulty", "", "number"),
    Column("difficulty_p", ""),
    Column("detectable_effect", "detectable difference, points", "size"),
    Column("cases_for_margin", ""),
    Column("cases_for_equivalence", "cases to show equivalence", "count"),
)
COMPARISONS = (
    Column("one", "first variant"),
    Column("other", "second variant"),
    Column("author", "cases made by"),
    Column("difference", "first minus second, points (95% interval)", "points"),
    Column("only_one", "right for the first only", "count"),
    Column("only_other", "right for the second only", "count"),
    Column("mcnemar_p", "McNemar's p", "p"),
    Column("holm_p", "Holm's p", "p"),
    Column("detectable_effect", "detectable difference, points", "size"),
    Column("cases_for_margin", ""),
)


def against_people_table(results: Results) -> Table:
    """Every variant less the people, by who made the cases."""
    return Table(
        name="against_people",
        caption=(
            "Every variant minus the experts. “Case by case” is a paired permutation test in which"
            " each case counts once, with the share of experts who were right. The detectable"
            " difference is the smallest that these data show with a power of 80%; the last column"
            " is how many cases, answered as often as these, would show with that power that a"
            " variant as good as the experts is equivalent."
        ),
        columns=AGAINST_PEOPLE,
        rows=[
            _beside_people(name, author, each)
            for author, found in results.study.authors.items()
            for name, each in found.against_people.items()
        ],
    )


def comparisons_table(results: Results) -> Table:
    """Every two variants, by who made the cases."""
    return Table(
        name="comparisons",
        caption=(
            "Every two variants in the same cases. Only cases that one of the two has right and the"
            " other wrong tell them apart; p is McNemar's exact test of these, and adjusted for the"
            " number of pairs by Holm's method. The detectable difference is the smallest that so"
            " many such cases show with a power of 80%."
        ),
        columns=COMPARISONS,
        rows=[
            [
                each.one,
                each.other,
                author,
                Estimate(each.difference, each.interval),
                each.mcnemar.only_one,
                each.mcnemar.only_other,
                each.mcnemar.p_value,
                each.holm_p_value,
                each.detectable_effect,
                each.cases_for_margin,
            ]
            for author, found in results.study.authors.items()
            for each in found.comparisons
        ],
    )


def _beside_people(name: str, author: str, each: AgainstPeople) -> list[object]:
    equivalence, difficulty, power = each.equivalence, each.difficulty, each.power
    correlation = difficulty.correlation if difficulty else None
    return [
        name,
        author,
        Estimate(each.difference.estimate, each.difference.interval),
        each.difference.standard_error,
        verdict_in_words(each),
        equivalence.p_value if equivalence else None,
        equivalence.smallest_margin if equivalence else None,
        each.permutation.p_value if each.permutation else None,
        Estimate(correlation, difficulty.interval if difficulty else None)
        if correlation is not None
        else None,
        difficulty.p_value if difficulty else None,
        power.detectable_effect if power else None,
        power.cases_for_margin if power else None,
        power.cases_for_equivalence if power else None,
    ]
