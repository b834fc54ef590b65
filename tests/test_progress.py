import components.progress as module
from components.progress import Progress


def test_a_log_gets_plain_lines_and_a_last_one(capsys, monkeypatch):
    monkeypatch.setattr(module, "SECONDS_BETWEEN_LINES", 0.0)
    with Progress("train", total=2000, unit="updates", done=998) as progress:
        progress.advance(2, note="loss 2.100")
    assert capsys.readouterr().err.splitlines() == [
        "train: 1,000 of 2,000 updates, loss 2.100",
        "train: 1,000 of 2,000 updates, loss 2.100",
    ]


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
