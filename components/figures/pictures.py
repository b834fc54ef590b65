"""The report's pictures: every figure as files, and inside the page."""

import base64
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from matplotlib.figure import Figure

from components.figures.calibration_figure import Panel, draw_calibration
from components.figures.curves_figure import Curve, draw_curves
from components.figures.dot_plot import DotPlot
from components.figures.dot_plot_figure import draw_dot_plots
from components.figures.fonts import choose_fonts
from components.figures.segmentation import Segmentation
from components.figures.segmentation_figure import draw_segmentation
from components.figures.style import NARROW, WIDE, save_figure, styled, svg
from components.figures.vocabulary_figure import draw_vocabulary
from components.formats.terms import Part, VocabularyMetrics

MOST_BOXES = 20  # letters that a message names
Draw = Callable[..., Figure]  # width and notice by name


def drawings(
    plots: Mapping[str, DotPlot | None],
    *,
    panels: list[Panel],
    vocabularies: VocabularyMetrics | None,
    examples: Mapping[Part, Sequence[str]],
    segmentations: Sequence[Segmentation],
    curves: Sequence[Curve],
) -> dict[str, Draw | None]:
    """How each figure is drawn, in the report's order; None for one without anything to show.

    Args:
        plots: Dot plots by name.
        panels: Accuracy by confidence.
        vocabularies: What the two vocabularies share; None where that is not known.
        examples: Terms of the field, by the vocabularies that they are in.
        segmentations: Abstracts split by both tokenizers.
        curves: Validation perplexities by epoch.
    """

    def dot_plots(*names: str) -> Draw | None:
        shown = [plot for name in names if (plot := plots[name])]
        return partial(draw_dot_plots, shown) if shown else None

    return {
        "accuracy": dot_plots("accuracy"),
        "differences": dot_plots("against_people", "comparisons"),
        "contexts": dot_plots("contexts"),
        "calibration": partial(draw_calibration, panels),
        "difficulty": dot_plots("difficulty"),
        "cues": dot_plots("cues"),
        "memorisation": dot_plots("ratios", "clean"),
        "sections": dot_plots("sections"),
        "vocabulary": partial(draw_vocabulary, vocabularies, examples=examples)
        if vocabularies
        else None,
        **{
            f"segmentation{f'-{number}' if number > 1 else ''}": partial(draw_segmentation, each)
            for number, each in enumerate(segmentations, start=1)
        },
        "training": partial(draw_curves, curves) if curves else None,
    }


def draw_pictures(
    drawn: Mapping[str, Draw | None], folder: Path, *, notice: str
) -> dict[str, tuple[str, str]]:
    """Writes every figure in the wide format, and returns all for the report.

    Args:
        drawn: What to draw, by name.
        folder: Where to write; it exists.
        notice: Line below every figure; empty for none.

    Returns:
        SVG as a data: URI, for print and wide screens, and for phones.
    """
    some = {name: draw for name, draw in drawn.items() if draw}
    with ProcessPoolExecutor(min(len(some), os.cpu_count() or 1)) as processes:
        each = partial(_draw_picture, folder=folder, notice=notice)
        results = list(processes.map(each, some, some.values()))
    if boxes := set().union(*(letters for _, letters in results)):
        letters = " ".join(sorted(boxes)[:MOST_BOXES]) + (" ..." if len(boxes) > MOST_BOXES else "")
        hint = "install a font that has them, for example Noto Sans CJK"
        line = f"no font has {letters} ({len(boxes)} letters, drawn as boxes): {hint}"
        print(line, file=sys.stderr)  # noqa: T201
    return {name: addresses for name, (addresses, _) in zip(some, results, strict=True)}


def _draw_picture(
    name: str, draw: Draw, *, folder: Path, notice: str
) -> tuple[tuple[str, str], set[str]]:
    """Writes a figure; returns its addresses, and the letters that no font has."""
    with styled():
        wide, narrow = (draw(width=width, notice=notice) for width in (WIDE, NARROW))
        boxes = choose_fonts(wide) | choose_fonts(narrow)
        shown = save_figure(wide, folder, name=name)
        return (_address(shown), _address(svg(narrow))), boxes


def _address(content: bytes) -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(content).decode('ascii')}"
