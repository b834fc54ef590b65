"""Published results as scores: `python -m components.brainbench.importing`."""

import functools
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from components.brainbench.published import (
    FOLDERS,
    MASK,
    published_files,
    read_mask,
    read_published,
)
from components.brainbench.questions import (
    Questions,
    make_questions,
    print_accuracy,
    scoring_record,
)
from components.formats.cases import Author, read_benchmark
from components.formats.scores import CONTEXTS, Context, Score, write_scores
from components.runtime.atomic import written_folder
from components.runtime.command_line import run
from components.runtime.errors import InputError
from components.runtime.ranges import check_seed

Labels = Literal["known", "own"]


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
        InputError: There are no results, they are bad or not of these cases, or the seed is out of
            range.
    """
    (found,) = published_scores([results], cases=cases, seed=seed, labels=labels)
    record = scoring_record(found, protocol="published")
    with written_folder(scores) as folder:
        write_scores(folder, found, record=record)
    print_accuracy(record)


def published_scores(
    folders: Sequence[Path], *, cases: Path, seed: int, labels: Labels
) -> Iterator[dict[Context, list[Score]]]:
    """Published perplexities as scores by context, model by model.

    Args:
        folders: Of the models; the rest and errors as of `import_published`.
        cases: As of it.
        seed: As of it.
        labels: As of it.
    """
    check_seed(seed)
    benchmark = read_benchmark(cases)

    @functools.cache  # the questions are the same for every model
    def asked(author: Author, context: Context) -> Questions:
        made = {author: benchmark[author]}
        return make_questions(made, contexts=(context,), faithful=True, seed=seed)[0]

    for folder in folders:
        found: dict[Context, list[Score]] = {}
        for author, context in itertools.product(benchmark, CONTEXTS):
            place = folder / FOLDERS[author]
            if author == "human" and not place.is_dir():
                place = folder
            files = published_files(place, context=context, seed=seed)
            if files[0].is_file():
                questions = asked(author, context)
                perplexities = _perplexities(*files, questions, seed=seed, labels=labels)
                found.setdefault(context, []).extend(questions.scores(perplexities.tolist()))
        if not found:
            raise InputError(f"no published results in {folder}: expected PPL_A_and_B.npy")
        yield found


def _perplexities(
    file: Path, labels_file: Path, questions: Questions, *, seed: int, labels: Labels
) -> NDArray[np.float64]:
    """Published perplexities of these questions, float64, shape (num_pairs, 2)."""
    perplexities, originals = read_published(file, labels_file)
    pairs = questions.pairs
    if questions.context == "isolated":
        mask_file = file.parent / MASK
        mask = read_mask(mask_file)
        if mask.tolist() != [pair.case for pair in pairs]:
            raise InputError(
                f"{len(mask)} sentences of other cases in {mask_file}: expected the {len(pairs)}"
                " sentences with choices of these cases"
            )
    if len(perplexities) != len(pairs):
        found = f"{len(perplexities)} pairs in {file}"
        raise InputError(f"{found}: expected the benchmark's {len(pairs)}")
    wrong = originals != questions.altered_first
    if labels == "known" and wrong.any():
        inverted = " (all are inverted)" if wrong.all() else ""
        raise InputError(
            f"{int(wrong.sum())} of {len(wrong)} labels in {labels_file} are not those of seed"
            f" {seed}{inverted}: expected the published order, or --labels own"
        )
    return perplexities


if __name__ == "__main__":
    run(import_published)
