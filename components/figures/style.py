"""How the figures look, and how they become files that are the same for the same inputs."""

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from components.figures.fonts import FAMILY, families, foreign_letters

# Okabe & Ito's colours, told apart by colour-blind readers (https://jfly.uni-koeln.de/color/).
BLUE = "#0072B2"
VERMILION = "#D55E00"
GREEN = "#009E73"
INK = "#000000"
MUTED = "#505050"  # secondary text: contrast 8:1 on white
RULE = "#8C8C8C"
BAND = "#DCDCDC"
PALE_BLUE = "#A9CCE6"  # of #0072B2, and darker than the orange in grey
PALE_ORANGE = "#F6D79A"  # of #E69F00

# Widths in points: two columns of a journal (178 mm), and one column or a phone (86 mm).
WIDE = 504.0
NARROW = 245.0

BODY = 8.0  # sizes of type in points
SMALL = 7.0
NOTICE = 14.0  # height of the line that a made-up field's figures carry
POINTS_PER_INCH = 72.0

SETTINGS: dict[Any, Any] = {
    "font.family": [FAMILY],
    "font.size": BODY,
    "text.parse_math": False,  # a $ in an abstract is a $
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "xtick.major.size": 3.0,
    "pdf.fonttype": 42,  # TrueType: text that can be searched and copied
    "svg.fonttype": "path",
    "svg.hashsalt": "matching-experts",  # ids that do not change from run to run
}
# No date and no program name: nothing but the inputs decides the bytes.
METADATA: dict[str, dict[str, Any]] = {
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "svg": {"Date": None, "Creator": None},
    "png": {"Software": None},
}
PNG_RESOLUTION = 300  # dots an inch, what journals ask of line art at this size


@contextmanager
def styled() -> Iterator[None]:
    """Draws and saves in this style, whatever a person's own matplotlib settings say."""
    with mpl.rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")  # one line says it
        mpl.rcdefaults()
        mpl.rcParams.update(SETTINGS)
        yield


def blank(*, width: float, height: float, notice: str = "") -> Figure:
    """An empty figure.

    Args:
        width: In points.
        height: In points, without the notice.
        notice: Text below everything else, in as many lines as it takes; empty for none.
    """
    lines = _lines(notice, width=width - 4)
    below = NOTICE * len(lines)
    size = (width / POINTS_PER_INCH, (height + below) / POINTS_PER_INCH)
    figure = Figure(figsize=size, facecolor="white")
    if notice:
        text: dict[str, Any] = {"size": SMALL, "style": "italic", "va": "bottom"}
        figure.text(2 / width, 3 / (height + below), "\n".join(lines), **text)
    return figure


def _lines(text: str, *, width: float) -> list[str]:
    """The lines of a text that is no wider than a width in points."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size=SMALL) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def axes_at(figure: Figure, x: float, y: float, width: float, height: float) -> Axes:
    """Axes at a place in points, measured from the figure's upper left corner."""
    whole, tall = figure.get_size_inches() * POINTS_PER_INCH
    return figure.add_axes((x / whole, 1 - (y + height) / tall, width / whole, height / tall))


def panel_title(figure: Figure, letter: str, title: str, *, x: float, y: float) -> None:
    """Writes a panel's letter and title at a place in points from the upper left corner."""
    whole, tall = figure.get_size_inches() * POINTS_PER_INCH
    figure.text(x / whole, 1 - y / tall, letter, size=BODY + 1, weight="bold")
    figure.text((x + (12 if letter else 0)) / whole, 1 - y / tall, title, size=BODY)


@cache
def text_width(text: str, *, size: float, weight: str = "normal") -> float:
    """Width of a line of text in points, in the figures' fonts."""
    font = FontProperties(family=families(foreign_letters(text)), size=size, weight=weight)
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return float(width)


def wrapped(text: str, *, width: float, size: float, weight: str = "normal") -> list[str]:
    """A text in lines of at most a width in points, broken at spaces, a long word inside."""
    lines = [""]
    for word in text.split():
        parts = [word]
        if text_width(word, size=size, weight=weight) > width:
            parts = _parts(word, width=width, size=size, weight=weight)
        for number, part in enumerate(parts):
            longer = f"{lines[-1]}{' ' if lines[-1] and not number else ''}{part}"
            if lines[-1] and text_width(longer, size=size, weight=weight) > width:
                lines.append(part)
            else:
                lines[-1] = longer
    return lines


def _parts(word: str, *, width: float, size: float, weight: str) -> list[str]:
    """A word's parts between its hyphens and the like, those longer than a width cut anywhere."""
    parts = []
    for whole in re.findall("[^-_./]*[-_./]|[^-_./]+", word):
        part = ""
        for letter in whole:
            if part and text_width(part + letter, size=size, weight=weight) > width:
                parts.append(part)
                part = ""
            part += letter
        parts.append(part)
    return parts


def save_figure(figure: Figure, folder: Path, *, name: str) -> bytes:
    """Writes a figure as PDF, SVG and PNG, and returns the SVG; to be called while `styled`."""
    for kind, metadata in METADATA.items():
        figure.savefig(folder / f"{name}.{kind}", dpi=PNG_RESOLUTION, metadata=metadata)
    return (folder / f"{name}.svg").read_bytes()


def svg(figure: Figure) -> bytes:
    """A figure as SVG; to be called while `styled`."""
    file = io.BytesIO()
    figure.savefig(file, format="svg", metadata=METADATA["svg"])
    return file.getvalue()
