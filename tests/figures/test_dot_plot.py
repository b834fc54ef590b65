import dataclasses
import itertools

import pytest

from components.figures.dot_plot import DotPlot, Guide, PlotRow, Series
from components.figures.dot_plot_figure import LEAST_AXES, Layout, draw_dot_plots
from components.figures.plots import accuracy_plot, cues_plot
from components.figures.style import NARROW, WIDE
from components.formats.audit import Cue
from components.formats.field import Field
from components.formats.params import StudyVariant
from components.formats.statistics import Estimate

MACHINE = Series("machine-made cases, n = 100", "D", filled=False)


def plot(values, *, name="variant", description="", guides=(), **more):
    def estimate(value):
        ends = (value - 0.05, value + 0.05)
        return Estimate(value, ends, inner=ends)

    rows = [
        PlotRow(f"{name}-{number}", [estimate(value), None], description, "not shown, p = 0.43")
        for number, value in enumerate(values)
    ]
    return DotPlot(
        rows,
        [Series("human-made cases, n = 200"), MACHINE],
        "accuracy (points)",
        "number",
        (-1.0, 1.0),
        guides=guides,
        **more,
    )


@pytest.mark.slow
@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("name", ["v", "a-rather-long-name-of-a-variant", "a-name-" * 12])
def test_nothing_overlaps_or_is_cut_however_long_the_names(width, name, assert_legible):
    guides = [Guide("chance", 0.5, dashed=True), Guide("zone", 0.1, (0.0, 0.2))]
    found = plot(
        (-0.9, 0.5, 1.0),
        name=name,
        description="pretrained weights, pretrained tokenizer, not trained",
        guides=guides,
        header="difference (95% interval)",
        remarks_header="equivalence",
        title="Variants minus each other",
    )
    rows = [*found.rows, PlotRow("nobody", [], remark="fewer than two cases or participants")]
    other = dataclasses.replace(found, rows=rows, title="Another panel")
    assert_legible(draw_dot_plots([found, other], width=width, notice="Made-up field."))


@pytest.mark.slow
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_twenty_variants_are_as_legible_as_two(width, assert_legible):
    values = [number / 20 for number in range(20)]
    assert_legible(draw_dot_plots([plot(values, header="accuracy (95% interval)")], width=width))


def test_the_axis_holds_all_that_is_drawn_but_nothing_impossible():
    low, high = plot((0.2, 0.95), guides=[Guide("zero", 0.0)]).limits()
    assert low < 0
    assert high == 1.0


def test_one_value_alone_has_room_on_either_side():
    rows = [PlotRow("a", [Estimate(0.3)])]
    low, high = DotPlot(rows, [Series()], "x", "number", (-1, 1)).limits()
    assert low < 0.3 < high


def test_a_row_follows_the_other_without_gap_or_overlap():
    layout = Layout(plot((0.1, 0.2, 0.3)), width=WIDE)
    steps = {round(b - a, 6) for a, b in itertools.pairwise([*layout.starts, layout.tall])}
    assert len(steps) == 1


@pytest.mark.parametrize("name", ["v", "a-rather-long-name" * 4, "x" * 200, "ñ" * 40])
@pytest.mark.parametrize("remarks", ["", "a long outcome of a test, p = 0.43, and more of it" * 2])
def test_the_axes_have_room_whatever_stands_beside_them(name, remarks):
    layout = Layout(plot((0.1,), name=name, remarks_header=remarks), width=WIDE)
    assert layout.right - layout.left >= LEAST_AXES


def test_names_stand_above_the_estimates_where_they_leave_no_room_beside():
    assert Layout(plot((0.1,)), width=WIDE).beside
    assert not Layout(plot((0.1,)), width=NARROW).beside


def test_an_interval_is_drawn_from_end_to_end():
    rows = [PlotRow("a", [Estimate(0.3, (0.1, 0.8))])]
    figure = draw_dot_plots([DotPlot(rows, [Series()], "x", "number", (0, 1))], width=WIDE)
    (segment,) = figure.axes[0].collections[0].get_segments()
    assert segment[:, 0] == pytest.approx([0.1, 0.8])


@pytest.mark.parametrize("name", ["Human experts", "single words"])
def test_a_variant_named_as_the_experts_or_a_cue_has_its_own_row(study_of, name):
    study = study_of([StudyVariant("gpt2", "random", "domain", 0, name)], {name: 90})
    field = Field("sampling", made_up=False)
    experts, variant = accuracy_plot(study, field).rows
    assert (experts.name, experts.estimates[0].value) == ("Human experts", 0.6)
    assert (variant.name, variant.estimates[0].value) == (name, 0.45)
    cue = Cue("human", "single words", 0.9, 0.8, 0.95, 0, 200, 0.01, 0.01)
    rows = cues_plot(study, field, [cue]).rows
    assert [each.estimates[0].value for each in rows] == [0.9, 0.45]
