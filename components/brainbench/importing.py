"""Published results as scores: `python -m components.brainbench.importing`."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from components.brainbench.contexts import Pair, make_pairs
from components.brainbench.published import MASK, published_files, read_mask, read_published
from components.brainbench.scores import accuracy, make_score, print_accuracy
from components.formats.cases import Author, Case, read_benchmark
from components.formats.scores import CONTEXTS, Context, Score, ScoringRecord, write_scores
from components.runtime.atomic import written_folder
from components.runtime.command_line import run
from components.runtime.errors import InputError


def import_published(*, results: Path, cases: Path, scores: Path, seed: int = 42) -> None:
    """Converts a model's published perplexities to scores, as the BrainBench stage writes them.

    Args:
        results: Folder of a model in the published layout: with human_abstracts/ and
            llm_abstracts/, or with the files of human_abstracts/ themselves.
        cases: Folder of the cases: human.csv and, optionally, machine.csv.
        scores: Output folder: one CSV file per context, and metrics.json.
        seed: Random seed of swapping; 42 as published.

    Raises:
        InputError: There are no results, they are bad, or they are not of these cases.
    """
    found: dict[Context, list[Score]] = {}
    record = ScoringRecord(protocol="published")
    for author, made in read_benchmark(cases).items():
        for context in CONTEXTS:
            place = _place(results, author=author, context=context, seed=seed)
            if place is None:
                continue
            perplexities = read_published(*place)
            pairs = _pairs(made, context, place[0], num_pairs=len(perplexities))
            found.setdefault(context, []).extend(_scores(pairs, perplexities, made, author))
            record.accuracy.setdefault(context, {})[author] = accuracy(perplexities)
            record.num_pairs.setdefault(context, {})[author] = len(pairs)
    if not found:
        raise InputError(f"no published results in {results}: expected PPL_A_and_B.npy")
    with written_folder(scores) as folder:
        write_scores(folder, found, record=record)
    print_accuracy(record.accuracy)


def _place(
    results: Path, *, author: Author, context: Context, seed: int
) -> tuple[Path, Path] | None:
    """Where the perplexities and labels of a context lie; None where there are none."""
    place = published_files(results, author=author, context=context, seed=seed)
    if author == "human" and not (results / "human_abstracts").is_dir():
        inside = place[0].relative_to(results).parts[1:]
        place = results.joinpath(*inside), results.joinpath(*inside[:-1], place[1].name)
    return place if place[0].is_file() else None


def _pairs(cases: Sequence[Case], context: Context, file: Path, *, num_pairs: int) -> list[Pair]:
    """The published pairs, which must be as many as the benchmark's."""
    if context != "isolated":
        expected = [Pair(number, None, "", "") for number in range(len(cases))]
    else:
        expected, _ = make_pairs(cases, context=context, faithful=True, seed=0)
        numbers = [pair.case for pair in expected]
        mask = read_mask(file.parent / MASK)
        if mask.tolist() != numbers:
            raise InputError(
                f"{len(mask)} sentences of other cases in {file.parent / MASK}: expected the"
                f" {len(numbers)} sentences with choices of these cases"
            )
    if num_pairs != len(expected):
        raise InputError(f"{num_pairs} pairs in {file}: expected the benchmark's {len(expected)}")
    return expected


def _scores(
    pairs: Sequence[Pair],
    perplexities: NDArray[np.float64],
    cases: Sequence[Case],
    author: Author,
) -> list[Score]:
    return [
        make_score(
            pair,
            author=author,
            case=cases[pair.case],
            perplexities=(float(both[0]), float(both[1])),
            num_tokens=(None, None),
        )
        for pair, both in zip(pairs, perplexities, strict=True)
    ]


if __name__ == "__main__":
    run(import_published)
