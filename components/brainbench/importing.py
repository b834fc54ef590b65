"""Published results as scores: `python -m components.brainbench.importing`."""

import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

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

Labels = Literal["known", "own"]
BenchmarkPairs = Callable[[Author, Context], tuple[list[Pair], NDArray[np.bool_]]]


def import_published(
    *, results: Path, cases: Path, scores: Path, seed: int = 42, labels: Labels = "known"
) -> None:
    """Converts a model's published perplexities to scores, as the BrainBench stage writes them.

    Args:
        results: Folder of a model in the published layout: with human_abstracts/ and
            llm_abstracts/, or with the files of human_abstracts/ themselves.
        cases: Folder of the cases: human.csv and, optionally, machine.csv.
        scores: Output folder: one CSV file per context, and metrics.json.
        seed: Random seed of swapping and of the order of A and B; 42 as published.
        labels: Labels to accept: known, those that the seed draws, or own, whatever the folder
            holds.

    Raises:
        InputError: There are no results, they are bad, or they are not of these cases.
    """
    benchmark = read_benchmark(cases)
    pairs = benchmark_pairs(benchmark, seed=seed)
    found, record = published_scores(
        results, cases=benchmark, pairs=pairs, seed=seed, labels=labels
    )
    with written_folder(scores) as folder:
        write_scores(folder, found, record=record)
    print_accuracy(record.accuracy)


def benchmark_pairs(cases: Mapping[Author, Sequence[Case]], *, seed: int) -> BenchmarkPairs:
    """The published pairs of an author in a context; made once, however many models there are.

    Args:
        cases: The benchmark's cases by who made them.
        seed: Random seed of swapping and of the order of A and B.
    """

    @functools.cache
    def pairs(author: Author, context: Context) -> tuple[list[Pair], NDArray[np.bool_]]:
        return make_pairs(cases[author], context=context, faithful=True, seed=seed)

    return pairs


def published_scores(
    results: Path,
    *,
    cases: Mapping[Author, Sequence[Case]],
    pairs: BenchmarkPairs,
    seed: int,
    labels: Labels,
) -> tuple[dict[Context, list[Score]], ScoringRecord]:
    """A model's published perplexities as scores by context, and what came out.

    Arguments and errors as of `import_published`, but `cases` and `pairs` are the benchmark's.
    """
    found: dict[Context, list[Score]] = {}
    record = ScoringRecord(protocol="published")
    for author, made in cases.items():
        for context in CONTEXTS:
            place = _place(results, author=author, context=context, seed=seed)
            if place is None:
                continue
            perplexities, originals = read_published(*place)
            expected, altered_first = pairs(author, context)
            if context == "isolated":
                _check_mask(place[0].parent / MASK, expected)
            if len(perplexities) != len(expected):
                found_pairs = f"{len(perplexities)} pairs in {place[0]}"
                raise InputError(f"{found_pairs}: expected the benchmark's {len(expected)}")
            if labels == "known":
                _check_labels(originals, altered_first, place[1], seed=seed)
            found.setdefault(context, []).extend(_scores(expected, perplexities, made, author))
            record.accuracy.setdefault(context, {})[author] = accuracy(perplexities)
            record.num_pairs.setdefault(context, {})[author] = len(expected)
    if not found:
        raise InputError(f"no published results in {results}: expected PPL_A_and_B.npy")
    return found, record


def _place(
    results: Path, *, author: Author, context: Context, seed: int
) -> tuple[Path, Path] | None:
    """Where the perplexities and labels of a context lie; None where there are none."""
    place = published_files(results, author=author, context=context, seed=seed)
    if author == "human" and not (results / "human_abstracts").is_dir():
        inside = place[0].relative_to(results).parts[1:]
        place = results.joinpath(*inside), results.joinpath(*inside[:-1], place[1].name)
    return place if place[0].is_file() else None


def _check_mask(file: Path, pairs: Sequence[Pair]) -> None:
    """Checks that isolated sentences are those of the benchmark's cases."""
    mask = read_mask(file)
    if mask.tolist() != [pair.case for pair in pairs]:
        raise InputError(
            f"{len(mask)} sentences of other cases in {file}: expected the {len(pairs)} sentences"
            " with choices of these cases"
        )


def _check_labels(
    originals: NDArray[np.int64], altered_first: NDArray[np.bool_], file: Path, *, seed: int
) -> None:
    """Checks that labels are those that the original's scripts draw with a seed."""
    wrong = originals != altered_first
    if wrong.any():
        inverted = " (all are inverted)" if wrong.all() else ""
        raise InputError(
            f"{int(wrong.sum())} of {len(wrong)} labels in {file} are not those of seed"
            f" {seed}{inverted}: expected the published order, or --labels own"
        )


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
