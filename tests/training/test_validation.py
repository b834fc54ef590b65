import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState

from components.formats.model import read_model
from components.formats.tokens import read_tokens
from components.training.validation import Validation, batch_losses, to_ids, token_losses


def losses(model, sequences, **options):
    return list(batch_losses(model, sequences, accelerator=Accelerator(), **options))


def summed(model, sequences, **options):
    return sum(nats for _, nats in losses(model, sequences, **options))


def uniform(weights):
    model = read_model(weights)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    return model


def test_a_uniform_model_is_as_perplexed_as_its_vocabulary_is_large(weights, tokens):
    split = read_tokens(tokens).validation._replace(predicted_bytes=1000)
    found = Validation.of(summed(uniform(weights), split.sequences, micro_batch_size=4), split)
    assert found.perplexity == pytest.approx(290, rel=1e-6)
    num_predicted = split.sequences.shape[0] * (split.sequences.shape[1] - 1)
    assert found.bits_per_byte == pytest.approx(num_predicted * math.log2(290) / 1000, rel=1e-6)


def test_a_loss_is_that_of_a_token_behind_those_before_it(weights, tokens):
    model = read_model(weights)
    ids = to_ids(read_tokens(tokens).validation.sequences[:3], device=model.device)
    # The last token of a sequence predicts nothing.
    likely = model(ids).logits.log_softmax(dim=-1)[:, :-1]
    expected = -likely.gather(dim=-1, index=ids[:, 1:, None])[..., 0]
    torch.testing.assert_close(token_losses(model, ids), expected)


def test_the_micro_batch_size_changes_nothing_and_nothing_is_dropped_out(weights, tokens):
    sequences = read_tokens(tokens).validation.sequences[:7]
    model = read_model(weights).train()
    found = [summed(model, sequences, micro_batch_size=n) for n in (1, 3, 7, 50)]
    assert np.allclose(found, found[0], rtol=1e-6)


def test_validation_that_goes_on_is_validation_in_one_go(weights, tokens):
    sequences = read_tokens(tokens).validation.sequences[:7]
    model = read_model(weights)
    whole = losses(model, sequences, micro_batch_size=2)
    assert [num_sequences for num_sequences, _ in whole] == [2, 2, 2, 1]
    for batches in range(5):
        first = sum(num_sequences for num_sequences, _ in whole[:batches])
        assert losses(model, sequences, first=first, micro_batch_size=2) == whole[batches:]


@pytest.mark.parametrize("num_processes", [2, 3, 4])
@pytest.mark.parametrize("micro_batch_size", [1, 2])
def test_any_number_of_processes_shares_validation_with_one_result(
    num_processes, micro_batch_size, weights, tokens
):
    """Of 7 sequences, so that some processes have one less, or none in the last batch."""
    sequences = read_tokens(tokens).validation.sequences[:7]
    model = read_model(weights)
    ranks = [
        SimpleNamespace(
            process_index=rank,
            num_processes=num_processes,
            device=model.device,
            reduce=lambda nats, reduction: nats,
        )
        for rank in range(num_processes)
    ]
    options = {"micro_batch_size": micro_batch_size}
    shares = [list(batch_losses(model, sequences, accelerator=rank, **options)) for rank in ranks]
    for batch in zip(*shares, strict=True):
        assert len({num_sequences for num_sequences, _ in batch}) == 1
    found = sum(nats for share in shares for _, nats in share)
    assert found == pytest.approx(summed(model, sequences, micro_batch_size=7), rel=1e-6)


def test_validation_is_in_float32_whatever_the_recipe(weights, tokens):
    sequences = read_tokens(tokens).validation.sequences[:2]
    model, nats = read_model(weights), {}
    for precision in ("no", "bf16"):
        AcceleratorState._reset_state()
        accelerator = Accelerator(mixed_precision=precision)
        ((_, nats[precision]),) = batch_losses(
            model, sequences, micro_batch_size=2, accelerator=accelerator
        )
    AcceleratorState._reset_state()
    assert nats["bf16"] == nats["no"]
