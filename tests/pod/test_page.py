"""What the pipeline's page shows of a stage."""

import json

import pytest

from components.runtime.errors import InputError
from pipelines.pod.page import MAX_METRICS, PageFiles, Result
from pipelines.store.objects import Objects
from tests.store.filled_store import FilledStore

REPORT = "<p>Größe</p>\r\n".encode()
OUTPUTS = {
    "artifacts/figures": {"table.md": b"| a |"},
    "artifacts/report.html": REPORT,
    "artifacts/metrics": {"a.json": b'{"human": 0.5}'},
}


@pytest.fixture
def filled(store, store_folder, tmp_path):
    return FilledStore(store, folder=store_folder, cache=tmp_path / "cache")


@pytest.fixture
def contents(filled):
    return Objects(filled.bucket, filled.cache)


@pytest.fixture
def result_of(filled):
    """Makes the result of a stage with outputs: a file's content, or a folder's by name."""
    return lambda outputs, *, is_cached=False: Result(
        "figures", filled.entry("figures", outputs), is_cached=is_cached
    )


@pytest.fixture
def files(tmp_path):
    """PageFiles in folders that are not there yet, as kfp names them."""
    folder = tmp_path / "s3" / "run" / "task"
    names = ("metrics", "summary", "report")
    artifacts = {name: {"artifacts": [{"name": name, "uri": f"s3://{name}"}]} for name in names}
    given = {"outputFile": str(folder / "executor_output.json"), "artifacts": artifacts}
    executor_input = json.dumps({"outputs": given})
    return PageFiles(*(folder / name for name in names), executor_input=executor_input)


def test_the_page_has_the_report_byte_for_byte_and_metrics_as_file_and_metadata(
    result_of, contents, files
):
    result_of(OUTPUTS).write_page(files, metrics=["artifacts/metrics"], contents=contents)
    assert files.report.read_bytes() == REPORT
    written = json.loads(files.metrics.with_name("executor_output.json").read_text())["artifacts"]
    assert json.loads(files.metrics.read_text()) == {"accuracy.a": 0.5}
    assert written["metrics"]["artifacts"][0]["metadata"] == {"accuracy.a": 0.5}


def test_a_task_whose_page_shows_nothing_writes_nothing(result_of, contents, tmp_path, monkeypatch):
    result = result_of(OUTPUTS)
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    result.write_page(PageFiles(), metrics=["artifacts/metrics"], contents=contents)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("reports", [[], ["artifacts/a.html", "artifacts/b.html"]])
def test_a_stage_without_one_report_is_named(result_of, contents, files, reports):
    result = result_of(dict.fromkeys(reports, b"<p>"))
    with pytest.raises(InputError, match=f"figures: found {len(reports)} reports, expected one"):
        result.write_page(files, metrics=[], contents=contents)


NUMBERS = b'{"human": 0.6, "human_low": 0.5, "bits_per_byte": 1.5, "auroc": 0.7}'
HEADLINES = {"accuracy.a": 0.9, "accuracy.b": 0.6, "bits_per_byte.b": 1.5}
MANY = {f"{number:02}.json": b'{"human": 1, "bits_per_byte": 1}' for number in range(60)}


@pytest.mark.parametrize(
    ("metrics", "expected"),
    [
        ({"b.json": NUMBERS, "a.json": b'{"human": 0.9}', "c.txt": b""}, HEADLINES),
        ({"a.json": b'{"machine": 0.9}'}, {"accuracy.a": 0.9}),
        (MANY, {f"accuracy.{number:02}": 1 for number in range(MAX_METRICS)}),
        ({"a.json": b'{"human": NaN, "bits_per_byte": "1"}'}, {}),  # no finite numbers
    ],
    ids=["by variant", "machine-made only", "twenty of many", "not finite"],
)
def test_headlines_are_accuracies_and_then_losses_by_variant(
    result_of, contents, metrics, expected
):
    result = result_of({"artifacts/metrics": metrics, "artifacts/statistics": {"b.json": NUMBERS}})
    found = result.headlines(["artifacts/metrics"], contents)
    assert list(found.items()) == list(expected.items())


@pytest.mark.parametrize("text", [b"{", b"5"])
def test_a_file_without_metrics_is_named(result_of, contents, text):
    result = result_of({"artifacts/metrics": {"a.json": text}})
    with pytest.raises(InputError, match=r"a.json: found other text, expected JSON"):
        result.headlines(["artifacts/metrics"], contents)


def test_a_summary_has_the_table_of_results_and_the_outputs_between_empty_lines(
    result_of, contents
):
    table = "| model | share |\n|---|---|\n| a | 1 |"
    result = result_of({"artifacts/figures": {"table.md": table.encode()}, "report": b"x" * 12345})
    title, first, origin, outputs = result.summary(contents).split("\n\n")
    assert (title, first, origin) == ("# figures", table, "Computed by this run.")
    lines = outputs.splitlines()
    assert lines[-1] == f"| report | 12,345 | {result.entry['outs'][1]['md5']} |"
    assert {line.count("|") for line in lines} == {4}


def test_a_summary_says_that_a_result_was_cached(result_of, contents):
    assert "Cached result" in result_of(OUTPUTS, is_cached=True).summary(contents)
