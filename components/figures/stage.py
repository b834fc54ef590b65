"""The figures stage."""

from collections.abc import Sequence
from pathlib import Path

from components.figures.evidence_section import evidence_section
from components.figures.headline import headline
from components.figures.picture import Picture
from components.figures.provenance import provenance
from components.figures.report import report as html
from components.figures.report_sections import report_sections
from components.figures.results import Results
from components.figures.segmentation import typical_segmentation
from components.figures.segmentation_figure import segmentation_picture
from components.figures.style import WIDE, save_figure, styled
from components.figures.tables.results import results_markdown, results_table
from components.figures.vocabulary_figure import vocabulary_picture
from components.formats.cases import read_benchmark
from components.formats.field import read_field
from components.formats.statistics import read_study
from components.formats.terms import VOCABULARIES, read_new_terms, read_vocabulary_metrics
from components.formats.tokenizer import read_tokenizer
from components.runtime.atomic import written_file, written_folder


def figures(
    *,
    terms: Path,
    tokenizers: Path,
    brainbench: Path,
    statistics: Path,
    evidence: Path,
    field: Path,
    params: Path,
    data: Path,
    figures: Path,
    report: Path,
) -> None:
    """Draws the figures and writes the report of all variants beside the human experts.

    Args:
        terms: Folder of the tagged vocabularies.
        tokenizers: Folder with the tokenizers pretrained/ and domain/.
        brainbench: Folder with the cases that were scored, human.csv and, where there is one,
            machine.csv.
        statistics: Output folder of the statistics stage.
        evidence: Output folder of the evidence stage.
        field: field.json, which says what the study is about.
        params: params.yaml, whose text the report shows.
        data: What `dvc add` wrote about the data folder, data.dvc.
        figures: Where every figure is written as PDF, SVG and PNG, and the table as Markdown.
        report: Where the report is written, one HTML file with everything inside it.

    Raises:
        InputError: An input is missing or bad, or the inputs do not belong together.
    """
    cases, about = read_benchmark(brainbench), read_field(field)
    results = Results(about, read_study(statistics))
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
        provenance=provenance(params=params, data=data, variants=results.study.variants),
    )
    text = results_markdown(results_table(results))
    _write_figures(figures, [each for part in sections for each in part.pictures], table=text)
    with written_file(report) as partial:
        partial.write_text(page, encoding="utf-8")
    print(f"{text}\n{report}")  # noqa: T201


def _write_figures(folder: Path, pictures: Sequence[Picture], *, table: str) -> None:
    with written_folder(folder) as partial, styled():
        for picture in pictures:
            save_figure(picture.draw(WIDE), partial, name=picture.name)
        (partial / "table.md").write_text(table, encoding="utf-8")
