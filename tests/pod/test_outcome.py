"""What a pod hands out."""

import json

import pytest

from components.errors import InputError
from pipelines.pod.outcome import Outcome, Places
from tests.pod.made import Made


@pytest.fixture
def made(tmp_path):
    made = Made(tmp_path / "cache")
    made.folder("artifacts/figures", {"table.md": b"| a |"})
    made.file("artifacts/report.html", "<p>Größe</p>\r\n".encode())
    made.folder("artifacts/metrics", {"a.json": b'{"human": 0.5}'})
    return made


@pytest.fixture
def places(tmp_path):
    """Places in folders that are not there yet, as kfp names them."""
    folder = tmp_path / "s3" / "run" / "task"
    given = {
        "outputs": {
            "outputFile": str(folder / "executor_output.json"),
            "artifacts": {
                name: {"artifacts": [{"name": name, "uri": f"s3://run/task/{name}"}]}
                for name in ("metrics", "summary", "report")
            },
        }
    }
    names = ("metrics", "summary", "report")
    return Places(*(folder / name for name in names), executor_input=json.dumps(given))


def hand_out(made, places):
    outcome = Outcome("figures", made.entry, made_before=False)
    outcome.hand_out(places, metrics=["artifacts/metrics"], contents=made.contents)


def test_the_report_is_handed_on_byte_for_byte(made, places):
    hand_out(made, places)
    assert places.report.read_bytes() == "<p>Größe</p>\r\n".encode()


def test_metrics_are_the_same_in_their_file_and_the_metadata(made, places):
    hand_out(made, places)
    told = json.loads(places.metrics.with_name("executor_output.json").read_text())["artifacts"]
    assert json.loads(places.metrics.read_text()) == {"accuracy.a": 0.5}
    assert told["metrics"]["artifacts"][0]["metadata"] == {"accuracy.a": 0.5}


def test_a_task_whose_page_shows_nothing_writes_nothing(made, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    hand_out(made, Places())
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("reports", [[], ["artifacts/a.html", "artifacts/b.html"]])
def test_a_stage_without_one_report_is_named(places, tmp_path, reports):
    made = Made(tmp_path / "other")
    for path in reports:
        made.file(path, b"<p>")
    with pytest.raises(InputError, match=f"figures: found {len(reports)} reports, expected one"):
        hand_out(made, places)
