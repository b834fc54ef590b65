import math

import numpy as np
import pytest
import torch
from accelerate import Accelerator

from components.language_model import read_model
from components.tokens import read_tokens
from components.training.validation import validate


def uniform(weights):
    model = read_model(weights)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    return model


def test_a_uniform_model_is_as_perplexed_as_its_vocabulary_is_large(weights, tokens):
    rows = read_tokens(tokens).validation.rows
    found = validate(
        uniform(weights), rows, predicted_bytes=1000, rows_at_once=4, accelerator=Accelerator()
    )
    assert found.perplexity == pytest.approx(290, rel=1e-6)
    num_predicted = rows.shape[0] * (rows.shape[1] - 1)
    assert found.bits_per_byte == pytest.approx(num_predicted * math.log2(290) / 1000, rel=1e-6)


def test_rows_at_once_change_nothing(weights, tokens):
    rows = read_tokens(tokens).validation.rows[:7]
    model = read_model(weights)
    options = {"predicted_bytes": 1000, "accelerator": Accelerator()}
    found = [validate(model, rows, rows_at_once=n, **options).perplexity for n in (1, 3, 7, 50)]
    assert np.allclose(found, found[0], rtol=1e-6)


def test_validation_drops_nothing_out_and_keeps_the_mode(weights, tokens):
    rows = read_tokens(tokens).validation.rows[:2]
    model = read_model(weights).train()
    options = {"predicted_bytes": 9, "rows_at_once": 2, "accelerator": Accelerator()}
    assert validate(model, rows, **options) == validate(model, rows, **options)
    assert model.training
