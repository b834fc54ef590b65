"""Dot plots: estimates with their intervals, one row for each model, pair or section."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from components.figures import numbers
from components.figures.style import BLUE
from components.formats.statistics import Estimate


@dataclass(frozen=True)
class Series:
    """Estimates that look alike.

    Attributes:
        label: In the legend; a series without one is not in it.
        marker: As Matplotlib names it.
        colour: Of marker and interval.
        filled: Whether the marker is filled.
    """

    label: str = ""
    marker: str = "o"
    colour: str = BLUE
    filled: bool = True


@dataclass(frozen=True)
class Guide:
    """What to compare estimates with: a vertical line, a shaded interval or both.

    Attributes:
        label: In the legend.
        value: Where the line lies; None for no line.
        interval: What is shaded; may be none.
        dashed: Whether the line is dashed.
    """

    label: str
    value: float | None = None
    interval: tuple[float, float] | None = None
    dashed: bool = False


@dataclass(frozen=True)
class PlotRow:
    """A variant, pair, section or the experts.

    Attributes:
        name: Two rows may have the same.
        estimates: With a value, one for each series or None; empty where the remark says why.
        description: More about the row, in smaller type.
        remark: Outcome of a test, or why there is no estimate.
        is_black: Whether it is drawn in black instead of the series' colours.
    """

    name: str
    estimates: Sequence[Estimate | None]
    description: str = ""
    remark: str = ""
    is_black: bool = False


@dataclass(frozen=True)
class DotPlot:
    """A panel of a figure.

    Attributes:
        rows: From top to bottom, at least one.
        series: How the estimates of a row look, from top to bottom.
        label: What the axis measures.
        unit: Of the values: share, points, number or ratio, as in `numbers.WRITERS`.
        bounds: Least and greatest value possible.
        header: What the numbers beside the axes are.
        remarks_header: What the remarks are.
        guides: What to compare estimates with.
        title: In a figure of several panels.
    """

    rows: Sequence[PlotRow]
    series: Sequence[Series]
    label: str
    unit: str
    bounds: tuple[float, float]
    header: str = ""
    remarks_header: str = ""
    guides: Sequence[Guide] = ()
    title: str = ""

    @property
    def estimates(self) -> list[Estimate]:
        """All estimates, row by row."""
        return [each for row in self.rows for each in row.estimates if each]

    @property
    def legend(self) -> list[Series | Guide]:
        """What the legend explains."""
        shown: list[Series | Guide] = [*self.series, *self.guides]
        return [each for each in shown if each.label]

    def text(self, estimate: Estimate) -> str:
        """An estimate with its interval as a reader sees it."""
        assert estimate.value is not None
        return numbers.WRITERS[self.unit](estimate.value, estimate.interval)

    def limits(self) -> tuple[float, float]:
        """The ends of the axis: all that is drawn and a little room."""
        drawn: list[Estimate | Guide] = [*self.estimates, *self.guides]
        values = [each.value for each in drawn if each.value is not None]
        ends = [each.interval for each in drawn] + [each.inner for each in self.estimates]
        shown = [*values, *itertools.chain.from_iterable(each for each in ends if each)]
        low, high = min(shown, default=0.0), max(shown, default=1.0)
        room = 0.04 * (high - low) or 0.1
        return max(low - room, self.bounds[0]), min(high + room, self.bounds[1])
