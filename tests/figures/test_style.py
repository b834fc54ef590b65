import pytest

from components.figures.style import NARROW, SMALL, text_width, wrapped
from components.formats.field import Field


@pytest.mark.parametrize("width", [1, 60, 90, 400])
@pytest.mark.parametrize(
    "text", ["confidence separates right from wrong choices completely", "a-b − c-long-d"]
)
def test_wrapping_keeps_every_word_and_the_width_where_words_allow_for_it(width, text):
    lines = wrapped(text, width=width, size=7)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(
        text_width(line, size=7) <= width or line.isalpha() or len(line) < 6 for line in lines
    )


def test_the_line_of_a_made_up_field_fits_the_narrowest_figure():
    warning = Field("x", made_up=True).warning
    assert text_width(warning, size=SMALL) < NARROW - 8


def test_a_dollar_is_a_dollar():
    assert text_width("$x$", size=8) > text_width("x", size=8) + text_width("$", size=8)
