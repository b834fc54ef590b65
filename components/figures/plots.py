"""The dot plots and panels of a study, made from its statistics."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from components.figures import numbers
from components.figures.calibration_figure import Panel
from components.figures.curves_figure import Curve
from components.figures.dot_plot import DotPlot, Guide, PlotRow, Series
from components.figures.style import BLUE, GREEN, INK, RULE, VERMILION
from components.formats.audit import Cue
from components.formats.field import Field
from components.formats.json_file import read_yaml
from components.formats.statistics import (
    CHANCE,
    Comparison,
    Difficulty,
    Estimate,
    Memorisation,
    RankBins,
    StudyStatistics,
)

SHARES, DIFFERENCES, RATIOS = (0.0, 1.0), (-1.0, 1.0), (0.0, float("inf"))
CHANCE_GUIDE = Guide("chance", CHANCE, dashed=True)
NO_DIFFERENCE = Guide("no difference", 0.0)
MOST_SECTIONS = 12
MOST_PAIRS = 28  # those of 8 variants; of more, only the pairs with the main one are drawn
FEWEST_CLEAN = 20  # below it, an interval of accuracy spans some forty points
PUBLISHED_CURVES = Path(__file__).with_name("published_curves.yaml")


@dataclass(frozen=True)
class _PublishedCurves:
    field: str
    variants: dict[str, tuple[tuple[float, float], ...]]


def dot_plots(
    study: StudyStatistics, field: Field, *, main: str, cues: Sequence[Cue] = ()
) -> dict[str, DotPlot | None]:
    """Every dot plot by name; None where the study has nothing to show in it.

    Args:
        study: What to show.
        field: What the study is about.
        main: The variant that stands for the models where one is shown.
        cues: Of the audit; may be none.
    """
    return {
        "accuracy": accuracy_plot(study, field),
        "against_people": against_people_plot(study, field),
        "comparisons": comparisons_plot(study, main=main),
        "contexts": contexts_plot(study, field),
        "difficulty": difficulty_plot(study, field),
        "cues": cues_plot(study, field, cues) if cues else None,
        "ratios": ratios_plot(study),
        "clean": clean_plot(study),
        "sections": sections_plot(study, field, main=main),
    }


def accuracy_plot(study: StudyStatistics, field: Field) -> DotPlot:
    """The experts and every variant, by who made the cases."""
    people = study.people_accuracy()
    asked = numbers.count(study.num_participants, "participant")
    trials = " + ".join(f"{each.total:,}" for each in people.values())
    shown = [people.get(name) for name in study.authors]
    rows = [PlotRow(field.experts, shown, description=f"{asked}, {trials} trials", colour=INK)]
    for each in study.variants:
        shown = list(study.accuracy(each.name).values())
        rows.append(PlotRow(each.name, shown, description=each.variant.description))
    share = study.people.accuracy
    guides = [CHANCE_GUIDE, Guide(field.experts, share.value, share.interval)]
    return _accuracies(rows, _series_of_authors(study), guides=guides)


def against_people_plot(study: StudyStatistics, field: Field) -> DotPlot:
    """Each variant minus the experts, with the margin of equivalence as a zone."""
    margin, experts = study.margin, field.experts.lower()
    zone = Guide(f"within the margin of ±{numbers.margin(margin)} points", None, (-margin, margin))
    rows = []
    for name, beside in study.main.against_people.items():
        remark = "not testable"
        if beside.verdict and beside.equivalence:
            # Beyond the margin, p says nothing: it tests whether the difference lies within.
            p_value = numbers.p_value(beside.equivalence.p_value)
            shown = "" if beside.verdict == "beyond the margin" else f", {p_value}"
            remark = f"{beside.verdict}{shown}"
        rows.append(PlotRow(name, [beside.difference], remark=remark))
    return DotPlot(
        rows=rows,
        series=[Series()],
        label=f"accuracy minus that of {experts} (points)",
        unit="points",
        bounds=DIFFERENCES,
        header="difference (95% interval)",
        remarks="equivalence",
        guides=[NO_DIFFERENCE, zone],
        title=f"Variants minus {experts}",
    )


def comparisons_plot(study: StudyStatistics, *, main: str) -> DotPlot | None:
    """Each variant minus each other, or of many only those with the main one; None for one."""
    pairs = study.main.comparisons
    if len(pairs) > MOST_PAIRS:
        pairs = tuple(each for each in pairs if main in (each.one, each.other))
    if not pairs:
        return None
    return DotPlot(
        rows=[_pair(each) for each in pairs],
        series=[Series()],
        label="difference in accuracy (points)",
        unit="points",
        bounds=DIFFERENCES,
        header="difference (95% interval)",
        remarks="p (Holm)",
        guides=[NO_DIFFERENCE],
        title="Variants minus each other, in the same cases",
    )


def contexts_plot(study: StudyStatistics, field: Field) -> DotPlot | None:
    """Accuracy by context; None where whole abstracts are the only one."""
    looks = {
        "full": Series("whole abstracts"),
        "isolated": Series("single sentences", marker="^", colour=VERMILION),
        "swapped": Series(
            "abstracts with sentences of others", marker="D", colour=GREEN, filled=False
        ),
    }
    shares = {
        name: each[study.made_by] for name, each in study.contexts.items() if study.made_by in each
    }
    if len(shares) < 2:
        return None
    rows = [
        PlotRow(each.name, [context.get(each.name) for context in shares.values()])
        for each in study.variants
    ]
    people = study.people.accuracy
    experts = f"{field.experts.lower()}, whole abstracts"
    guides = [CHANCE_GUIDE, Guide(experts, people.value, people.interval)]
    series = [looks[name] for name in shares]
    return _accuracies(rows, series, label="original version chosen", guides=guides)


def difficulty_plot(study: StudyStatistics, field: Field) -> DotPlot | None:
    """Each variant's correlation with the experts, beside the noise ceiling; None without any."""
    found = {name: each.difficulty for name, each in study.main.against_people.items()}
    if all(each.value is None for each in found.values()):
        return None
    guides = [Guide("no relation", 0.0)]
    if study.people.ceiling.ceiling is not None:
        ceiling = study.people.ceiling
        guides.append(Guide("noise ceiling", ceiling.ceiling, ceiling.interval, dashed=True))
    return DotPlot(
        rows=[_correlation(*item) for item in found.items()],
        series=[Series()],
        label=f"rank correlation with {field.experts.lower()}",
        unit="number",
        bounds=DIFFERENCES,
        header="correlation (95% interval)",
        remarks="p (no relation)",
        guides=guides,
    )


def cues_plot(study: StudyStatistics, field: Field, cues: Sequence[Cue]) -> DotPlot:
    """The audit's cues and the variants that have not read the field, by who made the cases."""
    found = {(each.cue, each.author): each.estimate for each in cues}
    rows = [
        PlotRow(name, [found.get((name, author)) for author in study.authors])
        for name in dict.fromkeys(each.cue for each in cues)
    ]
    rows += [
        PlotRow(each.name, list(study.accuracy(each.name).values()), "has not read the corpus")
        for each in study.variants
        if not each.variant.epochs
    ]
    people = study.people.accuracy
    guides = [CHANCE_GUIDE, Guide(field.experts, people.value, people.interval)]
    return _accuracies(rows, _series_of_authors(study), guides=guides)


def ratios_plot(study: StudyStatistics) -> DotPlot | None:
    """Ratios of benchmark and reference texts relative to the latter's median; None without any."""
    found = {name: each for name, each in study.memorisation.items() if each}
    if not found:
        return None
    sizes = {(each.num_benchmark, each.num_reference) for each in found.values()}
    counts = [f", n = {each:,}" for each in sizes.pop()] if len(sizes) == 1 else ["", ""]
    return DotPlot(
        rows=[_ratios(*item) for item in found.items()],
        series=[
            Series(f"benchmark’s originals{counts[0]}"),
            Series(f"reference texts{counts[1]}", marker="D", colour=RULE, filled=False),
        ],
        label="zlib-to-perplexity ratio, relative to reference texts",
        unit="ratio",
        bounds=RATIOS,
        header="median",
        remarks="AUROC, p",
        guides=[Guide("reference texts’ median", 1.0, dashed=True)],
        title="Ratios of compressibility to perplexity",
    )


def clean_plot(study: StudyStatistics) -> DotPlot | None:
    """Accuracy on all and on clean cases; None where too few or all are clean."""
    clean, total = study.num_clean.get(study.made_by), study.main.num_cases
    if clean is None or not FEWEST_CLEAN <= clean < total:
        return None
    rows = [
        PlotRow(
            each.name,
            [
                study.main.accuracy[each.name],
                study.clean[study.made_by][each.name],
            ],
            description="" if each.variant.epochs else "has not read the corpus",
        )
        for each in study.variants
    ]
    series = [
        Series(f"all {study.made_by}-made cases, n = {total:,}"),
        Series(f"clean cases, n = {clean:,}", marker="^", colour=VERMILION),
    ]
    return _accuracies(rows, series, title="Accuracy without cases that overlap with the corpus")


def sections_plot(study: StudyStatistics, field: Field, *, main: str) -> DotPlot:
    """One variant and the experts in each section, the sections of most cases first."""
    sections, people = study.main.sections[main], study.people.sections
    rows = []
    for section in sorted(sections, key=lambda each: (-sections[each].total, each))[:MOST_SECTIONS]:
        counts = numbers.count(sections[section].total, "case")
        if section in people:
            counts += f", {numbers.count(people[section].total, 'trial')}"
        shown = [sections[section], people.get(section)]
        rows.append(PlotRow(section, shown, description=counts))
    return _accuracies(rows, [Series(main), Series(field.experts, colour=INK)])


def calibration_panels(study: StudyStatistics, field: Field) -> list[Panel]:
    """Accuracy by confidence: the experts, then every variant."""
    people = study.people.confidence
    published = f"{field.experts}, bins as published"
    return [
        _panel(field.experts, people.auroc, people.bins, colour=INK),
        _panel(published, people.auroc, people.published_bins, colour=INK),
        *(_panel(name, each.auroc, each.bins) for name, each in study.main.confidence.items()),
    ]


def training_curves(study: StudyStatistics, field: Field) -> list[Curve]:
    """Validation of every variant that was trained and whose epochs are recorded.

    Args:
        study: What to show.
        field: What it is about; published curves of the same field are shown beside.
    """
    known = read_yaml(PUBLISHED_CURVES, _PublishedCurves)
    published = known.variants if field.name == known.field and not field.made_up else {}
    curves = []
    for each in study.variants:
        if each.record.curve:
            curves.append(Curve(each.name, each.record.curve, unit="epochs"))
        elif each.training and each.training.epochs:
            beside = [(1e6 * tokens, value) for tokens, value in published.get(each.name, ())]
            curve = Curve(
                each.name,
                each.training.curve,
                losses=each.training.losses,
                published=beside,
                bits_per_byte=each.training.epochs[-1].validation_bits_per_byte,
            )
            curves.append(curve)
    return curves


def _series_of_authors(study: StudyStatistics) -> list[Series]:
    markers = {"human": "o", "machine": "D"}
    return [
        Series(f"{name}-made cases, n = {each.num_cases:,}", markers[name], filled=name == "human")
        for name, each in study.authors.items()
    ]


def _accuracies(
    rows: Sequence[PlotRow],
    series: Sequence[Series],
    *,
    label: str = "original abstract chosen",
    guides: Sequence[Guide] = (CHANCE_GUIDE,),
    title: str = "",
) -> DotPlot:
    return DotPlot(
        rows=rows,
        series=series,
        label=label,
        unit="share",
        bounds=SHARES,
        header="accuracy (95% interval)",
        guides=guides,
        title=title,
    )


def _pair(found: Comparison) -> PlotRow:
    remark = numbers.p_value(found.holm_p_value)
    return PlotRow(f"{found.one} − {found.other}", [found.difference], remark=remark)


def _correlation(name: str, found: Difficulty) -> PlotRow:
    if found.value is None:
        return PlotRow(name, remark=found.reason)
    remark = numbers.p_value(found.p_value) if found.p_value is not None else ""
    return PlotRow(name, [found], remark=remark)


def _ratios(name: str, found: Memorisation) -> PlotRow:
    shown = []
    for quantiles in (found.benchmark, found.reference):
        least, low, middle, high, most = (value / found.reference[2] for value in quantiles)
        shown.append(Estimate(middle, (least, most), inner=(low, high)))
    area = found.auroc.value
    remark = "" if area is None else f"{numbers.number(area)}, {numbers.p_value(found.p_value)}"
    return PlotRow(name, shown, remark=remark)


def _panel(name: str, auroc: Estimate, bins: RankBins, *, colour: str = BLUE) -> Panel:
    line = None
    if bins.slope is not None and bins.intercept is not None:
        line = (bins.intercept, bins.intercept + bins.slope)
    text = auroc.reason
    if auroc.value is not None:
        text = f"AUROC {numbers.number(auroc.value, auroc.interval)}"
    return Panel(name, text, bins.bins, line, colour)
