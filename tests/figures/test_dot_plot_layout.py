import itertools

import pytest

from components.figures.dot_plot import DotPlot, Guide, Line, Look, Mark
from components.figures.dot_plot_layout import Layout
from components.figures.sheet import text_width
from components.figures.style import NARROW, SMALL, WIDE
from components.formats.statistics import Interval


def plot(values, guides, **more):
    lines = [
        Line(f"variant-{number}", "", (Mark(value, None, Look(), f"{value:.1f} (0.0 to 1.0)"),))
        for number, value in enumerate(values)
    ]
    return DotPlot(
        lines=lines, axis="x", unit="number", bounds=Interval(-1.0, 1.0), guides=guides, **more
    )


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("places", [(0.5, 0.52), (0.0, 1.0), (0.5, 0.5), (0.98, 1.0), (-0.9, -1.0)])
def test_names_of_guides_and_header_neither_overlap_nor_leave_the_sheet(width, places):
    guides = tuple(Guide(place, "a rather long name") for place in places)
    found = plot((-0.9, 0.5, 1.0), guides, header="number (95% interval)", aside="p")
    layout = Layout(found, width=width)
    long = text_width("a rather long name", size=SMALL)
    boxes = [(start, start + long, row) for start, row in layout.guides()]
    if width == WIDE:
        boxes.append((width - text_width(found.header, size=SMALL), width, 0))
    for one, other in itertools.combinations(boxes, 2):
        assert one[2] != other[2] or one[1] <= other[0] or other[1] <= one[0]
    assert all(start >= 0 and end <= width for start, end, _ in boxes)


def test_the_axis_holds_all_that_is_drawn_but_nothing_impossible():
    low, high = Layout(plot((0.2, 1.0), (Guide(0.0, "zero"),)), width=WIDE).limits()
    assert low < 0
    assert high == 1.0


def test_one_value_alone_has_room_on_either_side():
    low, high = Layout(plot((0.3,), ()), width=NARROW).limits()
    assert low < 0.3 < high


def test_a_line_follows_the_other_without_gap_or_overlap():
    layout = Layout(plot((0.1, 0.2, 0.3), ()), width=WIDE)
    steps = {round(b - a, 6) for a, b in itertools.pairwise([*layout.starts, layout.tall])}
    assert len(steps) == 1
