import numpy as np

from components.statistics.accuracy import accuracy_by_section, clustered_accuracy


def test_sections_are_counted_apart_in_the_order_of_their_names():
    found = accuracy_by_section(np.array([True, False, True]), ["b", "a", "b"])
    assert [(name, each.correct, each.total) for name, each in found.items()] == [
        ("a", 0, 1),
        ("b", 2, 2),
    ]


def test_sections_of_people_add_up(published_people):
    found = accuracy_by_section(
        published_people.correct, published_people.sections, published_people.clusters
    )
    assert len(found) == 5
    assert sum(each.correct for each in found.values()) == 641
    assert sum(each.total for each in found.values()) == 1011


def test_a_single_section_is_the_whole(simulated):
    whole = clustered_accuracy(simulated.correct, simulated.clusters)
    assert accuracy_by_section(simulated.correct, simulated.sections, simulated.clusters) == {
        "Brooks": whole
    }
