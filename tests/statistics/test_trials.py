import numpy as np
import pytest

from components.statistics.trials import num_unrepresented, published_top, top


def test_the_published_top_20_percent_are_right_in_86_of_130_trials(published_people):
    selected = published_top(published_people)
    assert selected.sum() == 130
    assert round(published_people.correct[selected].mean(), 4) == 0.6615
    _, raters = np.unique(published_people.cases, return_counts=True)
    assert num_unrepresented(published_people, selected) == np.sum(raters < 5) == 70


def test_no_abstract_drops_out_of_the_corrected_top(published_people):
    assert num_unrepresented(published_people, top(published_people)) == 0


@pytest.mark.parametrize(("raters", "published", "corrected"), [(4, 0, 1), (5, 1, 1), (9, 1, 2)])
def test_a_fifth_is_rounded_down_as_published_and_up_when_corrected(
    people, raters, published, corrected
):
    rows = [(person, 0, True) for person in range(raters)]
    given = people(rows, expertise=list(range(raters)))
    assert np.flatnonzero(published_top(given)).tolist() == list(range(raters))[::-1][:published]
    assert np.flatnonzero(top(given)).tolist() == list(range(raters - corrected, raters))


def test_ties_go_by_the_files_order_as_published_and_together_when_corrected(people):
    rows = [(person, 0, True) for person in range(5)]
    given = people(rows, expertise=[10, 70, 30, 70, 70])
    assert np.flatnonzero(published_top(given)).tolist() == [1]
    assert np.flatnonzero(top(given)).tolist() == [1, 3, 4]
