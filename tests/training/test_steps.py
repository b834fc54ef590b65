import json
import shutil

import numpy as np
import pytest
import torch

from components.formats.model import read_model
from components.training.recipe import scheduled_rate
from components.training.steps import sequence_order

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
