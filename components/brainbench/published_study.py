"""All published results as scores: `python -m components.brainbench.published_study`.

Results and training logs are those of https://github.com/braingpt-lovelab/matching_experts. A log,
model_training/exp/<model>/log.txt, has a line every 1,000 batches, and a validation every 10,000
batches and at the end of each epoch.
"""

import re
from pathlib import Path

from components.brainbench.importing import Labels, published_scores
from components.brainbench.questions import print_accuracy, scoring_record
from components.formats.json_file import read_text
from components.formats.scores import write_scores
from components.runtime.atomic import written_folder
from components.runtime.command_line import run
from components.runtime.errors import InputError
from components.runtime.ranges import check_count

BATCH = re.compile(r"Epoch (\d+) \| Batch (\d+)/(\d+) \| Training PPL: ")
VALIDATION = re.compile(r"(End of epoch|Epoch) (\d+) \| Validation PPL: ([\d.]+(?:e[+-]?\d+)?) \| ")


def import_study(
    *,
    results: Path,
    logs: Path,
    cases: Path,
    scores: Path,
    seed: int = 42,
    labels: Labels = "known",
    summed: tuple[str, ...] = (),
    processes: int = 4,
) -> None:
    """Converts the published results of every model in a folder to scores.

    Args:
        results: Folder with one subfolder of published results per model.
        logs: Folder of training logs, <model>.log; a model without one has no training curve.
        cases: Folder of the cases: human.csv and, optionally, machine.csv.
        scores: Output folder: one subfolder of scores per model.
        seed: Random seed of swapping and of the order of A and B; 42 as published.
        labels: Labels to accept: known, those that the seed draws, or own, whatever a folder holds.
        summed: Models whose logs hold exp(sum of the processes' losses) / processes.
        processes: Number of processes that trained them.

    Raises:
        InputError: There are no results, they are bad, or they are not of these cases, a model of
            `summed` has no results or no log, or a number is out of range.
    """
    check_count("processes", processes)
    for name in summed:
        if not (results / name).is_dir() or not (logs / f"{name}.log").is_file():
            raise InputError(f"summed {name}: expected {results / name} and {logs / name}.log")
    places = sorted(each for each in results.iterdir() if each.is_dir())
    if not places:
        raise InputError(f"no published results in {results}: expected a folder for each model")
    with written_folder(scores) as folder:
        models = published_scores(places, cases=cases, seed=seed, labels=labels)
        for place, found in zip(places, models, strict=True):
            log, number = logs / f"{place.name}.log", processes if place.name in summed else 1
            curve = read_published_log(log, summed_losses=number) if log.is_file() else ()
            record = scoring_record(
                found, protocol="published", curve=curve, summed_losses=number if curve else 1
            )
            if "human" not in record.accuracy.get("full", {}):
                raise InputError(
                    f"no whole human-made abstracts in {place}: expected PPL_A_and_B.npy"
                )
            (folder / place.name).mkdir()
            write_scores(folder / place.name, found, record=record)
            print(f"{place.name}:")  # noqa: T201
            print_accuracy(record)


def read_published_log(file: Path, *, summed_losses: int = 1) -> tuple[tuple[float, float], ...]:
    """Epochs done and validation perplexity per token, at each validation of a training log.

    Args:
        file: The log.
        summed_losses: Number of processes whose mean losses were summed up rather than averaged:
            with n of them, the log holds exp(sum)/n, and the perplexity is (n × logged)^(1/n). Only
            the log of gpt2_scratch is such a one, with four.

    Raises:
        InputError: The file is missing or not UTF-8, holds no validation, or has one inside an
            epoch before any batch.
    """
    points, done = [], None
    for number, line in enumerate(read_text(file).splitlines(), start=1):
        if batch := BATCH.match(line):
            epoch, index, total = map(int, batch.groups())
            done = epoch + (index + 1) / total
        elif found := VALIDATION.match(line):
            if found[1] == "End of epoch":
                done = float(int(found[2]) + 1)
            if done is None:
                raise InputError(f"a validation before any batch: {file}, line {number}")
            logged = float(found[3])
            points.append((done, (summed_losses * logged) ** (1 / summed_losses)))
    if not points:
        raise InputError(f"no 'Validation PPL' in {file}: expected a training log of the original")
    return tuple(points)


if __name__ == "__main__":
    run(import_study)
