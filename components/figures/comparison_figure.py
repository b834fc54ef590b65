"""The figure of differences: of each variant to the experts, and between variants."""

from components.figures import wording
from components.figures.dot_plot import DotPlot, Guide, Line, Look, Mark
from components.figures.dot_plot_drawing import draw_plots
from components.figures.picture import Picture
from components.figures.results import Results
from components.figures.style import BAND, BLUE
from components.formats.statistics import AgainstPeople, Comparison, Interval

DIFFERENCES = Interval(-1.0, 1.0)
DOT = Look("o", BLUE)
NONE = Guide(0.0, "no difference", dashed=False)


def comparison_picture(results: Results) -> Picture:
    """The picture of all differences on human-made cases."""
    plots = [people_plot(results)]
    pairs = len(results.human.comparisons)
    if pairs:
        plots.append(pairs_plot(results))
    experts, margin = results.field.experts.lower(), wording.margin(results.study.margin)
    letter = "a, " if pairs else ""
    caption = (
        f"{letter}each variant's accuracy minus that of {experts}, on human-made cases. Thin"
        " lines are 95% intervals, clustered by case and participant, thick ones 90%: where"
        f" a thick line lies within the grey zone of ±{margin} points, two one-sided tests at"
        f" 5% call variant and {experts} equivalent. “Beyond the margin”: all of the 95%"
        " interval lies outside the zone. “Not shown” says that these data do not tell, not that"
        " there is a difference."
    )
    if pairs:
        caption += (
            " b, the first variant's accuracy minus the second's in the same cases, with Bonett"
            " and Price's 95% intervals of paired shares; p by McNemar's exact test, adjusted for"
            f" {wording.count(pairs, 'pair')} by Holm's method."
        )
    spoken = "; ".join(
        f"{line.name} {', '.join(mark.text for mark in line.marks) or line.why} {line.aside}"
        for plot in plots
        for line in plot.lines
    )
    return Picture(
        name="differences",
        title="Differences of accuracy, in percentage points.",
        caption=caption,
        alternative=f"Dot plot of differences in percentage points, with 95% intervals: {spoken}.",
        draw=lambda width: draw_plots(plots, width=width, notice=results.field.warning),
    )


def people_plot(results: Results) -> DotPlot:
    """Each variant less the experts, with the margin of equivalence as a zone."""
    margin, experts = results.study.margin, results.field.experts.lower()
    zone = f"within the margin of ±{wording.margin(margin)} points"
    return DotPlot(
        lines=[_beside_people(*item) for item in results.human.against_people.items()],
        axis=f"accuracy minus that of {experts} (points)",
        unit="points",
        bounds=DIFFERENCES,
        key=((Look("s", BAND), zone),),
        header="difference (95% interval)",
        aside="equivalence",
        guides=(NONE,),
        band=Interval(-margin, margin),
        title=f"Variants minus {experts}",
    )


def pairs_plot(results: Results) -> DotPlot:
    """Each variant less each other."""
    return DotPlot(
        lines=[_pair(each) for each in results.human.comparisons],
        axis="difference of accuracy (points)",
        unit="points",
        bounds=DIFFERENCES,
        header="difference (95% interval)",
        aside="p (Holm)",
        guides=(NONE,),
        title="Variants minus each other, in the same cases",
    )


def verdict_in_words(beside: AgainstPeople) -> str:
    """Whether a variant is equivalent to people, with p."""
    told = beside.verdict
    if told is None or beside.equivalence is None:
        return "not testable"
    if told == "beyond the margin":
        return told  # that p is about the margin's inside
    return f"{told}, {wording.p_value(beside.equivalence.p_value)}"


def _beside_people(name: str, beside: AgainstPeople) -> Line:
    found = beside.difference
    text = wording.difference(found.estimate, found.interval)
    mark = Mark(found.estimate, found.interval, DOT, text, inner=found.interval_90)
    return Line(name, "", (mark,), aside=verdict_in_words(beside))


def _pair(found: Comparison) -> Line:
    text = wording.difference(found.difference, found.interval)
    mark = Mark(found.difference, found.interval, DOT, text)
    aside = wording.p_value(found.holm_p_value)
    return Line(f"{found.one} − {found.other}", "", (mark,), aside=aside)
