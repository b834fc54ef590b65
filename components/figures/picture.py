"""A picture: a figure that can be drawn in any width, with the words that belong to it."""

from collections.abc import Callable
from dataclasses import dataclass

from matplotlib.figure import Figure


@dataclass(frozen=True)
class Picture:
    """A figure and its words.

    Attributes:
        name: Its files' name.
        title: What it shows, as the first sentence of its caption.
        caption: The rest of the caption.
        alternative: What it shows, for who cannot see it.
        draw: Gives the figure in a width in points.
    """

    name: str
    title: str
    caption: str
    alternative: str
    draw: Callable[[float], Figure]
