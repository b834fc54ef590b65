from hypothesis import given
from hypothesis import strategies as st

from components.evidence.disagreement import disagreements, patterns
from components.formats.evidence import Place


def outcomes_of(**columns):
    """Outcomes of variants, given as a digit a case: human-made ones, a space, machine-made."""
    places = [
        Place(author, number)
        for author, digits in zip(
            ("human", "machine"), next(iter(columns.values())).split(), strict=False
        )
        for number in range(len(digits))
    ]
    rows = zip(*(digits.replace(" ", "") for digits in columns.values()), strict=True)
    return {
        place: {name: digit == "1" for name, digit in zip(columns, row, strict=True)}
        for place, row in zip(places, rows, strict=True)
    }


def test_even_splits_come_first_then_frequent_ones_then_early_ones():
    found = patterns(outcomes_of(a="11011 10", b="10101 01", c="10100 11", d="10100 00"))
    assert ["".join(str(int(right)) for right in each.right.values()) for each in found] == [
        "1100",
        "1010",
        "0110",
        "1000",
        "0111",
        "1111",
    ]
    assert [each.first for each in found][3] == ("human", 1)
    assert [each.num_cases for each in found][:4] == [
        {"human": 1},
        {"machine": 1},
        {"machine": 1},
        {"human": 2},
    ]
    assert [each.unanimous for each in found] == [False] * 5 + [True]


@given(st.lists(st.lists(st.booleans(), min_size=8, max_size=8), min_size=1, max_size=5))
def test_every_case_has_one_pattern(columns):
    outcomes = {
        Place("human", number): {str(name): right for name, right in enumerate(row)}
        for number, row in enumerate(zip(*columns, strict=True))
    }
    found = patterns(outcomes)
    assert sum(each.total for each in found) == 8
    for each in found:
        same = [place for place, right in outcomes.items() if right == each.right]
        assert (each.first, each.total) == (same[0], len(same))


def test_variants_disagree_where_some_are_right_and_some_wrong():
    outcomes = outcomes_of(a="1100 1", b="1010 1")
    assert list(disagreements(outcomes)) == [("human", 1), ("human", 2)]
