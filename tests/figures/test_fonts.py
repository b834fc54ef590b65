from xml.etree import ElementTree

import pytest
from matplotlib.figure import Figure

from components.figures import fonts
from components.figures.style import svg, text_width

SCRIPT_G = "ℊ"  # in STIX, which comes with matplotlib too


@pytest.fixture(autouse=True)
def only_fonts_of_matplotlib(monkeypatch):
    ours = [font for font in fonts.fontManager.ttflist if "mpl-data" in font.fname]
    monkeypatch.setattr(fonts.fontManager, "ttflist", ours)
    fonts._font_files.cache_clear()
    fonts.families.cache_clear()
    yield
    fonts._font_files.cache_clear()
    fonts.families.cache_clear()


@pytest.mark.parametrize("text", ["gpt2-neuro – ×", "Нейро", "ψυχή", "العربية", "two\nlines"])
def test_letters_of_the_figures_own_font_are_drawn_in_it(text):
    assert not fonts.foreign_letters(text)


def test_a_letter_that_another_font_has_is_drawn_in_that():
    assert fonts.foreign_letters(f"a {SCRIPT_G}") == {SCRIPT_G}
    figure = Figure()
    text = figure.text(0, 0, f"a {SCRIPT_G}")
    assert fonts.choose_fonts(figure) == set()
    assert text.get_fontfamily() == [fonts.FAMILY, "STIXGeneral"]
    assert text_width(SCRIPT_G, size=8) > 0


def test_letters_that_no_font_has_are_named():
    figure = Figure()
    figure.text(0, 0, "gpt2-神经")
    assert fonts.choose_fonts(figure) == {"神", "经"}


def test_a_control_character_is_drawn_as_its_escape_and_leaves_the_svg_well_formed():
    figure = Figure()
    text = figure.text(0, 0, "rose\x1b[2J --> <b>\u202e\ntwo lines")
    fonts.choose_fonts(figure)
    assert text.get_text() == "rose\\x1b[2J --> <b>\\u202e\ntwo lines"
    ElementTree.fromstring(svg(figure))
