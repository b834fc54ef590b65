"""A dot plot: estimates with their intervals, a line each, on one axis."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components.figures.style import BLUE
from components.formats.statistics import Interval


@dataclass(frozen=True)
class Look:
    """How a mark looks.

    Attributes:
        marker: Its shape, as matplotlib names it.
        colour: Of mark and interval.
        filled: Whether it is filled.
    """

    marker: str = "o"
    colour: str = BLUE
    filled: bool = True

    @property
    def style(self) -> dict[str, Any]:
        """As matplotlib takes it."""
        size = {"o": 5.5, "D": 4.2, "^": 5.6, "s": 6.5}[self.marker]
        face = {} if self.filled else {"markerfacecolor": "white", "markeredgewidth": 0.9}
        return {"marker": self.marker, "markersize": size, "color": self.colour, **face}


@dataclass(frozen=True)
class Mark:
    """An estimate.

    Attributes:
        value: Where it lies.
        interval: Drawn as a line; may be none.
        look: Its looks.
        text: The estimate in words.
        inner: A shorter interval, drawn thick; may be none.
    """

    value: float
    interval: Interval | None
    look: Look
    text: str
    inner: Interval | None = None


@dataclass(frozen=True)
class Line:
    """A line of a plot.

    Attributes:
        name: Whose estimates.
        description: More about it, in smaller type.
        marks: One below the other.
        aside: What follows from the estimates, behind the numbers.
        why: Why there is no mark, where there is none.
    """

    name: str
    description: str
    marks: tuple[Mark, ...]
    aside: str = ""
    why: str = ""


@dataclass(frozen=True)
class Guide:
    """A value that estimates are compared with: a vertical line, named above the plot."""

    value: float
    name: str
    dashed: bool = True


@dataclass(frozen=True)
class DotPlot:
    """What to plot.

    Attributes:
        lines: From top to bottom.
        axis: What the axis measures.
        unit: How its ticks are written: percent, points or number.
        bounds: The least and the greatest value there can be.
        key: What the looks mean.
        header: What the numbers are.
        aside: What stands behind them.
        guides: Values to compare with.
        band: An interval that is shaded all the way down.
        title: In a figure of several plots.
    """

    lines: Sequence[Line]
    axis: str
    unit: str
    bounds: Interval
    key: tuple[tuple[Look, str], ...] = ()
    header: str = ""
    aside: str = ""
    guides: tuple[Guide, ...] = ()
    band: Interval | None = None
    title: str = ""
