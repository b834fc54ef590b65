from hypothesis import given
from hypothesis import strategies as st

from components.evidence.outcomes import patterns
from components.formats.evidence import Place


def test_even_splits_come_first_then_frequent_ones_then_early_ones():
    columns = {"a": "1101110", "b": "1010101", "c": "1010011", "d": "1010000"}
    places = [*(Place("human", n) for n in range(5)), Place("machine", 0), Place("machine", 1)]
    outcomes = {
        place: {name: digits[n] == "1" for name, digits in columns.items()}
        for n, place in enumerate(places)
    }
    assert [
        ("".join(str(int(right)) for right in each.right.values()), each.first, each.num_cases)
        for each in patterns(outcomes)
    ] == [
        ("1100", ("human", 4), {"human": 1}),
        ("1010", ("machine", 0), {"machine": 1}),
        ("0110", ("machine", 1), {"machine": 1}),
        ("1000", ("human", 1), {"human": 2}),
        ("0111", ("human", 2), {"human": 1}),
        ("1111", ("human", 0), {"human": 1}),
    ]


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
        assert each.unanimous is (len(set(each.right.values())) == 1)
