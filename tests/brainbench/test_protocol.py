import math

import pytest
import torch
from tokenizers.processors import TemplateProcessing

from components.brainbench import plain
from components.brainbench.protocol import make_protocol
from components.brainbench.sentences import published_versions
from components.formats.cases import read_cases
from components.formats.model import read_model
from components.formats.tokenizer import read_tokenizer


@pytest.fixture(scope="module")
def cutter(tokenizer):
    return read_tokenizer(tokenizer)


@pytest.mark.slow
def test_the_published_prompt_makes_the_published_number_of_tokens(reference):
    """195,075 tokens of the 300 cases' texts were counted independently."""
    faithful = make_protocol("faithful", prompt="")
    gpt2 = read_tokenizer(reference / "tokenizers" / "gpt2")
    total = sum(
        len(faithful.encode(text, gpt2).ids)
        for name in ("Human", "GPT-4")
        for case in read_cases(reference / "brainbench" / f"BrainBench_{name}_v0.1.csv")
        for text in published_versions(case.combined)
    )
    assert total == 195_075


def test_corrected_tokens_of_the_prompt_do_not_count(cutter):
    text = "alpha increased the ratio"
    alone = make_protocol("corrected", prompt="").encode(text, cutter)
    behind = make_protocol("corrected", prompt="The cells: ").encode(text, cutter)
    assert alone.counted.tolist() == [False] + [True] * (len(alone.ids) - 1)
    assert not behind.counted[: len(behind.ids) - len(alone.ids)].any()
    assert behind.counted.sum() == len(alone.ids)  # the first token of the text is predicted too
    words = [text[max(a, 0) : b] for a, b in behind.spans[behind.counted]]
    assert "".join(word.strip() for word in words) == text.replace(" ", "")


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
