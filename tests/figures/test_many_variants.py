"""Any number of variants, of any name: nothing overlaps, is cut or ends in an error."""

import functools
from dataclasses import replace

import pytest

from components.figures import plots
from components.figures.calibration_figure import draw_calibration
from components.figures.curves_figure import Curve, draw_curves
from components.figures.dot_plot_figure import draw_dot_plots
from components.figures.report import write_results
from components.figures.style import NARROW, PNG_RESOLUTION, WIDE, wrapped
from components.formats.field import Field
from components.formats.params import StudyVariant

FIELD = Field("brooks", made_up=False)
NAMES = ("v{}", "a-name-of-forty-characters-{}-in-any-script", "ручьи и реки {}", "x" * 40 + "{}")
PIXELS = 65_535  # what Matplotlib draws at most in one direction


@pytest.fixture(scope="module")
def many(study_of):
    @functools.cache
    def make(count, name):
        names = [name.format(number) for number in range(count)]
        variants = [StudyVariant("gpt2", "random", "domain", 5, each) for each in names]
        right = {each: 90 + number for number, each in enumerate(names)}
        return study_of(variants, right)

    return make


@pytest.mark.slow
@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize(("count", "name"), [(1, NAMES[1]), (3, NAMES[2]), (6, NAMES[3])])
def test_every_figure_is_legible(many, count, name, width, assert_legible):
    study = many(count, name)
    shown = plots.dot_plots(study, FIELD, main=study.variants[0].name)
    for each in filter(None, shown.values()):
        assert_legible(draw_dot_plots([each], width=width))
    assert_legible(draw_calibration(plots.calibration_panels(study, FIELD), width=width))
    points, losses = [(2e6, 80.0), (1e7, 20.0)], [(1e6, 6.0), (1e7, 2.9)]
    more = {"losses": losses, "published": [(5e9, 12.0)], "bits_per_byte": 1.25}
    for curve in (Curve("", [(1, 80.0), (5, 20.0)], "epochs"), Curve("", points, **more)):
        curves = [replace(curve, name=each.name) for each in study.variants]
        assert_legible(draw_curves(curves, width=width))


@pytest.mark.slow
def test_thirty_variants_fit_half_of_what_can_be_drawn(many):
    """Each takes the same height, so that sixty fit too."""
    study = many(30, NAMES[1])
    shown = plots.dot_plots(study, FIELD, main=study.variants[0].name)
    assert len(study.main.comparisons) == 30 * 29 / 2
    assert len(shown["comparisons"].rows) == 29
    panels = plots.calibration_panels(study, FIELD)
    for figure in (
        draw_dot_plots([shown["against_people"], shown["comparisons"]], width=WIDE),
        draw_dot_plots([shown["accuracy"]], width=WIDE),
        draw_calibration(panels, width=WIDE),
    ):
        assert figure.get_figheight() * PNG_RESOLUTION < PIXELS / 2


@pytest.mark.parametrize("word", ["x" * 90, "a-b_c.d/" * 20, "reка" * 30])
def test_a_long_word_is_broken_and_nothing_of_it_is_lost(word):
    lines = wrapped(word, width=60, size=8)
    assert "".join(lines) == word
    assert len(lines) > 3


def test_the_latex_table_escapes_what_latex_reads(study_of, tmp_path):
    import pandas as pd

    frame = pd.DataFrame([{"variant": "a_b & 50%", "description": "x", "human": 0.5}])
    write_results(tmp_path, frame)
    text = (tmp_path / "table.tex").read_text()
    assert r"a\_b \& 50\%" in text
    assert r"50.0\%" in text
    assert (tmp_path / "table.csv").read_text().startswith("variant,description,human\n")
