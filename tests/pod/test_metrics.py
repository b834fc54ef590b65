"""Metrics as flat numbers."""

import math

import pytest

from components.errors import InputError
from pipelines.pod.metrics import read_metrics
from tests.pod.made import Made


@pytest.fixture
def made(tmp_path):
    return Made(tmp_path / "cache")


def metrics(made, names=()):
    return read_metrics(made.entry, names=list(names), contents=made.contents)


def test_nested_names_are_joined_by_dots(made):
    made.folder("artifacts/scores/a", {"metrics.json": b'{"n": 3, "of": {"all": {"x": 0.5}}}'})
    assert metrics(made) == {"n": 3, "of.all.x": 0.5}


def test_only_finite_numbers_count(made):
    text = b'{"a": 1, "b": true, "c": "1", "d": null, "e": [1], "f": NaN, "g": -Infinity, "h": 2.5}'
    made.folder("artifacts/scores/a", {"metrics.json": text})
    found = metrics(made)
    assert found == {"a": 1, "h": 2.5}
    assert all(math.isfinite(value) for value in found.values())


@pytest.mark.parametrize("name", ["metrics.json", "training.json", "tokens.json"])
def test_the_record_beside_a_result_counts(made, name):
    made.folder("artifacts/models/a", {name: b'{"n": 1}', "tokenizer.json": b'{"n": 2}'})
    assert metrics(made) == {"n": 1}


def test_records_of_folders_within_do_not_count(made):
    made.folder("artifacts/models/a", {"within/metrics.json": b'{"n": 1}'})
    assert metrics(made) == {}


def test_of_several_files_each_leads_its_numbers_by_its_name(made):
    made.folder("artifacts/metrics", {"a.json": b'{"n": 1}', "b.json": b'{"n": 2}', "c.txt": b"x"})
    assert metrics(made, ["artifacts/metrics"]) == {"a.n": 1, "b.n": 2}


def test_a_stage_of_single_files_has_none(made):
    made.file("artifacts/report.html", b"<p>")
    assert metrics(made) == {}


def test_a_record_that_is_not_json_is_named(made):
    made.folder("artifacts/scores/a", {"metrics.json": b"{"})
    with pytest.raises(InputError, match=r"metrics.json: not JSON"):
        metrics(made)
