"""A model trained without interruption, and runs of which a test takes a few steps."""

import itertools

import pytest
from accelerate import Accelerator

from components.formats.model import read_model
from components.formats.tokens import PackedTokens, read_tokens
from components.training.background import BackgroundCheckpoints
from components.training.checkpoint import Checkpoints
from components.training.loop import TrainingRun
from components.training.recipe import Recipe
from components.training.stage import training
from tests.brainbench.conftest import any_model
from tests.models import corpus, long_weights, tokenizer, tokens, weights
from tests.pipelines.local.conftest import engine
from tests.training.process import RECIPE


@pytest.fixture(scope="session")
def whole(tokens, weights, tmp_path_factory):
    """A model trained without interruption."""
    folder = tmp_path_factory.mktemp("whole")
    training(
        tokens=tokens, weights=weights, model=folder / "model", state=folder / "state", **RECIPE
    )
    assert not list((folder / "state").glob("*"))
    return folder / "model"


@pytest.fixture
def make_run(tokens, weights, tmp_path):
    """A run of 20 steps and 7 batches of validation an epoch, from its newest checkpoint."""
    found = read_tokens(tokens)
    data = PackedTokens(
        found.train._replace(sequences=found.train.sequences[:80]),
        found.validation._replace(sequences=found.validation.sequences[:14]),
    )

    def make(
        folder=tmp_path / "state", *, weights=weights, scaler=None, document_end=None, **changes
    ):
        accelerator = Accelerator()
        accelerator.scaler = scaler
        return TrainingRun(
            read_model(weights),
            data,
            recipe=Recipe(**RECIPE | changes),
            accelerator=accelerator,
            checkpoints=Checkpoints(folder),
            document_end=document_end,
        )

    return make


def advance(run, num_steps):
    """Takes steps of a run, or batches of its validation."""
    assert len(list(itertools.islice(run._steps(), num_steps))) == num_steps


def write_checkpoint(run):
    """Writes a checkpoint, as at a stop."""
    options = {"model": run.model, "optimizer": run.optimizer, "seconds": 1e9}
    BackgroundCheckpoints(run.checkpoints, **options).write_now(run.history.step, run._state)
