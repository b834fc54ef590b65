import pytest

import components.runtime.progress as module
from components.runtime.progress import BARS, Progress, duration, sparkline


@pytest.fixture
def clock(monkeypatch):
    """The seconds that progress sees, in a list of one."""
    seconds = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: seconds[0])
    return seconds


def test_a_log_gets_plain_lines_with_the_time_left_and_a_last_one(capsys, clock):
    with Progress("train", total=2000, unit="steps", done=990) as progress:
        for _ in range(10):
            clock[0] += 1.0
            progress.advance(1, note="loss 2.100")
    assert capsys.readouterr().err.splitlines() == [
        "train: 1,000 of 2,000 steps, loss 2.100, 17 min left",  # 990 were another session's
        "train: 1,000 of 2,000 steps, loss 2.100, 17 min left",
    ]


def test_the_time_left_follows_the_last_minutes(capsys, clock):
    with Progress("train", total=2000, unit="steps") as progress:
        for seconds in [1.0] * 100 + [2.0] * 500:
            clock[0] += seconds
            progress.advance()
    assert capsys.readouterr().err.splitlines()[-1] == (
        "train: 600 of 2,000 steps, 0.5 steps/s, 47 min left"
    )


@pytest.mark.parametrize(
    ("amount", "line"),
    [
        (1, "read: 20 documents, 1 documents/s"),
        (12_345, "read: 246,900 documents, 12,345 documents/s"),
    ],
)
def test_without_a_note_there_is_the_rate(capsys, clock, amount, line):
    with Progress("read", total=None, unit="documents") as progress:
        for _ in range(20):
            clock[0] += 1.0
            progress.advance(amount)
    assert capsys.readouterr().err.splitlines()[-1] == line


def test_no_time_is_left_when_all_is_done_or_none_is_known(capsys, clock):
    with Progress("train", total=3, unit="steps", done=3):
        clock[0] += 1.0
    with Progress("train", total=3, unit="steps", done=1):
        clock[0] += 1.0
    assert capsys.readouterr().err == "train: 3 of 3 steps\ntrain: 1 of 3 steps\n"


def test_quick_work_says_one_line_only(capsys):
    with Progress("cut", total=None, unit="documents") as progress:
        for _ in range(5):
            progress.advance()
    assert capsys.readouterr().err == "cut: 5 documents\n"


def test_failed_work_claims_no_end(capsys):
    try:
        with Progress("cut", total=9, unit="documents") as progress:
            progress.advance()
            raise RuntimeError
    except RuntimeError:
        pass
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "0 s"),
        (45, "45 s"),
        (59.6, "1 min"),
        (300, "5 min"),
        (3590, "1 h"),
        (7800, "2 h 10 min"),
        (260_000, "72 h 13 min"),
    ],
)
def test_durations_are_rounded_to_what_is_shown(seconds, words):
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("values", "curve"),
    [([], ""), ([3.0], ""), ([2.0, 2.0], "▁▁"), ([9.0, 5.0, 1.0], "█▅▁"), ([1.0, 9.0], "▁█")],
)
def test_a_curve_is_a_bar_for_each_value_between_the_lowest_and_the_highest(values, curve):
    assert sparkline(values) == curve


def test_many_losses_that_fall_are_twenty_bars_that_fall():
    curve = sparkline([10 / (1 + n) for n in range(100)])
    assert len(curve) == 20
    assert list(curve) == sorted(curve, reverse=True)
    assert (curve[0], curve[-1]) == (BARS[-1], BARS[0])
