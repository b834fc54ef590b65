"""What a pod hands out."""

import json

import pytest

from components.errors import InputError
from pipelines.pod.outcome import Outcome, Places
from pipelines.store.lock_entries import read_entries
from tests.pod.made import Made


@pytest.fixture
def made(tmp_path):
    made = Made(tmp_path / "cache")
    made.folder("artifacts/figures", {"table.md": b"| a |"})
    made.file("artifacts/report.html", "<p>Größe</p>\r\n".encode())
    made.folder("artifacts/metrics", {"a.json": b'{"share": 0.5}'})
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
                for name in ("figures", "metrics", "summary", "report")
            },
        }
    }
    names = ("figures", "metrics", "summary", "report")
    return Places(*(folder / name for name in names), executor_input=json.dumps(given))


def hand_out(made, places):
    outcome = Outcome("figures", made.entry, made_before=False)
    outcome.hand_out(places, metrics=["artifacts/metrics"], contents=made.contents)


def test_the_lock_entry_is_handed_on_as_dvc_writes_it(made, places):
    hand_out(made, places)
    assert read_entries(places.lock.read_text(), where="lock") == {"figures": made.entry}


def test_the_report_is_handed_on_byte_for_byte(made, places):
    hand_out(made, places)
    assert places.report.read_bytes() == "<p>Größe</p>\r\n".encode()


def test_metrics_are_the_same_in_their_file_the_summary_and_the_metadata(made, places):
    hand_out(made, places)
    told = json.loads(places.lock.with_name("executor_output.json").read_text())["artifacts"]
    assert json.loads(places.metrics.read_text()) == {"a.share": 0.5}
    assert told["metrics"]["artifacts"][0]["metadata"] == {"a.share": 0.5}
    assert "| a.share | 0.5 |" in places.summary.read_text()


def test_the_metadata_names_every_output_with_its_md5_and_size(made, places):
    hand_out(made, places)
    told = json.loads(places.lock.with_name("executor_output.json").read_text())["artifacts"]
    said = told["figures"]["artifacts"][0]["metadata"]
    for each in made.entry["outs"]:
        assert said[each["path"]] == f"{each['md5']}, {each['size']:,} bytes"


def test_without_kubeflow_only_the_lock_entry_and_the_metrics_are_written(made, tmp_path):
    folder = tmp_path / "out"
    hand_out(made, Places(folder / "lock.yaml", folder / "metrics.json"))
    assert {each.name for each in folder.iterdir()} == {"lock.yaml", "metrics.json"}


@pytest.mark.parametrize("reports", [[], ["artifacts/a.html", "artifacts/b.html"]])
def test_a_stage_without_one_report_is_named(places, tmp_path, reports):
    made = Made(tmp_path / "other")
    for path in reports:
        made.file(path, b"<p>")
    with pytest.raises(InputError, match=f"figures: found {len(reports)} reports, expected one"):
        hand_out(made, places)
