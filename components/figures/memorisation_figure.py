"""The figure of whether the benchmark was known beforehand."""

from components.figures import wording
from components.figures.accuracy_figure import SHARES
from components.figures.dot_plot import DotPlot, Guide, Line, Look, Mark
from components.figures.dot_plot_drawing import draw_plots
from components.figures.picture import Picture
from components.figures.results import Results
from components.figures.style import BLUE, RULE, VERMILLION
from components.formats.statistics import CHANCE, Interval, Memorisation

FEWEST_CLEAN = 20  # below it, an interval of accuracy spans some forty points
BENCHMARK, REFERENCE = Look("o", BLUE), Look("D", RULE, filled=False)
ALL, CLEAN = Look("o", BLUE), Look("^", VERMILLION)
RATIOS = Interval(0.0, float("inf"))


def memorisation_picture(results: Results) -> Picture | None:
    """The picture of what can be told; nothing where neither part can."""
    plots, told = [], []
    compared = {name: each for name, each in results.study.memorisation.items() if each}
    if compared:
        plots.append(ratio_plot(compared))
        told.append(
            "the zlib-to-perplexity ratio of a text (its bytes after compression by zlib, divided"
            " by the model's perplexity of it) relative to the median of the reference texts:"
            " medians, with thick lines for the middle half and thin ones for the middle 90% of"
            " texts. A model that had read the benchmark's abstracts would find them likelier than"
            " they compress, and their ratios would lie to the right. AUROC is the share of pairs"
            " of a benchmark and a reference text in which the former has the higher ratio; 0.50"
            " is no difference. Reference texts are of the field, of the same lengths, and nobody"
            " trained on them. Where variants that have read nothing of the field show the same,"
            " the two sets of texts differ by themselves, which is no sign of memory"
        )
    if enough_clean(results):
        plots.append(clean_plot(results))
        told.append(f"accuracy on all human-made cases and on the clean ones: {_clean(results)}")
    if not plots:
        return None
    letters = ("a, ", "b, ") if len(plots) > 1 else ("",)
    caption = " ".join(f"{letter}{each}." for letter, each in zip(letters, told, strict=True))
    spoken = "; ".join(
        f"{line.name} {', '.join(mark.text for mark in line.marks)} {line.aside}"
        for plot in plots
        for line in plot.lines
    )
    return Picture(
        name="memorisation",
        title="Was the benchmark known beforehand?",
        caption=f"{caption[0].upper() if len(plots) == 1 else caption[0]}{caption[1:]}",
        alternative=f"Dot plots of ratios and of accuracy: {spoken}.",
        draw=lambda width: draw_plots(plots, width=width, notice=results.field.warning),
    )


def enough_clean(results: Results) -> bool:
    """Whether some human-made cases are clean, enough to say something, and not all."""
    overlap = results.study.overlap
    return FEWEST_CLEAN <= overlap.clean["human"] < overlap.num_cases["human"]


def clean_in_words(results: Results) -> str:
    """How many human-made cases are clean, and what that means."""
    overlap = results.study.overlap
    number, total = overlap.clean["human"], overlap.num_cases["human"]
    told = f"{number} of {wording.count(total, 'human-made case')}"
    told += " is" if 1 in (number, total) else " are"
    return (
        f"{told} clean: no {overlap.ngram_length} words in a row of the original occur in"
        " the field's training corpus"
    )


def ratio_plot(compared: dict[str, Memorisation]) -> DotPlot:
    """Ratios of benchmark and reference texts, relative to the latter's median."""
    numbers = {(each.num_benchmark, each.num_reference) for each in compared.values()}
    told = [f", n = {each:,}" for each in next(iter(numbers))] if len(numbers) == 1 else ["", ""]
    return DotPlot(
        lines=[_ratios(name, each) for name, each in compared.items()],
        axis="zlib-to-perplexity ratio, relative to reference texts",
        unit="number",
        bounds=RATIOS,
        key=(
            (BENCHMARK, f"benchmark's originals{told[0]}"),
            (REFERENCE, f"reference texts{told[1]}"),
        ),
        header="median",
        aside="AUROC, p",
        guides=(Guide(1.0, "reference texts' median"),),
        title="Ratios of compressibility to perplexity",
    )


def clean_plot(results: Results) -> DotPlot:
    """Accuracy on all and on clean human-made cases."""
    lines = []
    for score in results.study.variants:
        name = score.name
        marks = [
            Mark(share.share, share.interval, look, wording.accuracy(share))
            for share, look in (
                (results.study.accuracy(name)["human"], ALL),
                (results.study.clean["human"][name], CLEAN),
            )
        ]
        read = "" if score.variant.epochs else "has not read the corpus"
        lines.append(Line(name, read, tuple(marks)))
    overlap = results.study.overlap
    return DotPlot(
        lines=lines,
        axis="original abstract chosen",
        unit="percent",
        bounds=SHARES,
        key=(
            (ALL, f"all human-made cases, n = {overlap.num_cases['human']:,}"),
            (CLEAN, f"clean ones, n = {overlap.clean['human']:,}"),
        ),
        header="accuracy (95% interval)",
        guides=(Guide(CHANCE, "chance"),),
        title="Accuracy without cases that the corpus holds parts of",
    )


def _ratios(name: str, found: Memorisation) -> Line:
    unit = found.reference[2]
    marks = []
    for quantiles, look in ((found.benchmark, BENCHMARK), (found.reference, REFERENCE)):
        least, low, middle, high, most = (value / unit for value in quantiles)
        span, half = Interval(least, most), Interval(low, high)
        marks.append(Mark(middle, span, look, wording.number(middle), inner=half))
    area = found.roc.area
    told = "" if area is None else f"{wording.number(area)}, {wording.p_value(found.p_value)}"
    return Line(name, "", tuple(marks), aside=told)


def _clean(results: Results) -> str:
    return (
        f"{clean_in_words(results)}. Variants that have not read the corpus show whether the clean"
        " cases are merely the easier or the harder ones. Intervals are Wilson's of 95%"
    )
