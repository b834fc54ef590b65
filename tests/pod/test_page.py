"""What the pipeline's page shows of a stage."""

import pytest

from components.runtime.errors import InputError
from pipelines.pod.page import MAX_METRICS, Page
from pipelines.store.objects import Objects
from tests.store.filled_store import FilledStore


@pytest.fixture
def page_of(store, store_folder, tmp_path):
    """Makes the page of a stage with outputs: a file's content, or a folder's by name."""
    filled = FilledStore(store, folder=store_folder, cache=tmp_path / "cache")
    objects = Objects(filled.bucket, filled.cache)
    return lambda outputs, *, is_cached=False: Page(
        "figures", filled.entry("figures", outputs), objects, is_cached
    )


@pytest.mark.parametrize("names", [[], ["artifacts/a.html", "artifacts/b.html"]])
def test_a_stage_without_one_report_is_named(page_of, names):
    with pytest.raises(InputError, match=f"figures: found {len(names)} reports, expected one"):
        page_of(dict.fromkeys(names, b"<p>")).report()


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
def test_headlines_are_accuracies_and_then_losses_by_variant(page_of, metrics, expected):
    page = page_of({"artifacts/metrics": metrics, "artifacts/statistics": {"b.json": NUMBERS}})
    assert list(page.headlines(["artifacts/metrics"]).items()) == list(expected.items())


@pytest.mark.parametrize("text", [b"{", b"5"])
def test_a_file_without_metrics_is_named(page_of, text):
    page = page_of({"artifacts/metrics": {"a.json": text}})
    with pytest.raises(InputError, match=r"a.json: found other text, expected JSON"):
        page.headlines(["artifacts/metrics"])


@pytest.mark.parametrize(
    ("is_cached", "said"),
    [(False, "Computed by this run."), (True, "Cached result, taken from the store.")],
)
def test_a_summary_has_the_table_of_results_and_the_outputs_between_empty_lines(
    page_of, is_cached, said
):
    table = "| model | share |\n|---|---|\n| a | 1 |"
    outputs = {"artifacts/figures": {"table.md": table.encode()}, "report": b"x" * 12345}
    page = page_of(outputs, is_cached=is_cached)
    title, first, origin, listed = page.summary().split("\n\n")
    assert (title, first, origin) == ("# figures", table, said)
    lines = listed.splitlines()
    assert lines[-1] == f"| report | 12,345 | {page.entry['outs'][1]['md5']} |"
    assert {line.count("|") for line in lines} == {4}
