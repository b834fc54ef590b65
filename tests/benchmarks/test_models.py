import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode
from transformers import GPT2Config, GPT2LMHeadModel

from benchmarks.models import training_flops


@pytest.mark.parametrize("length", [16, 64])
def test_training_takes_the_operations_that_pytorch_counts(length):
    config = GPT2Config(n_layer=2, n_head=2, n_embd=32, n_positions=64, vocab_size=128)
    config._attn_implementation = "eager"
    model = GPT2LMHeadModel(config)
    ids = torch.zeros((3, length), dtype=torch.int64)
    with FlopCounterMode(display=False) as counted:
        model(input_ids=ids, labels=ids).loss.backward()
    expected = training_flops(model, num_tokens=ids.numel(), sequence_length=length)
    assert counted.get_total_flops() == pytest.approx(expected, rel=0.03)  # biases and norms
