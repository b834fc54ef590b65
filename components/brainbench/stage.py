"""The BrainBench stage."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

from components.artifact import write_json, written_folder
from components.brainbench.accuracy import accuracy
from components.brainbench.scores import Score, score_case, write_scores
from components.cases import read_benchmark
from components.language_model import read_model, read_model_tokenizer
from components.progress import Progress


def brainbench(*, model: Path, cases: Path, scores: Path, tokenizer: Path | None = None) -> None:
    """Lets a model choose between original and altered abstract in every case.

    Args:
        model: Folder of the model.
        cases: Folder with human.csv and, where there is one, machine.csv: the cases that either
            made.
        scores: Where cases.csv (both perplexities of every case) and metrics.json (accuracy, and
            how the model was trained) are written.
        tokenizer: Folder of the model's tokenizer, where it does not lie beside the model.

    Raises:
        InputError: The model or the cases are bad, or a text exceeds the model's context.
    """
    benchmark = read_benchmark(cases)
    judge = read_model(model, device="cuda" if torch.cuda.is_available() else "cpu")
    cutter = read_model_tokenizer(tokenizer or model, model=judge)
    rows: list[Score] = []
    with Progress("score", total=sum(map(len, benchmark.values())), unit="cases") as progress:
        for author, made in benchmark.items():
            for number, case in enumerate(made):
                rows.append(
                    score_case(case, author=author, number=number, model=judge, tokenizer=cutter)
                )
                progress.advance()
    metrics = _metrics(rows)
    if (record := model / "training.json").is_file():
        metrics["model"] = json.loads(record.read_text(encoding="utf-8"))
    with written_folder(scores) as folder:
        write_scores(folder / "cases.csv", rows)
        write_json(folder / "metrics.json", metrics)
    for author, share in metrics["accuracy"].items():
        print(f"{author}-made cases: accuracy {share:.3f}")  # noqa: T201


def _metrics(rows: list[Score]) -> dict[str, Any]:
    authors = list(dict.fromkeys(row.author for row in rows))
    perplexities = {
        author: np.array(
            [
                (row.original_perplexity, row.altered_perplexity)
                for row in rows
                if row.author == author
            ]
        )
        for author in authors
    }
    return {
        "accuracy": {author: accuracy(pairs) for author, pairs in perplexities.items()},
        "num_cases": {author: len(pairs) for author, pairs in perplexities.items()},
    }
