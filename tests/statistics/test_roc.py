import itertools

import numpy as np
import pytest

from components.statistics.calibration import roc


@pytest.fixture
def choices():
    draw = np.random.default_rng(8)
    correct = draw.random(60) < 0.6
    return draw.integers(0, 12, 60) + 3.0 * correct, correct


def won(confidence, correct):
    """1 where the right choice of a pair is surer, one half where both are, (right, wrong)."""
    right, wrong = confidence[correct], confidence[~correct]
    return (np.sign(right[:, None] - wrong) + 1) / 2


def test_the_area_counts_the_pairs_in_which_the_right_choice_is_surer(choices):
    assert roc(*choices, [np.arange(60)]).area == pytest.approx(won(*choices).mean())


def test_the_interval_is_delongs_on_the_logits_scale(choices):
    pairs = won(*choices)
    area = pairs.mean()
    # Sums of squares over n², with n / (n - 1) for all choices together.
    right, wrong = ((pairs.mean(axis=axis) - area) / pairs.shape[1 - axis] for axis in (1, 0))
    error = np.sqrt((np.sum(right**2) + np.sum(wrong**2)) * 60 / 59)
    low, high = roc(*choices, [np.arange(60)]).interval
    logits = [np.log(end / (1 - end)) for end in (low, area, high)]
    assert np.diff(logits) == pytest.approx(1.959964 * error / (area * (1 - area)), rel=1e-6)


def test_swapping_right_and_wrong_mirrors_area_and_interval(choices):
    confidence, correct = choices
    one = roc(confidence, correct, [np.arange(60)])
    other = roc(confidence, ~correct, [np.arange(60)])
    assert other.area == pytest.approx(1 - one.area)
    assert other.interval == pytest.approx((1 - one.interval.high, 1 - one.interval.low))


def test_only_the_order_of_confidence_counts(choices):
    confidence, correct = choices
    one, other = (roc(each, correct, [np.arange(60)]) for each in (confidence, confidence**3))
    assert one.area == pytest.approx(other.area)
    assert one.interval == pytest.approx(other.interval)


def test_repeated_choices_do_not_narrow_the_interval(choices):
    confidence, correct = (np.repeat(each, 5) for each in choices)
    once, often = (
        roc(*choices, [np.arange(60)]),
        roc(confidence, correct, [np.repeat(np.arange(60), 5)]),
    )
    assert often.area == pytest.approx(once.area)
    assert often.interval == pytest.approx(once.interval)


def test_confidence_that_is_all_one_tells_nothing(choices):
    found = roc(np.ones(60), choices[1], [np.arange(60)])
    assert found.area == 0.5
    assert found.interval is None
    assert "same confidence" in found.reason


@pytest.mark.parametrize(("correct", "word"), [([True] * 3, "right"), ([False] * 3, "wrong")])
def test_without_a_pair_there_is_no_area_but_a_reason(correct, word):
    found = roc(np.arange(3.0), np.array(correct), [np.arange(3)])
    assert (found.area, found.interval) == (None, None)
    assert found.reason == f"every choice is {word}"


@pytest.mark.parametrize("area", [0.0, 1.0])
def test_perfect_separation_has_an_area_without_interval(area):
    correct = np.array([False, False, True, True, True])
    found = roc(np.arange(5.0) * (1 if area else -1), correct, [np.arange(5)])
    assert (found.area, found.interval) == (area, None)
    assert found.reason


def test_every_small_set_of_choices_has_an_area_or_a_reason():
    for confidence in itertools.product((0.0, 1.0, 2.0), repeat=4):
        for correct in itertools.product((False, True), repeat=4):
            found = roc(np.array(confidence), np.array(correct), [np.arange(4) // 2])
            assert found.reason or found.interval.low <= found.area <= found.interval.high
