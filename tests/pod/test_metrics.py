"""The headline metrics of a study."""

import json

import pytest

from components.errors import InputError
from pipelines.pod.metrics import MOST, headlines
from pipelines.store.lock_entries import outputs
from tests.pod.made import Made


@pytest.fixture
def made(tmp_path):
    return Made(tmp_path / "cache")


def found(made):
    named = outputs(made.entry, where="entry")
    return headlines(named, names=["artifacts/metrics"], contents=made.contents)


def test_they_are_accuracies_and_losses_by_variant(made):
    numbers = b'{"human": 0.6, "human_low": 0.5, "bits_per_byte": 1.5, "auroc": 0.7}'
    made.folder("artifacts/metrics", {"b.json": numbers, "a.json": b'{"human": 0.9}', "c.txt": b""})
    made.folder("artifacts/statistics", {"b.json": numbers})
    assert list(found(made).items()) == [
        ("accuracy.a", 0.9),
        ("accuracy.b", 0.6),
        ("bits_per_byte.b", 1.5),
    ]


def test_of_many_variants_the_accuracies_come_first_and_twenty_are_shown(made):
    numbers = json.dumps({"human": 0.5, "bits_per_byte": 1}).encode()
    made.folder("artifacts/metrics", {f"{number:02}.json": numbers for number in range(60)})
    assert list(found(made)) == [f"accuracy.{number:02}" for number in range(MOST)]


def test_what_is_no_finite_number_is_left_out(made):
    made.folder("artifacts/metrics", {"a.json": b'{"human": NaN, "bits_per_byte": "1"}'})
    assert found(made) == {}


@pytest.mark.parametrize("text", [b"{", b"5"])
def test_a_file_that_holds_none_is_named(made, text):
    made.folder("artifacts/metrics", {"a.json": text})
    with pytest.raises(InputError, match=r"a.json: found other text, expected JSON"):
        found(made)
