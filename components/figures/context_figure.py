"""The figure of accuracy by how much of the abstracts is read."""

from components.figures import wording
from components.figures.accuracy_figure import SHARES
from components.figures.dot_plot import DotPlot, Guide, Line, Look, Mark
from components.figures.dot_plot_drawing import draw_plots
from components.figures.picture import Picture
from components.figures.results import Results
from components.figures.style import BLUE, GREEN, VERMILLION
from components.formats.statistics import CHANCE

WORDS = {
    "full": "whole abstracts",
    "isolated": "single sentences",
    "swapped": "abstracts with sentences of others",
}
LOOKS = {
    "full": Look("o", BLUE),
    "isolated": Look("^", VERMILLION),
    "swapped": Look("D", GREEN, filled=False),
}


def context_picture(results: Results) -> Picture | None:
    """The picture of all contexts; nothing where whole abstracts are the only one."""
    contexts = [name for name in WORDS if "human" in results.study.contexts.get(name, {})]
    if len(contexts) < 2:
        return None
    plot = context_plot(results, contexts)
    spoken = "; ".join(
        f"{line.name} {', '.join(mark.text for mark in line.marks)}" for line in plot.lines
    )
    return Picture(
        name="contexts",
        title="How much of the abstract does a choice need?",
        caption=_caption(contexts),
        alternative=(
            "Dot plot of accuracy on human-made cases by context, in the order"
            f" {', '.join(WORDS[name] for name in contexts)}: {spoken}."
        ),
        draw=lambda width: draw_plots([plot], width=width, notice=results.field.warning),
    )


def context_plot(results: Results, contexts: list[str]) -> DotPlot:
    """Every variant's accuracy on human-made cases by context."""
    lines = []
    for score in results.study.variants:
        name = score.name
        marks = []
        for context in contexts:
            share = results.study.contexts[context]["human"].get(name)
            if share:
                text = wording.accuracy(share)
                marks.append(Mark(share.share, share.interval, LOOKS[context], text))
        lines.append(Line(name, "", tuple(marks)))
    return DotPlot(
        lines=lines,
        axis="original version chosen",
        unit="percent",
        bounds=SHARES,
        key=tuple((LOOKS[name], WORDS[name]) for name in contexts),
        header="accuracy (95% interval)",
        guides=(Guide(CHANCE, "chance"),),
    )


def _caption(contexts: list[str]) -> str:
    told = "Human-made cases. Filled circles: whole abstracts, as in all other figures."
    if "isolated" in contexts:
        told += (
            " Triangles: each sentence with a choice for itself; a choice between its two"
            " versions counts as one, and intervals are clustered by abstract."
        )
    if "swapped" in contexts:
        told += (
            " Open diamonds: abstracts in which each such sentence gives way to one of another"
            " abstract of the same section, choice included: as much text, but none that belongs"
            " together."
        )
    return (
        f"{told} Accuracy that falls without the abstract's own text rests on putting the"
        " abstract together; what remains rests on the sentence."
    )
