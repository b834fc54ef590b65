import copy

import numpy as np
import pytest
import torch

from components.brainbench.plain import log_probabilities
from components.formats.model import read_model


@pytest.mark.parametrize("length", [2, 7, 32])
def test_a_uniform_model_is_as_perplexed_as_its_vocabulary_is_large(weights, length):
    model = read_model(weights)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    found = log_probabilities(range(length), model=model)
    assert np.exp(-np.nanmean(found)) == pytest.approx(290, rel=1e-6)


def test_their_mean_is_the_models_own_loss(tiny_gpt2):
    ids = np.random.default_rng(1).integers(0, 60, 20).tolist()
    row = torch.tensor([ids])
    with torch.inference_mode():
        loss = tiny_gpt2(input_ids=row, labels=row).loss
    assert -np.nanmean(log_probabilities(ids, model=tiny_gpt2)) == pytest.approx(loss.item())


def test_what_follows_a_token_does_not_change_how_it_is_predicted(any_model):
    ids = np.random.default_rng(2).integers(0, 60, 30).tolist()
    whole = log_probabilities(ids, model=any_model)
    for length in (1, 2, 11):
        beginning = log_probabilities(ids[:length], model=any_model)
        np.testing.assert_allclose(beginning, whole[:length], rtol=1e-4, atol=1e-5)


def test_the_first_token_is_not_predicted(tiny_gpt2):
    found = log_probabilities([3, 4, 5], model=tiny_gpt2)
    assert np.isnan(found).tolist() == [True, False, False]
    assert found.dtype == np.float32


def test_at_the_models_precision_probabilities_are_rounded_to_it(tiny_gpt2):
    model = copy.deepcopy(tiny_gpt2).bfloat16()
    ids = np.random.default_rng(3).integers(0, 60, 20).tolist()
    rounded = log_probabilities(ids, model=model, in_float32=False)[1:]
    assert np.array_equal(rounded, torch.from_numpy(rounded).bfloat16().float().numpy())
    exact = log_probabilities(ids, model=model)[1:]
    assert not np.array_equal(exact, torch.from_numpy(exact).bfloat16().float().numpy())
