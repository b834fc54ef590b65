"""Malformed lock entries end in one line."""

import pytest

from components.runtime.errors import InputError
from pipelines.dvc.lock_entries import outputs, read_entries

OUTS = [
    5,
    "artifacts",
    [5],
    [{}],
    [{"path": "a"}],
    [{"path": "a", "md5": "0" * 32}],
    [{"path": "a", "md5": "0" * 31, "size": 1}],
    [{"path": "a", "md5": "../" + "0" * 29, "size": 1}],
    [{"path": "a", "md5": "0" * 32, "size": "1"}],
    {"path": "a", "md5": "0" * 32, "size": "1"},
]


@pytest.mark.parametrize("outs", OUTS)
def test_an_output_has_a_path_an_id_and_a_size(outs):
    with pytest.raises(InputError, match="lock.yaml: outs: found .*, expected path, md5 and size"):
        outputs({"cmd": "make", "outs": outs}, where="lock.yaml")


@pytest.mark.parametrize(
    "text",
    ["", "{", "5", "stages:", "stages: 5", "stages: {a: 5}", "stages: {a: {}}", "a: 2026-99-99"],
)
def test_a_text_without_lock_entries_is_refused(text):
    with pytest.raises(InputError, match="lock.yaml: "):
        read_entries(text, where="lock.yaml")
