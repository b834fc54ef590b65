import itertools
import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from components.formats.model import read_model
from components.training.divergence import LossWatch
from components.training.recipe import Recipe, scheduled_rate
from components.training.steps import History, OptimizerSteps, sequence_order
from tests.training.process import RECIPE

EPOCHS = 5  # of 20 steps
TOLERANCE = 1e-4  # of a loss in nats, relative; float32 rounds differently


@pytest.fixture
def weights_without_dropout(weights, tmp_path):
    folder = shutil.copytree(weights, tmp_path / "weights")
    config = json.loads((folder / "config.json").read_text())
    rates = {name: 0.0 for name in config if name.endswith("pdrop")}
    assert len(rates) == 3
    (folder / "config.json").write_text(json.dumps(config | rates))
    return folder


@pytest.mark.slow
def test_100_steps_have_the_losses_of_a_plain_loop(make_run, weights_without_dropout):
    run = make_run(epochs=EPOCHS, weight_decay=0.0, weights=weights_without_dropout)
    steps = run.optimizer_steps()
    found = []
    for _ in range(EPOCHS):
        found += list(steps.epoch())
        run.history.epochs.append({})
        run.history.losses.clear()
    assert len(found) == steps.num_steps == 100
    np.testing.assert_allclose(
        found, list(plain_losses(run, weights_without_dropout)), rtol=TOLERANCE
    )
    assert found[-1] < 0.9 * found[0]


def plain_losses(run, weights):
    """The same batches through transformers' model and PyTorch's AdamW."""
    recipe, sequences = run.recipe, run.data.train.sequences
    model = read_model(weights).train()
    optimizer = torch.optim.AdamW(
        model.parameters(), betas=(0.9, recipe.adam_beta2), eps=recipe.adam_epsilon, weight_decay=0
    )
    step = 0
    for epoch in range(EPOCHS):
        order = sequence_order(len(sequences), seed=recipe.seed, epoch=epoch)
        for batch in order.reshape(-1, recipe.batch_size):
            ids = torch.from_numpy(sequences[np.sort(batch)].astype(np.int64))
            optimizer.param_groups[0]["lr"] = scheduled_rate(step, recipe=recipe, num_steps=100)
            loss = model(input_ids=ids, labels=ids).loss
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            step += 1
            yield loss.item()


@pytest.mark.parametrize("device", ["cpu", "cuda"])
@pytest.mark.parametrize("stopped_after", [None, 1, 2, 3])
def test_each_loss_is_watched_once_on_a_gpu_too(device, stopped_after, monkeypatch):
    """Of two epochs of three steps, stopped and resumed after some of the first."""
    watched = []
    monkeypatch.setattr(LossWatch, "add", lambda _, loss, *, step: watched.append((loss, step)))
    history = History()

    def take_step(_batch):
        history.step += 1
        history.losses.append(torch.tensor(float(history.step)))

    def steps():
        found = OptimizerSteps(
            torch.nn.Module(),
            None,
            np.zeros((12, 8)),
            recipe=Recipe(**RECIPE),
            accelerator=SimpleNamespace(device=SimpleNamespace(type=device)),
            history=history,
        )
        monkeypatch.setattr(found, "_step", take_step)
        return found

    if stopped_after:
        list(itertools.islice(steps().epoch(), stopped_after))
        history.losses = history.as_json()["losses"]
    for epoch in range(2):
        list(steps().epoch())
        history.epochs.append({"epoch": epoch})
        history.losses.clear()
    assert watched == [(float(step), step) for step in range(1, 7)]
