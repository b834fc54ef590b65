import numpy as np

from components.formats.statistics import Accuracy
from components.figures.statistics.clustered import clustered_share
from components.figures.statistics.sections import by_section, people_by_section


def test_sections_are_counted_apart_in_the_order_of_their_names():
    found = by_section(np.array([True, False, True]), ["b", "a", "b"])
    assert list(found.items()) == [("a", Accuracy(0, 1)), ("b", Accuracy(2, 2))]


def test_sections_of_people_add_up(published_people):
    found = people_by_section(published_people)
    assert len(found) == 5
    assert sum(each.correct for each in found.values()) == 641
    assert sum(each.total for each in found.values()) == 1011


def test_a_single_section_is_the_whole(simulated):
    whole = clustered_share(simulated.correct, simulated.clusters)
    assert people_by_section(simulated) == {"Brooks": whole}
