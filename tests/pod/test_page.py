"""What the pipeline's page shows of a stage."""

import json

import pytest

from components.runtime.errors import InputError
from pipelines.pod.page import MAX_METRICS, PageFiles, Result
from tests.pod.made import Made


@pytest.fixture
def empty(tmp_path):
    return Made(tmp_path / "empty")


@pytest.fixture
def made(tmp_path):
    made = Made(tmp_path / "cache")
    made.folder("artifacts/figures", {"table.md": b"| a |"})
    made.file("artifacts/report.html", "<p>Größe</p>\r\n".encode())
    made.folder("artifacts/metrics", {"a.json": b'{"human": 0.5}'})
    return made


@pytest.fixture
def files(tmp_path):
    """PageFiles in folders that are not there yet, as kfp names them."""
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
    return PageFiles(*(folder / name for name in names), executor_input=json.dumps(given))


def write_page(made, files):
    result = Result("figures", made.entry, is_cached=False)
    result.write_page(files, metrics=["artifacts/metrics"], contents=made.contents)


def test_the_report_is_handed_on_byte_for_byte(made, files):
    write_page(made, files)
    assert files.report.read_bytes() == "<p>Größe</p>\r\n".encode()


def test_metrics_are_the_same_in_their_file_and_the_metadata(made, files):
    write_page(made, files)
    written = json.loads(files.metrics.with_name("executor_output.json").read_text())["artifacts"]
    assert json.loads(files.metrics.read_text()) == {"accuracy.a": 0.5}
    assert written["metrics"]["artifacts"][0]["metadata"] == {"accuracy.a": 0.5}


def test_a_task_whose_page_shows_nothing_writes_nothing(made, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    write_page(made, PageFiles())
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("reports", [[], ["artifacts/a.html", "artifacts/b.html"]])
def test_a_stage_without_one_report_is_named(files, empty, reports):
    for path in reports:
        empty.file(path, b"<p>")
    with pytest.raises(InputError, match=f"figures: found {len(reports)} reports, expected one"):
        write_page(empty, files)


def headlines(made):
    result = Result("figures", made.entry, is_cached=False)
    return result.headlines(["artifacts/metrics"], made.contents)


def test_headlines_are_accuracies_and_losses_by_variant(empty):
    numbers = b'{"human": 0.6, "human_low": 0.5, "bits_per_byte": 1.5, "auroc": 0.7}'
    empty.folder(
        "artifacts/metrics", {"b.json": numbers, "a.json": b'{"human": 0.9}', "c.txt": b""}
    )
    empty.folder("artifacts/statistics", {"b.json": numbers})
    assert list(headlines(empty).items()) == [
        ("accuracy.a", 0.9),
        ("accuracy.b", 0.6),
        ("bits_per_byte.b", 1.5),
    ]


def test_of_many_variants_the_accuracies_come_first_and_twenty_are_shown(empty):
    numbers = json.dumps({"human": 0.5, "bits_per_byte": 1}).encode()
    empty.folder("artifacts/metrics", {f"{number:02}.json": numbers for number in range(60)})
    assert list(headlines(empty)) == [f"accuracy.{number:02}" for number in range(MAX_METRICS)]


def test_a_headline_that_is_no_finite_number_is_left_out(empty):
    empty.folder("artifacts/metrics", {"a.json": b'{"human": NaN, "bits_per_byte": "1"}'})
    assert headlines(empty) == {}


@pytest.mark.parametrize("text", [b"{", b"5"])
def test_a_file_without_metrics_is_named(empty, text):
    empty.folder("artifacts/metrics", {"a.json": text})
    with pytest.raises(InputError, match=r"a.json: found other text, expected JSON"):
        headlines(empty)


def summary(made, *, is_cached=False):
    return Result("figures", made.entry, is_cached=is_cached).summary(made.contents)


def test_a_summary_begins_with_the_stage_and_the_table_of_results(empty):
    empty.folder("artifacts/figures", {"table.md": b"| model | share |\n|---|---|\n| a | 1 |"})
    lines = summary(empty).splitlines()
    assert lines[0] == "# figures"
    assert lines[2:5] == ["| model | share |", "|---|---|", "| a | 1 |"]


def test_a_summary_says_what_was_made_and_whether_this_pod_made_it(empty):
    empty.file("artifacts/report.html", b"x" * 12345)
    assert "Computed by this run." in summary(empty)
    assert "Cached result" in summary(empty, is_cached=True)
    assert f"| artifacts/report.html | 12,345 | {empty.entry['outs'][0]['md5']} |" in summary(empty)


def test_every_table_of_a_summary_stands_between_empty_lines(empty):
    empty.folder("artifacts/figures", {"table.md": b"| a |\n|---|\n| b |"})
    parts = summary(empty).split("\n\n")
    tables = [part for part in parts if part.startswith("|")]
    assert len(tables) == 2
    for table in tables:
        assert len({line.count("|") for line in table.strip().splitlines()}) == 1
