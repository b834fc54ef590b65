"""The report: one HTML page that loads nothing from elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from components.figures import numbers, plots
from components.figures.table import cells, markdown
from components.formats.audit import Cue
from components.formats.cases import Author
from components.formats.field import Field
from components.formats.statistics import CHANCE, SIGNIFICANCE, ScoredVariant, StudyStatistics
from components.runtime.errors import printable
from components.runtime.progress import sparkline

TEMPLATES = Path(__file__).parent / "templates"
RESULTS = (  # columns of the table of results: name, title, kind
    ("variant", "variant", "text"),
    ("description", "what it is", "text"),
    ("human", "human-made", "share"),
    ("machine", "machine-made", "share"),
    ("validation_perplexity", "perplexity", "perplexity"),
    ("validation_bits_per_byte", "bits/byte", "bits"),
    ("benchmark_bits_per_byte", "on benchmark", "bits"),
    ("training_seconds", "time", "duration"),
)
CURVE = ("training_loss", "training loss", "text")  # Markdown only: LaTeX's fonts lack the bars


@dataclass(frozen=True)
class MainVariant:
    """The most accurate variant of the kind that the study is about."""

    name: str  # which; the first of equals
    # `own` where it is trained from scratch, tokenizer included, `scratch` where it is with another
    # tokenizer; empty where the study has neither
    kind: str
    num_similar: int  # variants of that kind


def main_variant(study: StudyStatistics) -> MainVariant:
    """The variant that the report's first sentence is about."""

    def accuracy(each: ScoredVariant) -> float:
        return study.main.accuracy[each.name].value

    scratch = [each for each in study.variants if each.variant.from_scratch]
    own = [each for each in scratch if each.variant.tokenizer == "domain"]
    kinds = (("own", own), ("scratch", scratch), ("", study.variants))
    kind, group = next((kind, group) for kind, group in kinds if group)
    return MainVariant(max(group, key=accuracy).name, kind, len(group))


def study_context(study: StudyStatistics, field: Field, cues: Sequence[Cue] = ()) -> dict[str, Any]:
    """What every template may show of a study's statistics, by name.

    Args:
        study: The statistics.
        field: What the study is about.
        cues: Of the audit; none where the benchmark was not audited.
    """
    main = main_variant(study)
    return {
        "study": study,
        "results": study.main,
        "made": f"{study.made_by}-made",
        "people": study.people,
        "field": field,
        "main": main,
        "beside_chance": beside_chance(study),
        "plots": plots.dot_plots(study, field, main=main.name, cues=cues),
        "cues": cues,
        "solved_without_knowledge": solved_without_knowledge(study, cues),
        "panels": plots.calibration_panels(study, field),
        "curves": plots.training_curves(study, field),
        "summed_losses": {
            each.name: each.record.summed_losses
            for each in study.variants
            if each.record.summed_losses > 1
        },
    }


def results_table(study: StudyStatistics, field: Field) -> pd.DataFrame:
    """A row for the experts and for each variant: accuracy and how well it predicts text."""
    asked = numbers.count(study.num_participants, "participant")
    rows: list[dict[str, Any]] = [{"variant": field.experts, "description": asked}]
    shares = [study.people_accuracy()]
    for each in study.variants:
        row: dict[str, Any] = {"variant": each.name, "description": each.variant.description}
        if each.training:
            row |= {
                "validation_perplexity": each.training.validation_perplexity,
                "validation_bits_per_byte": each.training.validation_bits_per_byte,
                "training_seconds": each.training.training_seconds,
                "training_loss": sparkline([loss for _, loss in each.training.losses]) or None,
            }
        rows.append(row | {"benchmark_bits_per_byte": each.bits_per_byte.get(study.made_by)})
        shares.append(study.accuracy(each.name))
    for line, accuracies in zip(rows, shares, strict=True):
        for author, share in accuracies.items():
            low, high = share.interval
            line |= {author: share.value, f"{author}_low": low, f"{author}_high": high}
    return pd.DataFrame(rows)


def write_results(folder: Path, results: pd.DataFrame) -> None:
    """Writes the table of results as CSV, in full precision, and as LaTeX.

    Args:
        folder: Where to write; it exists.
        results: What `results_table` returns.
    """
    numbers_only = results.drop(columns=CURVE[0], errors="ignore")
    numbers_only.to_csv(folder / "table.csv", index=False, lineterminator="\n")
    columns, rows = cells(results, RESULTS)
    texts = pd.DataFrame(rows, columns=[column.title for column in columns])
    sides = "".join("l" if column.align == "words" else "r" for column in columns)
    style = texts.style.format(escape="latex").hide(axis="index")
    style = style.format_index(escape="latex", axis="columns")
    latex = style.to_latex(column_format=sides, hrules=True)
    (folder / "table.tex").write_text(latex, encoding="utf-8")


def beside_chance(study: StudyStatistics) -> dict[str, list[str]]:
    """Variants above chance in the main result, below it or neither.

    By the exact test against chance at the 5 % level, adjusted for the number of variants.
    """
    groups: dict[str, list[str]] = {
        "above chance (50%)": [],
        "not distinguishable from chance": [],
        "below chance": [],
    }
    above, around, below = groups.values()
    for each in study.variants:
        better = study.main.accuracy[each.name].value > CHANCE
        shown = study.main.chance_holm_p_values[each.name] < SIGNIFICANCE
        (around if not shown else above if better else below).append(each.name)
    return groups


def solved_without_knowledge(
    study: StudyStatistics, cues: Sequence[Cue]
) -> dict[Author, list[str]]:
    """What solves cases without having read the field, with its accuracy, by who made the cases.

    Cues of the audit that give cases away, and variants without training on the field that are
    above chance, both at the 5 % level adjusted for their number. Authors without any are left out.
    """
    found: dict[Author, list[str]] = {}
    for each in cues:
        if each.gives_away:
            line = f"{each.cue}, {numbers.share(each.accuracy, each.estimate.interval)}"
            found.setdefault(each.author, []).append(line)
    for author, beside in study.authors.items():
        for variant in study.variants:
            name, share = variant.name, beside.accuracy[variant.name]
            above = share.value > CHANCE and beside.chance_holm_p_values[name] < SIGNIFICANCE
            if above and not variant.variant.epochs:
                found.setdefault(author, []).append(f"{name}, {numbers.accuracy(share)}")
    return found


def render(template: str, context: Mapping[str, Any]) -> str:
    """A template filled in; every value is escaped, control characters too; none may be missing.

    Args:
        template: Its path below `templates/`.
        context: What it may show, by name.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        finalize=lambda value: type(value)(printable(value)) if isinstance(value, str) else value,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    filters = (
        numbers.accuracy,
        numbers.count,
        numbers.file_size,
        numbers.interval,
        numbers.listing,
        numbers.margin,
        numbers.number,
        numbers.p_value,
        numbers.percent,
        numbers.perplexity,
        numbers.points,
        numbers.signed,
        numbers.size,
        one_line,
    )
    environment.filters |= {each.__name__: each for each in filters} | {
        "table": cells,
        "estimate": lambda estimate, plot: plot.text(estimate),
        "markdown": lambda frame: Markup(markdown(*cells(frame, (*RESULTS, CURVE)))),  # noqa: S704
    }
    return environment.get_template(template).render(context)


def one_line(text: str) -> str:
    """A text without line breaks, as an attribute holds it."""
    return text.__class__(" ").join(text.split())
