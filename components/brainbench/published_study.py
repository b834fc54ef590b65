"""All published results as scores: `python -m components.brainbench.published_study`."""

from dataclasses import replace
from pathlib import Path

from components.brainbench.importing import Labels, benchmark_pairs, published_scores
from components.brainbench.published_log import read_published_log
from components.brainbench.scores import print_accuracy
from components.formats.cases import read_benchmark
from components.formats.scores import write_scores
from components.runtime.atomic import written_folder
from components.runtime.command_line import run
from components.runtime.errors import InputError


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
        InputError: There are no results, they are bad, or they are not of these cases.
    """
    benchmark = read_benchmark(cases)
    pairs = benchmark_pairs(benchmark, seed=seed)
    models = sorted(each.name for each in results.iterdir() if each.is_dir())
    if not models:
        raise InputError(f"no published results in {results}: expected a folder for each model")
    with written_folder(scores) as folder:
        for model in models:
            found, record = published_scores(
                results / model, cases=benchmark, pairs=pairs, seed=seed, labels=labels
            )
            if "human" not in record.accuracy.get("full", {}):
                raise InputError(
                    f"no whole human-made abstracts in {results / model}: expected PPL_A_and_B.npy"
                )
            log, number = logs / f"{model}.log", processes if model in summed else 1
            if log.is_file():
                curve = read_published_log(log, summed_losses=number)
                record = replace(record, curve=curve, summed_losses=number)
            (folder / model).mkdir()
            write_scores(folder / model, found, record=record)
            print(f"{model}:")  # noqa: T201
            print_accuracy(record.accuracy)


if __name__ == "__main__":
    run(import_study)
