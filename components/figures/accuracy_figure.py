"""The figure of every variant's accuracy beside the human experts'."""

from components.figures import wording
from components.figures.dot_plot import DotPlot, Guide, Line, Look, Mark
from components.figures.dot_plot_drawing import draw_plots
from components.figures.picture import Picture
from components.figures.results import Results
from components.figures.style import BLUE, INK
from components.formats.statistics import CHANCE, Accuracy, Interval, People

MODEL = {"human": Look("o", BLUE), "machine": Look("D", BLUE, filled=False)}
PEOPLE = {"human": Look("o", INK), "machine": Look("D", INK, filled=False)}
SHARES = Interval(0.0, 1.0)


def accuracy_picture(results: Results) -> Picture:
    """The picture of all accuracies."""
    experts = results.field.experts
    plot = accuracy_plot(results)
    spoken = "; ".join(f"{line.name} {line.marks[0].text}" for line in plot.lines)
    marks = "Filled circles: human-made cases"
    if "machine" in results.study.authors:
        marks += "; open diamonds: machine-made cases"
    return Picture(
        name="accuracy",
        title=f"How often the original abstract was chosen in BrainBench cases of"
        f" {results.field.name}.",
        caption=(
            f"{marks}. Bars are 95% intervals: Wilson's over cases for models; for"
            f" {experts.lower()} over their trials, clustered by case and participant. The grey"
            " band is the latter's interval on human-made cases, the dashed line is chance. All"
            " variants answered the same cases, so overlapping bars are no test of two variants"
            " against each other."
        ),
        alternative=f"Dot plot of accuracy on human-made cases, with 95% intervals: {spoken}.",
        draw=lambda width: draw_plots([plot], width=width, notice=results.field.warning),
    )


def accuracy_plot(results: Results) -> DotPlot:
    """Human experts and every variant, by who made the cases."""
    authors = results.study.authors
    people = {name: each.people for name, each in authors.items() if each.people}
    asked = wording.count(results.study.num_participants, "participant")
    trials = " + ".join(f"{each.share.total:,}" for each in people.values())
    lines = [
        Line(results.field.experts, f"{asked}, {trials} trials", _people_marks(people)),
        *(
            Line(
                each.name,
                each.variant.description,
                tuple(
                    _mark(share, MODEL[name])
                    for name, share in results.study.accuracy(each.name).items()
                ),
            )
            for each in results.study.variants
        ),
    ]
    share = results.people.share
    return DotPlot(
        lines=lines,
        axis="original abstract chosen",
        unit="percent",
        bounds=SHARES,
        key=tuple(
            (MODEL[name], f"{name}-made cases, n = {each.num_cases:,}")
            for name, each in authors.items()
        ),
        header="accuracy (95% interval)",
        guides=(
            Guide(CHANCE, "chance"),
            Guide(share.share, results.field.experts, dashed=False),
        ),
        band=share.interval,
    )


def _people_marks(people: dict[str, People]) -> tuple[Mark, ...]:
    return tuple(_mark(each.share, PEOPLE[name]) for name, each in people.items())


def _mark(share: Accuracy, look: Look) -> Mark:
    return Mark(share.share, share.interval, look, wording.accuracy(share))
