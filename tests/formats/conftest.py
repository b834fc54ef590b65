"""Small inputs."""

import pytest

from components.formats.cases import read_benchmark
from tests.made_up_study import write_inputs
from tests.models import corpus, tokenizer, weights


@pytest.fixture
def inputs(tmp_path):
    """The made-up study's files, which a test may spoil."""
    write_inputs(tmp_path / "inputs")
    return tmp_path / "inputs"


@pytest.fixture
def cases(inputs):
    """The made-up study's cases, by who made them."""
    return read_benchmark(inputs / "brainbench")


@pytest.fixture
def replace():
    """Replaces the first occurrence of a text in a file."""

    def change(file, old, new):
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), encoding="utf-8")

    return change
