"""The figures stage."""

from collections.abc import Sequence
from pathlib import Path

from components.artifact import written_file, written_folder
from components.cases import read_benchmark
from components.figures.accuracy_figure import accuracy_picture
from components.figures.field import read_field
from components.figures.headline import headline
from components.figures.metrics import write_metrics, write_plots
from components.figures.participants import read_experts
from components.figures.picture import Picture
from components.figures.provenance import provenance
from components.figures.report import report as html
from components.figures.scores import read_score
from components.figures.segmentation import typical_segmentation
from components.figures.segmentation_figure import segmentation_picture
from components.figures.style import WIDE, save_figure, styled
from components.figures.table import markdown, table_rows
from components.figures.variants import read_variants
from components.figures.vocabulary import TOKENIZERS, read_vocabularies
from components.figures.vocabulary_figure import vocabulary_picture
from components.tokenizer_files import read_tokenizer


def figures(
    *,
    scores: Path,
    terms: Path,
    tokenizers: Path,
    brainbench: Path,
    participants: Path,
    field: Path,
    params: Path,
    data: Path,
    figures: Path,
    report: Path,
    metrics: Path,
    plots: Path,
) -> None:
    """Draws the figures and writes the report of all variants beside the human experts.

    Args:
        scores: Folder with a folder of scores (cases.csv, metrics.json) for every variant.
        terms: Folder of the tagged vocabularies.
        tokenizers: Folder with the tokenizers pretrained/ and domain/.
        brainbench: Folder with the cases that were scored, human.csv and, where there is one,
            machine.csv.
        participants: The human experts' trials, a CSV file in the published form.
        field: field.json, which says what the study is about.
        params: params.yaml, whose table of variants says what to show in which order.
        data: What `dvc add` wrote about the data folder, data.dvc.
        figures: Where every figure is written as PDF, SVG and PNG, and the table as Markdown.
        report: Where the report is written, one HTML file with everything inside it.
        metrics: Where the numbers are written, a JSON file for each variant.
        plots: Where the numbers are written as CSV files for `dvc plots`.

    Raises:
        InputError: An input is missing or bad, or the inputs do not belong together.
    """
    about, people = read_field(field), read_experts(participants)
    cases = read_benchmark(brainbench)
    reached = [read_score(scores, each, cases=cases) for each in read_variants(params)]
    cutters = {name: read_tokenizer(tokenizers / name) for name in TOKENIZERS}
    pictures = [
        accuracy_picture(reached, people, field=about),
        vocabulary_picture(read_vocabularies(terms), field=about),
        segmentation_picture(typical_segmentation(cases["human"], **cutters), field=about),
    ]
    rows = table_rows(reached, people, field=about)
    page = html(
        field=about,
        sentences=headline(reached, people, field=about),
        rows=rows,
        pictures=pictures,
        provenance=provenance(params=params, data=data, scores=reached),
    )
    text = markdown(rows)
    _write_figures(figures, pictures, table=text)
    with written_folder(plots) as folder:
        write_plots(folder, reached, people)
    with written_folder(metrics) as folder:
        write_metrics(folder, reached, people)
    with written_file(report) as partial:
        partial.write_text(page, encoding="utf-8")
    print(f"{text}\n{report}")  # noqa: T201


def _write_figures(folder: Path, pictures: Sequence[Picture], *, table: str) -> None:
    with written_folder(folder) as partial, styled():
        for picture in pictures:
            save_figure(picture.draw(WIDE), partial, name=picture.name)
        (partial / "table.md").write_text(table, encoding="utf-8")
