"""The figure of whether models and people find the same cases hard."""

from components.figures import wording
from components.figures.dot_plot import DotPlot, Guide, Line, Look, Mark
from components.figures.dot_plot_drawing import draw_plots
from components.figures.picture import Picture
from components.figures.results import Results
from components.figures.style import BLUE
from components.formats.statistics import Difficulty, Interval

CORRELATIONS = Interval(-1.0, 1.0)


def difficulty_picture(results: Results) -> Picture | None:
    """The picture of all correlations; nothing where there is none."""
    found = {name: each.difficulty for name, each in results.human.against_people.items()}
    if not any(each and each.correlation is not None for each in found.values()):
        return None
    plot = difficulty_plot(results)
    experts = results.field.experts.lower()
    ceiling = results.people.ceiling
    known = (
        f" The noise ceiling of {wording.number(ceiling.ceiling)} is what knowing each case's true"
        f" difficulty would reach: so few {experts} answered a case that their shares hold mostly"
        " chance (the root of their split-half reliability of"
        f" {wording.number(ceiling.reliability)}, {ceiling.num_splits} random halves)."
        if ceiling.ceiling is not None and ceiling.reliability is not None
        else f" There is no noise ceiling: {ceiling.reason}."
    )
    spoken = "; ".join(
        f"{line.name} {line.marks[0].text if line.marks else line.why}" for line in plot.lines
    )
    return Picture(
        name="difficulty",
        title=f"Are cases hard for models that are hard for {experts}?",
        caption=(
            f"Rank correlation, case by case, of the share of {experts} who were right with how"
            " much less surprising the model finds the original (perplexity of the altered"
            f" version less that of the original), with 95% intervals.{known}"
        ),
        alternative=f"Dot plot of Spearman's correlations with 95% intervals: {spoken}.{known}",
        draw=lambda width: draw_plots([plot], width=width, notice=results.field.warning),
    )


def difficulty_plot(results: Results) -> DotPlot:
    """Each variant's correlation with people, beside their noise ceiling."""
    guides = [Guide(0.0, "no relation", dashed=False)]
    if results.people.ceiling.ceiling is not None:
        guides.append(Guide(results.people.ceiling.ceiling, "noise ceiling"))
    return DotPlot(
        lines=[_line(name, each.difficulty) for name, each in results.human.against_people.items()],
        axis=f"rank correlation with {results.field.experts.lower()}",
        unit="number",
        bounds=CORRELATIONS,
        header="correlation (95% interval)",
        aside="p (no relation)",
        guides=tuple(guides),
    )


def _line(name: str, found: Difficulty | None) -> Line:
    if found is None or found.correlation is None:
        return Line(name, "", (), why=found.reason if found else "no cases in common")
    text = wording.number(found.correlation, found.interval)
    aside = wording.p_value(found.p_value) if found.p_value is not None else ""
    mark = Mark(found.correlation, found.interval, Look("o", BLUE), text)
    return Line(name, "", (mark,), aside=aside)
