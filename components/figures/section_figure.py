"""The figure of accuracy by section of the journal."""

from components.figures import wording
from components.figures.accuracy_figure import MODEL, PEOPLE, SHARES
from components.figures.dot_plot import DotPlot, Guide, Line, Mark
from components.figures.dot_plot_drawing import draw_plots
from components.figures.headline import main_variant
from components.figures.picture import Picture
from components.figures.results import Results
from components.formats.statistics import CHANCE

MOST_SECTIONS = 12


def section_picture(results: Results) -> Picture:
    """The picture of the study's main variant beside the experts, section by section."""
    plot = section_plot(results)
    experts = results.field.experts
    name = main_variant(results).name
    whole = len(results.human.models[name].sections)
    cut = (
        f" The {MOST_SECTIONS} sections of most cases, of {whole}."
        if whole > len(plot.lines)
        else ""
    )
    spoken = "; ".join(
        f"{line.name} {', '.join(mark.text for mark in line.marks)}" for line in plot.lines
    )
    return Picture(
        name="sections",
        title=f"{name} beside {experts.lower()}, by section of the journal.",
        caption=(
            "Human-made cases. Blue: the variant, with Wilson's 95% intervals; black:"
            f" {experts.lower()}, clustered by case and participant.{cut} With so few cases a"
            " section, most differences between sections are within what chance makes."
        ),
        alternative=f"Dot plot of accuracy by section, the variant first, then people: {spoken}.",
        draw=lambda width: draw_plots([plot], width=width, notice=results.field.warning),
    )


def section_plot(results: Results) -> DotPlot:
    """The main variant and the experts in each section, the largest section first."""
    name, people = main_variant(results).name, results.people.sections
    sections = results.human.models[name].sections
    largest = sorted(sections, key=lambda each: (-sections[each].total, each))[:MOST_SECTIONS]
    lines = []
    for section in largest:
        shares = [(sections[section], MODEL["human"])]
        told = wording.count(sections[section].total, "case")
        if section in people:
            told += f", {wording.count(people[section].total, 'trial')}"
        marks = [Mark(s.share, s.interval, look, wording.accuracy(s)) for s, look in shares]
        if section in people:
            share = people[section]
            text = wording.accuracy(share)
            marks.append(Mark(share.share, share.interval, PEOPLE["human"], text))
        lines.append(Line(section, told, tuple(marks)))
    return DotPlot(
        lines=lines,
        axis="original abstract chosen",
        unit="percent",
        bounds=SHARES,
        key=((MODEL["human"], name), (PEOPLE["human"], results.field.experts)),
        header="accuracy (95% interval)",
        guides=(Guide(CHANCE, "chance"),),
    )
