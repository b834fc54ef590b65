import pytest

from components.figures.calibration_figure import Panel, draw_calibration
from components.figures.style import NARROW, WIDE
from components.formats.statistics import Bin

BINS = [
    Bin(0.05, 0, 0, None),
    Bin(0.45, 3, 4, (0.3, 0.95)),
    Bin(0.95, 5, 5, (0.5, 1.0)),
]
EXACT = "confidence separates right from wrong choices completely"


@pytest.mark.slow
@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("name", ["v", "a-rather-long-name-of-a-variant"])
def test_nothing_overlaps_or_is_cut(width, name, assert_legible):
    texts = ["AUROC 0.72 (0.69–0.76)", EXACT, "AUROC 1.00", "AUROC 0.51"]
    panels = [
        Panel(f"{name}-{number}", text, BINS, (0.4, 0.9)) for number, text in enumerate(texts)
    ]
    assert_legible(draw_calibration(panels, width=width, notice="Made-up field."))


def test_a_bin_without_choices_is_not_drawn():
    figure = draw_calibration([Panel("v", "", BINS, None)], width=WIDE)
    assert len(figure.axes[0].containers) == 2
