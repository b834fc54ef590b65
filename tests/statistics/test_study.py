import json
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from components.formats.json_file import plain
from components.formats.participants import Trial
from components.runtime.errors import InputError
from components.statistics.study import author_statistics, memorisation, study
from components.statistics.trials import trial_arrays


def trial(participant, case, correct, *, author="human", confidence=50.0, expertise=50.0):
    return Trial(str(participant), author, "Brooks", case, expertise, confidence, correct)


def record(margins, trials, *, margin=0.1, seed=42):
    """What the statistics of one author's cases say, having been through JSON."""
    count = len(next(iter(margins.values())))
    found = author_statistics(
        margins,
        ["Brooks"] * count,
        trial_arrays(trials, author="human"),
        margin=margin,
        seed=seed,
    )
    return json.loads(json.dumps(plain(found), allow_nan=False))


@pytest.fixture(scope="module")
def human(published, published_cases, published_people):
    return author_statistics(
        published,
        [each.journal_section for each in published_cases],
        published_people,
        margin=0.1,
        seed=42,
    )


def test_the_published_study_comes_out(human):
    assert {name: each.correct for name, each in human.accuracy.items()} == {
        "untrained": 92,
        "pretrained": 115,
        "scratch": 116,
        "finetuned": 127,
        "neuro": 125,
    }
    assert (human.people.published_accuracy.correct, human.people.accuracy.total) == (641, 1011)
    assert 600 < human.people.accuracy.effective_total < 750
    assert round(human.people.published_top.accuracy.value, 4) == 0.6615
    neuro = human.against_people["neuro"]
    assert round(neuro.difference.value, 3) == -0.009
    assert tuple(round(end, 3) for end in neuro.difference.interval) == (-0.082, 0.064)
    assert f"{neuro.equivalence.p_value:.1g}" == "0.007"  # at 10 points, and not at 5
    assert neuro.equivalence.equivalent
    assert 0.05 < neuro.equivalence.smallest_margin < neuro.equivalence.margin == 0.10
    assert len(human.comparisons) == 10
    assert human.sections["neuro"].keys() == human.people.sections.keys()


def test_chance_is_excluded_after_correction_only(human):
    least = min(human.chance_p_values, key=human.chance_p_values.get)
    assert least == "finetuned"
    assert human.chance_holm_p_values[least] == pytest.approx(5 * human.chance_p_values[least])
    above = {name for name, p_value in human.chance_holm_p_values.items() if p_value < 0.05}
    assert above == {"finetuned", "neuro"}


@pytest.mark.parametrize("margin", [0.0, 0.5, -0.1, float("nan")])
def test_a_margin_out_of_range_is_refused(margin):
    with pytest.raises(InputError, match="margin of equivalence"):
        study(
            (), variants={}, cases={}, trials=(), clean={}, ngram_length=13, margin=margin, seed=1
        )


@pytest.mark.slow
def test_a_seed_decides_on_everything_that_is_drawn():
    draw = np.random.default_rng(1)
    margins = {"a": draw.normal(size=40)}
    trials = [
        trial(person, case, bool(draw.random() < case / 40), confidence=float(draw.integers(100)))
        for person in range(6)
        for case in range(40)
    ]
    one, again, other = (record(margins, trials, seed=seed) for seed in (1, 1, 2))
    assert one == again
    assert one != other


def test_one_case_and_one_person_give_reasons_rather_than_numbers():
    found = record({"a": np.array([1.0])}, [trial(1, 0, True)])
    assert found["confidence"]["a"]["auroc"]["reason"]
    assert found["against_people"]["a"]["difference"]["interval"] is None
    assert found["against_people"]["a"]["equivalence"] is None
    assert found["against_people"]["a"]["power"] is None
    assert found["people"]["published_top"] == {"accuracy": None, "num_dropped": 1}
    assert found["people"]["ceiling"]["reason"]
    assert found["effect_above_chance"] is None


def test_ties_are_counted_and_wrong():
    found = record({"a": np.zeros(5)}, [])
    assert found["num_ties"]["a"] == 5
    assert found["accuracy"]["a"]["correct"] == 0


@st.composite
def studies(draw):
    count = draw(st.integers(1, 8))
    values = st.one_of(st.sampled_from([-1.0, 0.0, 1.0]), st.floats(-1e30, 1e30))
    margins = {name: draw(arrays(np.float64, count, elements=values)) for name in ("a", "b")}
    slider = st.integers(1, 4).map(float)
    trials = draw(
        st.lists(
            st.builds(
                trial,
                st.integers(1, 3),
                st.integers(0, count - 1),
                st.booleans(),
                confidence=slider,
                expertise=slider,
            ),
            max_size=12,
        )
    )
    return margins, trials


@pytest.mark.slow
@settings(max_examples=10)
@given(studies())
def test_nothing_crashes_warns_or_is_no_number(made_up):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        record(*made_up)


def test_what_was_read_before_stands_out_by_mann_and_whitneys_share_of_pairs():
    ratios = np.random.default_rng(3).lognormal(size=60)
    found = memorisation(3 * ratios, ratios)
    assert found.auroc.interval[0] > 0.5
    assert found.p_value < 0.001
    one, other = memorisation(ratios[:7], ratios[7:20]), memorisation(ratios[7:20], ratios[:7])
    assert one.auroc.value == pytest.approx(np.mean(ratios[:7, None] > ratios[7:20]))
    assert one.auroc.value == pytest.approx(1 - other.auroc.value)
    assert one.p_value == pytest.approx(other.p_value)
    assert memorisation(ratios, np.array([])) is None
