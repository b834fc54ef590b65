"""Dot plots: estimates with their intervals, one row for each model, pair or section."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from components.figures import numbers
from components.figures.style import BLUE
from components.formats.statistics import Estimate


@dataclass(frozen=True)
class Series:
    """Estimates that look alike."""

    label: str = ""  # in the legend; a series without one is not in it
    marker: str = "o"  # as Matplotlib names it
    colour: str = BLUE  # of marker and interval
    filled: bool = True  # the marker


@dataclass(frozen=True)
class Guide:
    """What to compare estimates with: a vertical line, a shaded interval or both."""

    label: str  # in the legend
    value: float | None = None  # where the line lies; None for no line
    interval: tuple[float, float] | None = None  # what is shaded; may be none
    dashed: bool = False  # the line


@dataclass(frozen=True)
class PlotRow:
    """A variant, pair, section or the experts."""

    name: str  # two rows may have the same
    # With a value, one for each series or None; empty where the remark says why
    estimates: Sequence[Estimate | None]
    description: str = ""  # more about the row, in smaller type
    remark: str = ""  # outcome of a test, or why there is no estimate
    is_black: bool = False  # instead of in the series' colours


@dataclass(frozen=True)
class DotPlot:
    """A panel of a figure."""

    rows: Sequence[PlotRow]  # from top to bottom, at least one
    series: Sequence[Series]  # how the estimates of a row look, from top to bottom
    label: str  # what the axis measures
    unit: str  # of the values: share, points, number or ratio, as in `numbers.WRITERS`
    bounds: tuple[float, float]  # least and greatest value possible
    header: str = ""  # what the numbers beside the axes are
    remarks_header: str = ""
    guides: Sequence[Guide] = ()  # what to compare estimates with
    title: str = ""  # in a figure of several panels

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
