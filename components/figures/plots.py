"""The dot plots and panels of a study, made from its statistics."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
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
    Estimate,
    Memorisation,
    RankBins,
    StudyStatistics,
)

SHARES, DIFFERENCES, RATIOS = (0.0, 1.0), (-1.0, 1.0), (0.0, float("inf"))
CHANCE_GUIDE = Guide("chance", CHANCE, dashed=True)
NO_DIFFERENCE = Guide("no difference", 0.0)
UNREAD = "has not read the corpus"
MOST_SECTIONS = 12
MOST_PAIRS = 28  # those of 8 variants; of more, only the pairs with the main one are drawn
FEWEST_CLEAN = 20  # below it, an interval of accuracy spans some forty points
PUBLISHED_CURVES = Path(__file__).with_name("published_curves.yaml")


_accuracies = partial(
    DotPlot,
    label="original abstract chosen",
    unit="share",
    bounds=SHARES,
    header="accuracy (95% interval)",
    guides=[CHANCE_GUIDE],
)


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
    estimates = [people.get(name) for name in study.authors]
    experts = PlotRow(field.experts, estimates, f"{asked}, {trials} trials", is_black=True)
    variants = [
        PlotRow(each.name, [*study.accuracy(each.name).values()], each.variant.description)
        for each in study.variants
    ]
    return _accuracies(
        [experts, *variants],
        _series_of_authors(study),
        guides=[CHANCE_GUIDE, _experts_guide(study, field.experts)],
    )


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
        remarks_header="equivalence",
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
        rows=[
            PlotRow(
                f"{each.one} − {each.other}",
                [each.difference],
                remark=numbers.p_value(each.holm_p_value),
            )
            for each in pairs
        ],
        series=[Series()],
        label="difference in accuracy (points)",
        unit="points",
        bounds=DIFFERENCES,
        header="difference (95% interval)",
        remarks_header="p (Holm)",
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
    return _accuracies(
        [
            PlotRow(each.name, [some.get(each.name) for some in shares.values()])
            for each in study.variants
        ],
        [looks[name] for name in shares],
        label="original version chosen",
        guides=[
            CHANCE_GUIDE,
            _experts_guide(study, f"{field.experts.lower()}, whole abstracts"),
        ],
    )


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
        rows=[
            PlotRow(
                name,
                [] if each.value is None else [each],
                remark=each.reason if each.p_value is None else numbers.p_value(each.p_value),
            )
            for name, each in found.items()
        ],
        series=[Series()],
        label=f"rank correlation with {field.experts.lower()}",
        unit="number",
        bounds=DIFFERENCES,
        header="correlation (95% interval)",
        remarks_header="p (no relation)",
        guides=guides,
    )


def cues_plot(study: StudyStatistics, field: Field, cues: Sequence[Cue]) -> DotPlot:
    """The audit's cues and the variants that have not read the field, by who made the cases."""
    found = {(each.cue, each.author): each.estimate for each in cues}
    names = dict.fromkeys(each.cue for each in cues)
    rows = [PlotRow(cue, [found.get((cue, author)) for author in study.authors]) for cue in names]
    rows += [
        PlotRow(each.name, [*study.accuracy(each.name).values()], UNREAD)
        for each in study.variants
        if not each.variant.epochs
    ]
    return _accuracies(
        rows,
        _series_of_authors(study),
        guides=[CHANCE_GUIDE, _experts_guide(study, field.experts)],
    )


def ratios_plot(study: StudyStatistics) -> DotPlot | None:
    """Ratios of benchmark and reference texts relative to the latter's median; None without any."""
    found = {name: each for name, each in study.memorisation.items() if each}
    if not found:
        return None
    sizes = {(each.num_benchmark, each.num_reference) for each in found.values()}
    counts = [f", n = {each:,}" for each in sizes.pop()] if len(sizes) == 1 else ["", ""]
    return DotPlot(
        rows=[PlotRow(name, _ratios(each), remark=_auroc(each)) for name, each in found.items()],
        series=[
            Series(f"benchmark’s originals{counts[0]}"),
            Series(f"reference texts{counts[1]}", marker="D", colour=RULE, filled=False),
        ],
        label="zlib-to-perplexity ratio, relative to reference texts",
        unit="ratio",
        bounds=RATIOS,
        header="median",
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
            [study.main.accuracy[each.name], study.clean[study.made_by][each.name]],
            "" if each.variant.epochs else UNREAD,
        )
        for each in study.variants
    ]
    series = [
        Series(f"all {study.made_by}-made cases, n = {total:,}"),
        Series(f"clean cases, n = {clean:,}", marker="^", colour=VERMILION),
    ]
    return _accuracies(
        rows,
        series,
        title="Accuracy without cases that overlap with the corpus",
    )


def sections_plot(study: StudyStatistics, field: Field, *, main: str) -> DotPlot:
    """One variant and the experts in each section, the sections of most cases first."""
    sections, people = study.main.sections[main], study.people.sections
    rows = []
    for section in sorted(sections, key=lambda each: (-sections[each].total, each))[:MOST_SECTIONS]:
        asked = numbers.count(sections[section].total, "case")
        if section in people:
            asked += f", {numbers.count(people[section].total, 'trial')}"
        rows.append(PlotRow(section, [sections[section], people.get(section)], asked))
    series = [Series(main), Series(field.experts, colour=INK)]
    return _accuracies(rows, series)


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


def _experts_guide(study: StudyStatistics, label: str) -> Guide:
    return Guide(label, study.people.accuracy.value, study.people.accuracy.interval)


def _ratios(found: Memorisation) -> list[Estimate]:
    shown = []
    for quantiles in (found.benchmark, found.reference):
        least, low, middle, high, most = (value / found.reference[2] for value in quantiles)
        shown.append(Estimate(middle, (least, most), inner=(low, high)))
    return shown


def _auroc(found: Memorisation) -> str:
    """Area under the curve and p value, named as no header stands above them on phones."""
    if found.auroc.value is None:
        return ""
    return f"AUROC {numbers.number(found.auroc.value)}, {numbers.p_value(found.p_value)}"


def _panel(name: str, auroc: Estimate, bins: RankBins, *, colour: str = BLUE) -> Panel:
    line = None
    if bins.slope is not None and bins.intercept is not None:
        line = (bins.intercept, bins.intercept + bins.slope)
    text = auroc.reason
    if auroc.value is not None:
        text = f"AUROC {numbers.number(auroc.value, auroc.interval)}"
    return Panel(name, text, bins.bins, line, colour)
