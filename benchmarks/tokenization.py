"""CPU time and memory of the tokenization stage, beside the usual way.

    python -m benchmarks.tokenization --corpus data/corpus/domain --tokenizer data/pretrained/gpt2

The usual way is that of transformers' language modelling examples: `datasets` maps a tokenizer
over batches of 1,000 documents, and another map packs their tokens. Both are processes of their
own and take turns; the median is printed.
"""

import os
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.measuring import Cost, cost
from components.runtime.command_line import run

ROUNDS = 3


def tokenization(*, corpus: Path, tokenizer: Path, context_length: int = 1024) -> None:
    """Prints the CPU time and the memory of the stage and of the usual way.

    Args:
        corpus: Folder with train.jsonl and validation.jsonl.
        tokenizer: Folder of a tokenizer.
        context_length: Length of a sequence in tokens.
    """
    megabytes = (corpus / "train.jsonl").stat().st_size / 1e6
    print(f"{megabytes:.0f} MB, {os.cpu_count()} cores; medians of {ROUNDS} rounds")
    ways: dict[str, Callable[[str], list[str]]] = {
        "datasets.map": lambda folder: [
            *("-m", "benchmarks.tokenization", str(corpus), str(tokenizer)),
            *(str(context_length), folder),
        ],
        "the stage": lambda folder: [
            *("-m", "components.tokenization", "--corpus", str(corpus)),
            *("--tokenizer", str(tokenizer), "--tokens", f"{folder}/tokens"),
            *("--context-length", str(context_length)),
        ],
    }
    found: dict[str, list[Cost]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            with tempfile.TemporaryDirectory() as folder:
                found[name].append(cost(way(folder)))
    seconds = {
        name: statistics.median(each.seconds for each in costs) for name, costs in found.items()
    }
    for name, costs in found.items():
        memory = max(each.memory for each in costs)
        rate = megabytes / seconds[name]
        print(f"{name}: {seconds[name]:.1f} CPU s, {rate:.1f} MB a CPU second, {memory:.2f} GiB")
    print(f"ratio: {seconds['datasets.map'] / seconds['the stage']:.1f}")


def usual_way(corpus: str, tokenizer: str, context_length: int, folder: str) -> None:
    """Tokenizes and packs the training texts with datasets and transformers."""
    from datasets import load_dataset
    from transformers import AutoTokenizer

    loaded = AutoTokenizer.from_pretrained(tokenizer, model_max_length=10**9)
    loaded.backend_tokenizer.no_truncation()

    def tokenize(rows: dict[str, list[str]]) -> Any:  # noqa: ANN401
        return loaded(rows["text"], return_attention_mask=False)

    def pack(rows: dict[str, list[list[int]]]) -> dict[str, list[list[int]]]:
        ids = [number for each in rows["input_ids"] for number in each]
        whole = len(ids) // context_length * context_length
        return {"ids": [ids[at : at + context_length] for at in range(0, whole, context_length)]}

    texts = load_dataset(
        "json", data_files=f"{corpus}/train.jsonl", split="train", cache_dir=folder
    )
    tokens = texts.map(tokenize, batched=True, remove_columns=texts.column_names)
    tokens.map(pack, batched=True, remove_columns=["input_ids"])


if __name__ == "__main__":
    if len(sys.argv) == 5 and not sys.argv[1].startswith("-"):
        usual_way(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])
    else:
        run(tokenization)
