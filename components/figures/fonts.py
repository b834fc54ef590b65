"""Fonts for letters that the figures' own font lacks."""

from functools import cache

from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager, get_font
from matplotlib.text import Text

from components.runtime.errors import printable

FAMILY = "DejaVu Sans"  # comes with matplotlib: the same on every machine
BOXES = "Last Resort"  # also comes with it: a box for every letter there is
REGULAR = 400  # weight of a font


def choose_fonts(figure: Figure) -> set[str]:
    """Has each text of a figure drawn in fonts that have its letters.

    The figures' own font draws what it can; other letters are drawn in installed fonts. SVG can
    hold no control characters: they are drawn as their escapes.

    Returns:
        Letters that no installed font has: boxes stand in their place.
    """
    missing: set[str] = set()
    for text in figure.findobj(Text):
        text.set_text(printable(text.get_text()))
        letters = foreign_letters(text.get_text())
        if letters:
            text.set_fontfamily(families(letters))
            missing |= letters.difference(*map(_letters, families(letters)))
    return missing


def foreign_letters(text: str) -> frozenset[str]:
    """The letters of a text that the figures' own font lacks."""
    return frozenset(letter for letter in set(text) - _letters(FAMILY) if letter.isprintable())


@cache
def families(letters: frozenset[str]) -> list[str]:
    """The figures' own font, and behind it the installed ones that together have most letters."""
    found, missing = [FAMILY], set(letters)
    installed = sorted(_font_files()) if letters else []
    while missing:
        best = max(installed, key=lambda family: len(missing & _letters(family)))
        if not missing & _letters(best):
            break
        found.append(best)
        missing -= _letters(best)
    return found


@cache
def _letters(family: str) -> frozenset[str]:
    """The letters that a family's regular font has."""
    try:
        return frozenset(map(chr, get_font(_font_files()[family]).get_charmap()))
    except (OSError, RuntimeError):  # an installed file that is damaged
        return frozenset()


@cache
def _font_files() -> dict[str, str]:
    """The file of each installed family's regular font."""
    fonts = sorted(
        fontManager.ttflist, key=lambda font: (font.style == "normal", font.weight == REGULAR)
    )
    return {font.name: font.fname for font in fonts if not font.name.startswith(BOXES)}
