"""The statistics stage."""

from pathlib import Path

from components.formats.cases import read_benchmark
from components.formats.params import read_params
from components.runtime.atomic import written_folder


def statistics(
    *,
    scores: Path,
    cases: Path,
    participants: Path,
    params: Path,
    statistics: Path,
    metrics: Path,
    plots: Path,
    overlap: Path | None = None,
) -> None:
    """Computes accuracies, tests and confidence intervals of all variants and the human experts.

    Args:
        scores: Folder with one subfolder of scores per variant.
        cases: Folder of the scored cases: human.csv, machine.csv or both.
        participants: CSV file of the human experts' trials, in the published form.
        params: Path of params.yaml: variants and their order, equivalence margin and seed.
        statistics: Output folder of study.json (all statistics) and CSV tables of them.
        metrics: Output folder of the headline numbers, one JSON file per variant.
        plots: Output folder of CSV files for `dvc plots`.
        overlap: Output folder of the overlap stage; without it, nothing is said about overlap.

    Raises:
        InputError: An input is missing or bad, or the inputs do not belong together.
    """
    from components.formats.overlap import read_clean, read_ngram_length
    from components.formats.participants import read_trials
    from components.formats.scores import read_all_scores
    from components.formats.statistics import write_study
    from components.statistics.metrics import write_metrics, write_plots
    from components.statistics.study import study
    from components.statistics.tables import write_tables

    parameters, benchmark = read_params(params), read_benchmark(cases)
    found = study(
        read_all_scores(scores, parameters.variants, cases=benchmark),
        variants=parameters.variants,
        cases=benchmark,
        trials=read_trials(participants, cases=benchmark),
        clean=read_clean(overlap, cases=benchmark) if overlap else {},
        ngram_length=read_ngram_length(overlap) if overlap else None,
        margin=parameters.statistics.margin,
        seed=parameters.seed,
    )
    with written_folder(statistics) as folder:
        write_study(folder, found)
        write_tables(folder, found)
    with written_folder(metrics) as folder:
        write_metrics(folder, found)
    with written_folder(plots) as folder:
        write_plots(folder, found)
    for name, each in found.main.accuracy.items():
        print(f"{name}: accuracy {each.value:.3f} on {found.made_by}-made cases")  # noqa: T201
