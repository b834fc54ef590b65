"""A model trained without interruption."""

import pytest

from components.training.stage import training
from tests.models import corpus, tokenizer, tokens, weights
from tests.training.process import RECIPE


@pytest.fixture(scope="module")
def whole(tokens, weights, tmp_path_factory):
    """A model trained without interruption."""
    folder = tmp_path_factory.mktemp("whole")
    training(
        tokens=tokens, weights=weights, model=folder / "model", state=folder / "state", **RECIPE
    )
    assert not list((folder / "state").glob("*"))
    return folder / "model"
