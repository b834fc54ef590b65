"""Speed and precision of scoring, compared with other implementations.

    python -m benchmarks.scoring --model FOLDER --tokenizer FOLDER --cases FOLDER

In one run, on the same model and texts: one text at a time as published, padded batches of eight
texts of similar length as in evaluation harnesses, and all texts together as in this project.
"""

import copy
import itertools
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from transformers import PreTrainedModel

from benchmarks import models
from benchmarks.measuring import print_head, print_row
from components.brainbench import block_masked, plain
from components.brainbench.fast_layers import OneDnnLinear, use_fast_layers
from components.brainbench.protocol import PUBLISHED_PROMPT, Encoding, Protocol
from components.brainbench.questions import make_questions
from components.brainbench.trie import num_nodes
from components.formats.cases import read_benchmark
from components.formats.model import read_model, read_model_tokenizer
from components.formats.scores import Context
from components.runtime.command_line import run

BATCH = 8  # texts in a padded batch
SAMPLE = 20  # pairs for which the share of matrix products is measured
Texts = Sequence[Sequence[int]]
LogProbabilities = list[NDArray[np.float32]]
Way = Callable[[Texts], LogProbabilities]
Clock = Callable[[], float]
WayName = Literal["alone", "padded", "alone-fast", "together", "together-fast", "together-bfloat16"]


@dataclass
class Measurement:
    """Time and memory of one implementation."""

    seconds: float = field(default=0.0)  # time, by the chosen clock
    # Peak bytes of the process, or on a GPU of its tensors, beyond those of the models
    peak: int = field(default=0)


def scoring(
    *,
    model: Path,
    tokenizer: Path,
    cases: Path,
    contexts: tuple[Context, ...] = ("full", "isolated"),
    num_cases: int | None = None,
    tokens_at_once: int | None = None,
    prompt: str = PUBLISHED_PROMPT,
    repetitions: int = 1,
    processor_time: bool = False,
    ways: tuple[WayName, ...] = (
        "alone",
        "padded",
        "together",
        "together-fast",
        "together-bfloat16",
    ),
) -> None:
    """Measures implementations of scoring, and the differences between their results.

    Args:
        model: Folder of the model.
        tokenizer: Folder of its tokenizer.
        cases: Folder with human.csv and machine.csv.
        contexts: Contexts to score, each measured separately.
        num_cases: Number of cases per author, from the first; by default all.
        tokens_at_once: Tokens per forward pass when texts are scored together; by default a number
            that suits the device.
        prompt: Prompt in front of every text.
        repetitions: Repetitions of each implementation; the fastest counts.
        processor_time: Whether to measure the processor's time instead of the wall's, for a machine
            that does other work meanwhile; with one thread (OMP_NUM_THREADS=1), or idle ones count.
        ways: Implementations to measure; the others are compared with the first. alone: one text at
            a time; padded: batches of eight; together: all texts together; fast: with this
            project's layers; bfloat16: with these layers in bfloat16.
    """
    clock = time.process_time if processor_time else time.perf_counter
    device = "cuda" if torch.cuda.is_available() else "cpu"
    exact = read_model(model, device_map=device)
    quick = copy.deepcopy(exact)
    use_fast_layers(quick)
    rough = read_model(model, dtype=torch.bfloat16, device_map=device)
    use_fast_layers(rough)
    protocol = Protocol("corrected", prompt)
    cutter = read_model_tokenizer(tokenizer, model=exact)

    def together(network: PreTrainedModel) -> Way:
        return partial(block_masked.log_probabilities, model=network, tokens_at_once=tokens_at_once)

    def alone(network: PreTrainedModel) -> Way:
        return lambda texts: [plain.log_probabilities(text, model=network) for text in texts]

    known: dict[str, Way] = {
        "alone": alone(exact),
        "padded": lambda texts: _padded(texts, exact),
        "alone-fast": alone(quick),
        "together": together(exact),
        "together-fast": together(quick),
        "together-bfloat16": together(rough),
    }
    benchmark = {author: made[:num_cases] for author, made in read_benchmark(cases).items()}
    print(f"{models.device()}, {model}, {tokenizer}")
    for context in contexts:
        asked = make_questions(benchmark, contexts=[context], faithful=False, seed=42)
        encodings = [protocol.encode(text, cutter) for each in asked for text in each.texts]
        texts = [encoding.ids for encoding in encodings]
        print(
            f"\n{context}: {len(texts) // 2} pairs, {sum(map(len, texts)):,} tokens,"
            f" {num_nodes(texts):,} in the trie\n"
        )
        chosen: dict[str, Way] = {name: known[name] for name in ways}
        found, took = _measured(chosen, texts, repetitions, clock)
        _print_table(found, took, encodings, protocol)
        if device == "cpu":
            share = _share_of_products(quick, texts[: 2 * SAMPLE], tokens_at_once, clock)
            print(f"\nmatrix products take {share:.0%} of the time together, with fast layers")


def _share_of_products(
    model: PreTrainedModel, texts: Texts, tokens_at_once: int | None, clock: Clock
) -> float:
    """Share of linear layers in the time of scoring texts together."""
    seconds = [0.0]

    def start(_layer: nn.Module, _inputs: object) -> None:
        seconds.append(-clock())

    def end(_layer: nn.Module, _inputs: object, _outputs: object) -> None:
        seconds[-1] += clock()

    layers = [each for each in model.modules() if isinstance(each, OneDnnLinear)]
    hooks = [each.register_forward_pre_hook(start) for each in layers]
    hooks += [each.register_forward_hook(end) for each in layers]
    with _measure(clock) as whole:
        block_masked.log_probabilities(texts, model=model, tokens_at_once=tokens_at_once)
    for hook in hooks:
        hook.remove()
    return sum(seconds) / whole.seconds


def _measured(
    ways: dict[str, Way], texts: Texts, repetitions: int, clock: Clock
) -> tuple[dict[str, LogProbabilities], dict[str, Measurement]]:
    found: dict[str, LogProbabilities] = {}
    took: dict[str, Measurement] = {}
    for (name, way), _ in itertools.product(ways.items(), range(repetitions)):
        way(texts[:2])  # warm-up: kernels, caches, thread pools
        with _measure(clock) as measurement:
            found[name] = way(texts)
        print(f"{name}: {measurement.seconds:.1f} s", file=sys.stderr, flush=True)
        if name not in took or measurement.seconds < took[name].seconds:
            took[name] = measurement
    return found, took


def _print_table(
    found: dict[str, LogProbabilities],
    took: dict[str, Measurement],
    encodings: Sequence[Encoding],
    protocol: Protocol,
) -> None:
    perplexities = {
        name: np.array(
            [
                protocol.perplexity(line, encoding)
                for line, encoding in zip(lines, encodings, strict=True)
            ]
        ).reshape(-1, 2)
        for name, lines in found.items()
    }
    base = next(iter(found))
    titles = "times as fast", "memory", "largest difference", "decisions changed"
    print_head("way", "seconds", *titles)
    for name, values in perplexities.items():
        difference = np.abs(values / perplexities[base] - 1).max()
        choices = [each[:, 0] < each[:, 1] for each in (values, perplexities[base])]
        changed = f"{int((choices[0] != choices[1]).sum())} of {len(values)}"
        speed = f"{took[base].seconds / took[name].seconds:.2f}"
        memory = f"{took[name].peak / 2**20:,.0f} MiB"
        print_row(name, f"{took[name].seconds:.1f}", speed, memory, f"{difference:.1e}", changed)


@torch.inference_mode()
def _padded(texts: Texts, model: PreTrainedModel) -> LogProbabilities:
    """Scores padded batches of texts of similar length, the longest first."""
    order = sorted(range(len(texts)), key=lambda number: -len(texts[number]))
    found: dict[int, NDArray[np.float32]] = {}
    for start in range(0, len(order), BATCH):
        numbers = order[start : start + BATCH]
        length = len(texts[numbers[0]])
        ids = torch.zeros(len(numbers), length, dtype=torch.long)
        seen = torch.zeros_like(ids)
        for line, number in enumerate(numbers):
            ids[line, : len(texts[number])] = torch.tensor(texts[number])
            seen[line, : len(texts[number])] = 1
        ids, seen = ids.to(model.device), seen.to(model.device)
        logits = model(input_ids=ids, attention_mask=seen, use_cache=False).logits[:, :-1]
        likely = logits.float().log_softmax(dim=-1)
        values = likely.gather(2, ids[:, 1:, None])[:, :, 0].cpu().numpy()
        for line, number in enumerate(numbers):
            found[number] = np.concatenate([[np.nan], values[line, : len(texts[number]) - 1]])
    return [found[number].astype(np.float32) for number in range(len(texts))]


@contextmanager
def _measure(clock: Clock) -> Iterator[Measurement]:
    measurement, on_gpu = Measurement(), torch.cuda.is_available()
    if on_gpu:
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
    else:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # resets the peak
    held = _bytes_held()
    start = clock()
    yield measurement
    if on_gpu:
        torch.cuda.synchronize()
    measurement.seconds = clock() - start
    measurement.peak = _bytes_held() - held


def _bytes_held() -> int:
    """Peak bytes since the last reset, on the GPU if there is one."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated()
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    (line,) = (line for line in lines if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    run(scoring)
