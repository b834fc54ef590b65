"""The effect of each difference between the published and the corrected protocol.

    python -m benchmarks.differences --model FOLDER --tokenizer FOLDER --cases FOLDER

Each difference is applied alone to the corrected protocol without a prompt, in float32.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from transformers import PreTrainedModel

from benchmarks.measuring import print_head, print_row
from components.brainbench import block_masked, plain
from components.brainbench.fast_layers import use_fast_layers
from components.brainbench.protocol import PUBLISHED_PROMPT, Protocol, length_problem
from components.brainbench.questions import make_questions
from components.formats.cases import Author, Case, read_benchmark
from components.formats.model import context_length, read_model, read_model_tokenizer
from components.formats.scores import Context
from components.runtime.command_line import run
from components.runtime.errors import InputError

Perplexities = NDArray[np.float64]  # (num_pairs, 2): original, altered
CORRECTED = Protocol("corrected", "")


def differences(
    *,
    model: Path,
    tokenizer: Path,
    cases: Path,
    num_cases: int | None = None,
    half_precision_cases: int = 20,
) -> None:
    """Prints how much each difference changes perplexities, and how many choices.

    Args:
        model: Folder of the model.
        tokenizer: Folder of the tokenizer.
        cases: Folder with human.csv and optionally machine.csv.
        num_cases: Number of cases per author, from the first; by default all.
        half_precision_cases: Number of cases per author for float16, which is slow on a CPU.
    """
    benchmark = {author: made[:num_cases] for author, made in read_benchmark(cases).items()}
    network = read_model(model)
    cutter = read_model_tokenizer(tokenizer, model=network)
    use_fast_layers(network)

    def score(
        context: Context = "full", *, protocol: Protocol = CORRECTED, published: bool = False
    ) -> Perplexities:
        texts = _texts(benchmark, context, published=published)
        return _perplexities(texts, network, cutter, protocol)

    print_head("difference", "pairs", "choices changed", "perplexity, mean and largest change")
    whole = score()
    _print_row("choices split at the first two commas", whole, score(published=True))
    prompted = score(protocol=Protocol("corrected", PUBLISHED_PROMPT))
    _print_row("the published prompt, not averaged over", whole, prompted)
    averaged = score(protocol=Protocol("faithful", PUBLISHED_PROMPT))
    _print_row("its tokens averaged over as well", prompted, averaged)
    isolated, swapped = score("isolated"), score("swapped")
    _print_row("isolated: choices split so", isolated, score("isolated", published=True))
    _print_row("swapped: drawn as published", swapped, score("swapped", published=True))
    few = {author: made[:half_precision_cases] for author, made in benchmark.items()}
    texts = _texts(few, "full", published=False)
    _print_row(
        "float16, probabilities included",
        _perplexities(texts, network, cutter, CORRECTED),
        _half_precision(texts, read_model(model, dtype=torch.float16), cutter),
    )


def _texts(benchmark: dict[Author, list[Case]], context: Context, *, published: bool) -> list[str]:
    questions = make_questions(benchmark, contexts=[context], faithful=published, seed=42)
    return [text for each in questions for text in each.texts]


def _perplexities(
    texts: Sequence[str],
    model: PreTrainedModel,
    tokenizer: Tokenizer,
    protocol: Protocol,
) -> Perplexities:
    encodings = [protocol.encode(text, tokenizer) for text in texts]
    for encoding in encodings:
        if problem := length_problem(encoding, longest=context_length(model)):
            raise InputError(problem)
    found = block_masked.log_probabilities([encoding.ids for encoding in encodings], model=model)
    values = map(protocol.perplexity, found, encodings)
    return np.array(list(values)).reshape(-1, 2)


def _half_precision(
    texts: Sequence[str], model: PreTrainedModel, tokenizer: Tokenizer
) -> Perplexities:
    encodings = [CORRECTED.encode(text, tokenizer) for text in texts]
    values = [
        CORRECTED.perplexity(
            plain.log_probabilities(encoding.ids, model=model, in_float32=False), encoding
        )
        for encoding in encodings
    ]
    return np.array(values).reshape(-1, 2)


def _print_row(name: str, before: Perplexities, after: Perplexities) -> None:
    changed = int(((before[:, 0] < before[:, 1]) != (after[:, 0] < after[:, 1])).sum())
    change = after / before - 1
    largest = change.flat[np.abs(change).argmax()]
    print_row(name, len(before), changed, f"{change.mean():+.2%}, {largest:+.2%}")


if __name__ == "__main__":
    run(differences)
