"""The figures stage."""

from collections.abc import Sequence
from pathlib import Path

from components.figures.evidence_section import evidence_section
from components.figures.headline import headline
from components.figures.metrics import write_metrics, write_plots
from components.figures.picture import Picture
from components.figures.provenance import provenance
from components.figures.report import report as html
from components.figures.report_sections import report_sections
from components.figures.results import Results
from components.figures.segmentation import typical_segmentation
from components.figures.segmentation_figure import segmentation_picture
from components.figures.style import WIDE, save_figure, styled
from components.figures.table import write_table
from components.figures.tables import all_tables
from components.figures.tables.results import results_markdown, results_table
from components.figures.vocabulary_figure import vocabulary_picture
from components.formats.cases import read_benchmark
from components.formats.field import read_field
from components.formats.overlap import read_clean, read_overlap_metrics
from components.formats.params import read_params
from components.formats.participants import read_trials
from components.formats.scores import read_all_scores
from components.formats.statistics import write_study
from components.formats.terms import VOCABULARIES, read_new_terms, read_vocabulary_metrics
from components.formats.tokenizer import read_tokenizer
from components.runtime.atomic import written_file, written_folder
from components.statistics.study import study


def figures(
    *,
    scores: Path,
    terms: Path,
    tokenizers: Path,
    brainbench: Path,
    participants: Path,
    overlap: Path,
    evidence: Path,
    field: Path,
    params: Path,
    data: Path,
    figures: Path,
    report: Path,
    statistics: Path,
    metrics: Path,
    plots: Path,
) -> None:
    """Draws the figures and writes the report of all variants beside the human experts.

    Args:
        scores: Folder with a folder of scores (full.csv, metrics.json) for every variant.
        terms: Folder of the tagged vocabularies.
        tokenizers: Folder with the tokenizers pretrained/ and domain/.
        brainbench: Folder with the cases that were scored, human.csv and, where there is one,
            machine.csv.
        participants: The human experts' trials, a CSV file in the published form.
        overlap: Folder that says what the training corpus holds of the cases.
        evidence: Folder that says what each word of each case says to each variant, and in which
            cases variants disagree.
        field: field.json, which says what the study is about.
        params: params.yaml, whose table of variants says what to show in which order, and the
            margin below which a difference counts as none.
        data: What `dvc add` wrote about the data folder, data.dvc.
        figures: Where every figure is written as PDF, SVG and PNG, and the table as Markdown.
        report: Where the report is written, one HTML file with everything inside it.
        statistics: Where all statistics are written, study.json and tables as CSV files.
        metrics: Where the numbers are written, a JSON file for each variant.
        plots: Where the numbers are written as CSV files for `dvc plots`.

    Raises:
        InputError: An input is missing or bad, or the inputs do not belong together.
    """
    cases, about = read_benchmark(brainbench), read_field(field)
    parameters = read_params(params)
    scored = read_all_scores(scores, parameters.variants, cases=cases)
    found = study(
        scored,
        variants=parameters.variants,
        cases=cases,
        trials=read_trials(participants, cases=cases),
        clean=read_clean(overlap, cases=cases),
        overlap=read_overlap_metrics(overlap),
        margin=parameters.statistics.margin,
        seed=parameters.seed,
    )
    results = Results(about, found)
    cutters = {name: read_tokenizer(tokenizers / name) for name in VOCABULARIES}
    cut = typical_segmentation(cases["human"], **cutters)
    vocabularies = vocabulary_picture(
        read_vocabulary_metrics(terms), new_terms=read_new_terms(terms), field=about
    )
    sections = report_sections(
        results,
        evidence=evidence_section(evidence, cases=cases),
        tokenizers=(vocabularies, segmentation_picture(cut, field=about)),
    )
    page = html(
        results,
        sentences=headline(results),
        sections=sections,
        provenance=provenance(params=params, data=data, variants=found.variants),
    )
    text = results_markdown(results_table(results))
    _write_figures(figures, [each for part in sections for each in part.pictures], table=text)
    _write_statistics(statistics, results)
    with written_folder(plots) as folder:
        write_plots(folder, results)
    with written_folder(metrics) as folder:
        write_metrics(folder, results)
    with written_file(report) as partial:
        partial.write_text(page, encoding="utf-8")
    print(f"{text}\n{report}")  # noqa: T201


def _write_figures(folder: Path, pictures: Sequence[Picture], *, table: str) -> None:
    with written_folder(folder) as partial, styled():
        for picture in pictures:
            save_figure(picture.draw(WIDE), partial, name=picture.name)
        (partial / "table.md").write_text(table, encoding="utf-8")


def _write_statistics(folder: Path, results: Results) -> None:
    with written_folder(folder) as partial:
        write_study(partial, results.study)
        for table in all_tables(results):
            write_table(partial, table)
