import math

import numpy as np
import pytest
import torch
from tokenizers.processors import TemplateProcessing

from components.brainbench import plain
from components.brainbench.protocol import PUBLISHED_PROMPT, length_problem, make_protocol
from components.formats.model import read_model
from components.formats.tokenizer import read_tokenizer


@pytest.fixture(scope="module")
def cutter(tokenizer):
    return read_tokenizer(tokenizer)


@pytest.fixture(scope="module")
def gpt2(reference):
    return read_tokenizer(reference / "tokenizers" / "gpt2")


@pytest.mark.slow
def test_the_published_prompt_makes_the_published_number_of_tokens(gpt2, reference):
    """195,075 tokens of the 300 cases' texts were counted independently."""
    from components.brainbench.published_text import published_versions
    from components.formats.cases import read_cases

    faithful = make_protocol("faithful", prompt="")
    total = 0
    for name in ("Human", "GPT-4"):
        for case in read_cases(reference / "brainbench" / f"BrainBench_{name}_v0.1.csv"):
            for text in published_versions(case.combined):
                total += len(faithful.encode(text, gpt2).ids)
    assert total == 195_075


def test_the_faithful_perplexity_is_the_published_computation(cutter, weights):
    """Log-probabilities at the model's precision, their float32 mean, its exponential."""
    model = read_model(weights)
    model.config.max_position_embeddings = 1000
    text, faithful = "alpha beta", make_protocol("faithful", prompt="")
    encoding = faithful.encode(f" {text} ", cutter)
    assert encoding.ids == cutter.encode((PUBLISHED_PROMPT + " " + text).strip()).ids
    values = np.random.default_rng(1).normal(-3, 1, len(encoding.ids)).astype(np.float32)
    expected = np.exp(-torch.from_numpy(values[1:]).mean().item())
    assert faithful.perplexity(values, encoding) == expected


def test_corrected_tokens_of_the_prompt_do_not_count(cutter):
    text = "alpha increased the ratio"
    alone = make_protocol("corrected", prompt="").encode(text, cutter)
    behind = make_protocol("corrected", prompt="The cells: ").encode(text, cutter)
    assert alone.counted.tolist() == [False] + [True] * (len(alone.ids) - 1)
    assert not behind.counted[: len(behind.ids) - len(alone.ids)].any()
    words = [text[max(a, 0) : b] for a, b in behind.spans[behind.counted]]
    assert "".join(word.strip() for word in words) == text.replace(" ", "")


def test_with_a_prompt_the_first_token_counts_too(cutter):
    encoding = make_protocol("corrected", prompt="Of cells: ").encode("alpha", cutter)
    assert encoding.spans[encoding.counted][0, 1] > 0
    assert encoding.counted.sum() >= 1


def test_special_tokens_are_read_but_do_not_count(tokenizer):
    starting = read_tokenizer(tokenizer)  # puts a token in front, as Llama's does
    starting.post_processor = TemplateProcessing(
        single="<|endoftext|> $A", special_tokens=[("<|endoftext|>", 0)]
    )
    encoding = make_protocol("corrected", prompt="").encode("alpha beta", starting)
    assert encoding.counted.tolist() == [False] + [True] * (len(encoding.ids) - 1)
    assert encoding.ids[0] == encoding.spans[1, 0] == 0


def test_corrected_perplexity_is_that_of_the_text_given_the_prompt(cutter, weights):
    model = read_model(weights)
    encoding = make_protocol("corrected", prompt="of cells ").encode("beta", cutter)
    values = plain.log_probabilities(encoding.ids, model=model)
    start = int(encoding.counted.argmax())
    with torch.inference_mode():
        row = torch.tensor([encoding.ids])
        steps = model(row).logits[0].log_softmax(-1)[start - 1 : -1]
        loss = -steps.gather(1, row[0, start:, None]).mean().item()
    found = make_protocol("corrected", prompt="of cells ").perplexity(values, encoding)
    assert found == pytest.approx(math.exp(loss), rel=1e-5)


def test_an_impossible_text_has_infinite_perplexity(cutter):
    corrected = make_protocol("corrected", prompt="")
    encoding = corrected.encode("alpha beta", cutter)
    assert corrected.perplexity(np.full(len(encoding.ids), -1e4, np.float32), encoding) == math.inf


def test_a_text_too_short_or_too_long_has_a_problem(cutter):
    corrected = make_protocol("corrected", prompt="")
    one, many = (corrected.encode(text, cutter) for text in ("a", "alpha beta gamma delta"))
    assert length_problem(many, longest=None) is None
    assert length_problem(one, longest=None).startswith("1 tokens: expected one to predict")
    assert "expected the model's context of 2 at the most" in length_problem(many, longest=2)
