from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.training.checkpoint_interval import (
    SECONDS_LOST,
    SECONDS_TO_UPLOAD,
    SHARE,
    CheckpointInterval,
)


def simulate(*, least=20.0, step, held, cpu, writing, seconds=1000.0, first=0.0):
    """Begins of checkpoints, and the lines that were said, of a training on a clock of its own.

    Args:
        least: As the interval takes it.
        step: Seconds of a step.
        held: Seconds of a copy, in which no step is made.
        cpu: What else a checkpoint costs.
        writing: Seconds of writing.
        seconds: When the training ends.
        first: What the first step takes beside a step's time.
    """
    interval = CheckpointInterval(least, now=0.0)
    now, begins, lines, done_at = first, [0.0], [], None
    while now < seconds:
        now += step
        if done_at is not None and now >= done_at:
            interval.end(cost=held + cpu, writing=held + writing)
            lines += interval.warnings()
            done_at = None
        if interval.is_due(now) and done_at is None:
            interval.begin(now)
            begins.append(now)
            now += held
            done_at = now + writing
    return begins, lines


def gaps(begins):
    return [later - earlier for earlier, later in pairwise(begins)]


@settings(max_examples=50)
@given(
    step=st.floats(0.2, 15),
    held=st.floats(0, 0.5),
    cpu=st.floats(0, 0.2),
    writing=st.floats(0.01, 4),
)
def test_both_bounds_hold_where_they_can(step, held, cpu, writing):
    begins, lines = simulate(step=step, held=held, cpu=cpu, writing=writing)
    later = gaps(begins)[1:]  # the first is begun before its cost is known
    assert later
    for gap in later:
        assert gap >= 20
        assert gap + held + writing + SECONDS_TO_UPLOAD <= SECONDS_LOST + 1e-6
        assert gap + step >= 40 - held - writing or held + cpu <= SHARE * gap + 1e-9
    if held + cpu <= SHARE * (40 - held - writing):
        assert not [line for line in lines if "of the time" in line]


def test_a_checkpoint_begins_as_soon_as_it_is_cheap_enough():
    begins, lines = simulate(step=1.0, held=0.5, cpu=0.0, writing=2.0)
    assert gaps(begins)[1:-1] == pytest.approx([25.5] * (len(begins) - 3), abs=1.0)
    assert not lines
    cheap, _ = simulate(step=1.0, held=0.01, cpu=0.0, writing=2.0)
    assert gaps(cheap)[1:] == pytest.approx([20.0] * (len(cheap) - 2), abs=1.0)


def test_where_both_bounds_cannot_hold_the_minute_counts_and_one_line_says_so():
    begins, lines = simulate(step=1.0, held=1.0, cpu=1.0, writing=4.0)
    assert max(gaps(begins)) <= 40 - 1 - 4
    assert lines == [
        "checkpoints take 5.7% of the time, not 2%: fewer would lose more than 60 s of work when"
        " the run is killed"
    ]


def test_a_disk_too_slow_for_the_minute_is_said_once():
    begins, (line,) = simulate(step=1.0, held=0.1, cpu=0.1, writing=30.0)
    assert gaps(begins)[1:] == pytest.approx([30.5] * (len(begins) - 2), abs=1.0)
    assert line.startswith("a killed run can lose 81 s of work, not 60 s: a step takes 1 s,")
    assert "a checkpoint 30 s" in line


def test_a_longer_time_between_checkpoints_can_be_asked_for():
    begins, (line,) = simulate(
        least=600.0, step=1.0, held=0.1, cpu=0.0, writing=1.0, seconds=1900.0
    )
    first, *others = gaps(begins)
    assert first <= 6
    assert min(others) >= 600
    assert "can lose 622 s of work" in line


def test_a_slow_first_update_is_no_reason_for_a_warning():
    _, lines = simulate(step=1.0, held=0.1, cpu=0.0, writing=2.0, first=50.0)
    assert not lines
