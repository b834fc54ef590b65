"""The figures stage."""

from pathlib import Path

from components.formats.cases import read_benchmark
from components.runtime.atomic import written_file, written_folder

NUM_NEW_TERMS = 8


def figures(
    *,
    statistics: Path,
    evidence: Path,
    terms: Path,
    tokenizers: Path,
    brainbench: Path,
    field: Path,
    params: Path,
    data: Path,
    figures: Path,
    report: Path,
) -> None:
    """Draws the figures and writes the report of all variants and the human experts.

    Args:
        statistics: Output folder of the statistics stage.
        evidence: Output folder of the evidence stage.
        terms: Output folder of the term tagging.
        tokenizers: Folder of the tokenizers pretrained/ and domain/.
        brainbench: Folder of the scored cases: human.csv and, optionally, machine.csv.
        field: Path of field.json, which names the field.
        params: Path of params.yaml, shown in the report.
        data: Path of data.dvc, what `dvc add` wrote about the data folder, shown in the report.
        figures: Output folder of every figure as PDF, SVG and PNG, and the table as Markdown.
        report: Output file, one HTML page with everything inside it.

    Raises:
        InputError: An input is missing or bad, or the inputs do not belong together.
    """
    from components.figures.evidence_section import evidence_section
    from components.figures.pictures import draw_pictures, drawings
    from components.figures.provenance import provenance
    from components.figures.report import render, results_table, study_context
    from components.figures.segmentation import typical_segmentation
    from components.figures.table import read_tables
    from components.formats.field import read_field
    from components.formats.statistics import read_study
    from components.formats.terms import VOCABULARIES, read_new_terms, read_vocabulary_metrics
    from components.formats.tokenizer import read_tokenizer

    study, about, cases = read_study(statistics), read_field(field), read_benchmark(brainbench)
    cutters = {name: read_tokenizer(tokenizers / name) for name in VOCABULARIES}
    context = study_context(study, about) | {
        "tables": read_tables(statistics, experts=about.experts),
        "evidence": evidence_section(evidence, cases=cases),
        "vocabularies": read_vocabulary_metrics(terms),
        "new_terms": read_new_terms(terms)[:NUM_NEW_TERMS],
        "segmentation": typical_segmentation(cases["human"], **cutters),
        "provenance": provenance(params=params, data=data, variants=study.variants),
    }
    context["tables"]["results"] = results_table(study, about)
    drawn = drawings(
        context["plots"],
        panels=context["panels"],
        vocabularies=context["vocabularies"],
        segmentation=context["segmentation"],
    )
    with written_folder(figures) as folder:
        context["pictures"] = draw_pictures(drawn, folder, notice=about.warning)
        page, table = render("report.html.jinja", context), render("table.md.jinja", context)
        (folder / "table.md").write_text(table, encoding="utf-8")
    with written_file(report) as file:
        file.write_text(page, encoding="utf-8")
    print(f"{table}\n{report}")  # noqa: T201
