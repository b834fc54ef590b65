"""Scores: a model's perplexity of both versions of every case."""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from transformers import PreTrainedModel, PreTrainedTokenizerBase

from components.artifact import written_file
from components.brainbench.perplexity import perplexity
from components.cases import Case
from components.errors import InputError
from components.language_model import context_length


class Score(NamedTuple):
    """A case and a model's perplexities of its versions; one row of `cases.csv`."""

    author: str
    case: int
    doi: str
    journal_section: str
    original_perplexity: float
    altered_perplexity: float
    original_tokens: int
    altered_tokens: int
    correct: int


def score_case(
    case: Case,
    *,
    author: str,
    number: int,
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
) -> Score:
    """Scores both versions of a case; the less perplexing one is the model's choice.

    Args:
        case: What to score.
        author: Who made the case.
        number: Its row in the author's file, from 0.
        model: Causal language model in evaluation mode.
        tokenizer: The tokenizer that the model was trained with.

    Raises:
        InputError: A version has fewer than 2 tokens or more than the model's context.
    """
    versions = [
        tokenizer.encode(text, add_special_tokens=False) for text in (case.original, case.altered)
    ]
    longest = context_length(model)
    for ids in versions:
        if not 2 <= len(ids) <= longest:
            where = f"{author}-made case {number} (counted from 0), {case.doi}"
            raise InputError(f"a text of {len(ids)} tokens: expected 2 to {longest}: {where}")
    original, altered = (perplexity(ids, model=model) for ids in versions)
    return Score(
        author=author,
        case=number,
        doi=case.doi,
        journal_section=case.journal_section,
        original_perplexity=original,
        altered_perplexity=altered,
        original_tokens=len(versions[0]),
        altered_tokens=len(versions[1]),
        correct=int(original < altered),
    )


def write_scores(file: Path, scores: Iterable[Score]) -> None:
    """Writes scores as CSV with a header, perplexities in full precision."""
    with written_file(file) as partial, partial.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(Score._fields)
        writer.writerows(scores)
