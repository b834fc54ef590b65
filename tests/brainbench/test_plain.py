import copy

import numpy as np
import pytest
import torch

from components.brainbench.plain import log_probabilities


def test_their_mean_is_the_models_own_loss(any_model):
    ids = np.random.default_rng(1).integers(0, 60, 20).tolist()
    row = torch.tensor([ids])
    with torch.inference_mode():
        loss = any_model(input_ids=row, labels=row).loss
    found = log_probabilities(ids, model=any_model)
    assert found.dtype == np.float32
    assert np.isnan(found).tolist() == [True] + [False] * 19  # the first token is not predicted
    assert -np.nanmean(found) == pytest.approx(loss.item())


def test_at_the_models_precision_probabilities_are_rounded_to_it(tiny_gpt2):
    model = copy.deepcopy(tiny_gpt2).bfloat16()
    ids = np.random.default_rng(3).integers(0, 60, 20).tolist()
    for in_float32 in (True, False):
        found = log_probabilities(ids, model=model, in_float32=in_float32)[1:]
        rounded = torch.from_numpy(found).bfloat16().float().numpy()
        assert np.array_equal(found, rounded) != in_float32
