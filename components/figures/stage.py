"""The figures stage."""

from pathlib import Path

from components.formats.cases import read_benchmark
from components.runtime.atomic import written_file, written_folder


def figures(
    *,
    statistics: Path,
    brainbench: Path,
    field: Path,
    params: Path,
    figures: Path,
    report: Path,
    audit: Path | None = None,
    evidence: Path | None = None,
    terms: Path | None = None,
    tokenizers: Path | None = None,
    data: Path | None = None,
    published: Path | None = None,
    passages: tuple[int, ...] = (),
    passage_wrong: str | None = None,
    passage_right: str | None = None,
) -> None:
    """Draws the figures and writes the report of all variants and the human experts.

    The section of an optional input that is not given, or whose folder says in absent.txt why it
    holds nothing, is one sentence.

    Args:
        statistics: Output folder of the statistics stage.
        brainbench: Folder of the scored cases: human.csv, machine.csv or both.
        field: Path of field.json, which names the field.
        params: Path of params.yaml, shown in the report.
        figures: Output folder of every figure as PDF, SVG and PNG, and the table of results as
            Markdown, LaTeX and CSV.
        report: Output file, one HTML page with everything inside it.
        audit: Output folder of the audit stage.
        evidence: Output folder of the evidence stage.
        terms: Output folder of the term tagging.
        tokenizers: Folder of the tokenizers pretrained/ and domain/.
        data: Path of data.dvc, what `dvc add` wrote about the data folder, shown in the report.
        published: Path of a YAML file of published numbers; with it, figures/results.md shows them
            beside this run's.
        passages: Numbers of the cases, from 1, whose abstracts are shown as both
            tokenizers split them; by default the case whose ratio of token counts is the median.
        passage_wrong: Shows instead the first case that this variant has wrong and that of
            `--passage-right` has right; needs the evidence.
        passage_right: The variant that has it right.

    Raises:
        InputError: An input is missing or bad, or the inputs do not belong together.
    """
    import pandas as pd

    from components.figures.evidence_section import evidence_section, first_case
    from components.figures.pictures import draw_pictures, drawings
    from components.figures.provenance import provenance
    from components.figures.published_numbers import published_numbers
    from components.figures.report import render, results_table, study_context, write_results
    from components.figures.segmentation import segmentations
    from components.figures.table import read_tables
    from components.formats.absence import absence
    from components.formats.audit import read_cues, read_telling_words
    from components.formats.field import read_field
    from components.formats.statistics import read_study
    from components.formats.terms import VOCABULARIES, read_examples, read_vocabulary_metrics
    from components.formats.tokenizer import read_tokenizer

    study, about, cases = read_study(statistics), read_field(field), read_benchmark(brainbench)
    missing = {
        name: absence(folder) if folder else f"No {name} were given."
        for name, folder in (("terms", terms), ("tokenizers", tokenizers))
    }
    shown = [number - 1 for number in passages]
    if passage_wrong or passage_right:
        shown.append(
            first_case(evidence, author=study.made_by, wrong=passage_wrong, right=passage_right)
        )
    cut = []
    if tokenizers and not missing["tokenizers"]:
        cutters = {name: read_tokenizer(tokenizers / name) for name in VOCABULARIES}
        cut = segmentations(cases[study.made_by], shown, **cutters)
    tagged = terms if terms and not missing["terms"] else None
    cues = read_cues(audit) if audit else []
    context = study_context(study, about, cues) | {
        "tables": read_tables(statistics, experts=about.experts),
        "evidence": evidence_section(evidence, cases=cases) if evidence else None,
        "vocabularies": read_vocabulary_metrics(tagged) if tagged else None,
        "segmentations": cut,
        "missing": missing,
        "provenance": provenance(params=params, data=data, variants=study.variants),
    }
    context["tables"] |= {
        "results": results_table(study, about),
        "cues": pd.DataFrame(cues),
        "words": pd.DataFrame(read_telling_words(audit) if audit else []),
    }
    drawn = drawings(
        context["plots"],
        panels=context["panels"],
        vocabularies=context["vocabularies"],
        examples=read_examples(tagged) if tagged else {},
        segmentations=cut,
        curves=context["curves"],
    )
    with written_folder(figures) as folder:
        context["pictures"] = draw_pictures(drawn, folder, notice=about.warning)
        page, table = render("report.html.jinja", context), render("table.md.jinja", context)
        (folder / "table.md").write_text(table, encoding="utf-8")
        write_results(folder, context["tables"]["results"])
        if published:
            beside = published_numbers(
                published, study, vocabularies=context["vocabularies"], curves=context["curves"]
            )
            (folder / "results.md").write_text(beside, encoding="utf-8")
    with written_file(report) as file:
        file.write_text(page, encoding="utf-8")
    print(f"{table}\n{report}")  # noqa: T201
