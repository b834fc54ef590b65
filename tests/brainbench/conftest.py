"""Tiny causal models of several architectures, with random weights."""

import pytest
import torch
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
)

from tests.hub_server import hub
from tests.models import corpus, long_weights, tokenizer, tokens, weights

VOCABULARY = 60
SIZES = {"vocab_size": VOCABULARY, "max_position_embeddings": 64, "hidden_size": 16}
LAYERS = {"num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
MODELS = {
    "gpt2": lambda: GPT2LMHeadModel(
        GPT2Config(vocab_size=VOCABULARY, n_positions=64, n_embd=16, n_layer=2, n_head=2)
    ),
    "llama": lambda: LlamaForCausalLM(LlamaConfig(**SIZES, **LAYERS, num_key_value_heads=1)),
    "pythia": lambda: GPTNeoXForCausalLM(GPTNeoXConfig(**SIZES, **LAYERS)),
    "mistral": lambda: MistralForCausalLM(
        MistralConfig(**SIZES, **LAYERS, num_key_value_heads=2, sliding_window=7)
    ),
}


def make_model(architecture, *, seed=1):
    torch.manual_seed(seed)
    model = MODELS[architecture]().eval()
    with torch.no_grad():  # weights large enough for every token to matter
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.normal_(std=0.3)
    return model


@pytest.fixture(scope="session", params=list(MODELS))
def any_model(request):
    """A tiny model of each architecture in turn; read only."""
    return make_model(request.param)


@pytest.fixture(scope="session")
def tiny_gpt2():
    """A tiny GPT-2; read only."""
    return make_model("gpt2")
