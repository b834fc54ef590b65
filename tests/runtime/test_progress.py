import pytest

import components.runtime.progress as module
from components.runtime.progress import BARS, Progress, duration, sparkline


@pytest.fixture
def printed(monkeypatch, capsys):
    """The lines of work that takes some seconds each time that it advances."""
    seconds = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: seconds[0])

    def run(what, times, *, amount=1, note="", **counted):
        with Progress(what, **counted) as progress:
            for each in times:
                seconds[0] += each
                progress.advance(amount, note=note)
        return capsys.readouterr().err.splitlines()

    return run


def test_a_log_gets_plain_lines_with_the_time_left_and_a_last_one(printed):
    steps = {"total": 2000, "unit": "steps"}
    line = "train: 1,000 of 2,000 steps, loss 2.100, 17 min left"  # 990 were another session's
    assert printed("train", [1.0] * 10, note="loss 2.100", done=990, **steps) == [line, line]
    last = printed("train", [1.0] * 100 + [2.0] * 500, **steps)[-1]  # the rate of the last minutes
    assert last == "train: 600 of 2,000 steps, 0.5 steps/s, 47 min left"


@pytest.mark.parametrize(
    ("times", "amount", "counted", "line"),
    [
        ([1.0] * 20, 1, {}, "read: 20 documents, 1 documents/s"),
        ([1.0] * 20, 12_345, {}, "read: 246,900 documents, 12,345 documents/s"),
        ([0.0] * 5, 1, {}, "read: 5 documents"),  # quick work
        ([], 1, {"total": 3, "done": 3}, "read: 3 of 3 documents"),
        ([], 1, {"total": 3, "done": 1}, "read: 1 of 3 documents"),
    ],
)
def test_rate_and_time_left_are_shown_where_they_are_known(printed, times, amount, counted, line):
    counted = {"total": None, "unit": "documents"} | counted
    assert printed("read", times, amount=amount, **counted)[-1] == line


def test_failed_work_claims_no_end(capsys):
    work = Progress("cut", total=9, unit="documents")
    with pytest.raises(RuntimeError), work:
        work.advance()
        raise RuntimeError
    assert capsys.readouterr().err == ""


def test_durations_are_rounded_to_what_is_shown():
    words = {0.4: "0 s", 45: "45 s", 59.6: "1 min", 300: "5 min", 3590: "1 h", 7800: "2 h 10 min"}
    words[260_000] = "72 h 13 min"
    assert {seconds: duration(seconds) for seconds in words} == words


def test_a_curve_is_a_bar_for_each_of_twenty_parts_between_the_lowest_and_the_highest():
    curves = {(): "", (3.0,): "", (2.0, 2.0): "▁▁", (9.0, 5.0, 1.0): "█▅▁", (1.0, 9.0): "▁█"}
    assert {values: sparkline(values) for values in curves} == curves
    curve = sparkline([10 / (1 + n) for n in range(100)])
    assert len(curve) == 20
    assert list(curve) == sorted(curve, reverse=True)
    assert (curve[0], curve[-1]) == (BARS[-1], BARS[0])
