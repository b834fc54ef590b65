import numpy as np
import pytest
import torch

from components.brainbench.perplexity import perplexity
from components.language_model import read_model


@pytest.fixture
def model(weights):
    return read_model(weights)


@pytest.mark.parametrize("length", [2, 7, 32])
def test_a_uniform_model_is_as_perplexed_as_its_vocabulary_is_large(model, length):
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    assert perplexity(range(length), model=model) == pytest.approx(290, rel=1e-6)


def test_perplexity_is_the_exponential_of_the_models_own_loss(model):
    ids = np.random.default_rng(1).integers(0, 290, 20).tolist()
    row = torch.tensor([ids])
    with torch.inference_mode():
        loss = model(input_ids=row, labels=row).loss
    assert perplexity(ids, model=model) == pytest.approx(loss.exp().item(), rel=1e-5)


def test_what_follows_a_token_does_not_change_how_it_is_predicted(model):
    """The mean log-likelihood of a text splits into that of its beginning and the rest."""
    ids = np.random.default_rng(2).integers(0, 290, 30).tolist()
    with torch.inference_mode():
        logits = model(input_ids=torch.tensor([ids])).logits[0].log_softmax(-1)
    steps = [logits[place, ids[place + 1]].item() for place in range(29)]
    for length in (2, 11, 30):
        expected = np.exp(-np.mean(steps[: length - 1]))
        assert perplexity(ids[:length], model=model) == pytest.approx(expected, rel=1e-5)
