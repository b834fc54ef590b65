"""Runs of the figures stage on a small made-up study, and studies in memory."""

import contextlib
import itertools
import os
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from components.figures import pictures
from components.figures.stage import figures
from components.formats.cases import Case, Choice
from components.formats.participants import Trial
from components.formats.scores import Score, ScoringRecord, VariantScores
from components.formats.terms import VOCABULARIES
from components.formats.tokenizer import read_tokenizer
from components.statistics.stage import statistics
from components.statistics.study import study
from tests.browser import browser
from tests.made_up_study import statistics_arguments, write_inputs

REVISION = "v1-3-gabc"


def stage_arguments(inputs: Path, outputs: Path) -> dict[str, Path]:
    return {
        "terms": inputs / "terms",
        "tokenizers": inputs / "tokenizers",
        "brainbench": inputs / "brainbench",
        "statistics": outputs / "statistics",
        "audit": inputs / "audit",
        "evidence": inputs / "evidence",
        "field": inputs / "field.json",
        "params": inputs / "params.yaml",
        "data": inputs / "data.dvc",
        "figures": outputs / "figures",
        "report": outputs / "report.html",
    }


@pytest.fixture(scope="session")
def finished(tmp_path_factory, run_stage):
    """What a process makes of the made-up inputs, and what it printed; read only."""
    folder = tmp_path_factory.mktemp("figures")
    inputs, outputs = folder / "inputs", folder / "outputs"
    write_inputs(inputs)
    statistics(**statistics_arguments(inputs, outputs))
    flags = [f"--{name}={path}" for name, path in stage_arguments(inputs, outputs).items()]
    variables = {"REVISION": REVISION, "PYTHONHASHSEED": "2", "PYTHONPROFILEIMPORTTIME": "1"}
    process = run_stage("figures", *flags, env=os.environ | variables)
    assert process.returncode == 0, process.stderr
    (outputs / "stdout.txt").write_text(process.stdout, encoding="utf-8")
    (outputs / "stderr.txt").write_text(process.stderr, encoding="utf-8")
    return outputs


@pytest.fixture
def inputs(tmp_path):
    """Made-up inputs that a test may spoil."""
    write_inputs(tmp_path / "inputs")
    return tmp_path / "inputs"


@pytest.fixture
def page(tmp_path, undrawn):
    """Runs statistics and figures on inputs without drawing; returns the report in one line."""

    def run(inputs):
        outputs = tmp_path / "outputs"
        statistics(**statistics_arguments(inputs, outputs))
        figures(**stage_arguments(inputs, outputs))
        return " ".join((outputs / "report.html").read_text(encoding="utf-8").split())

    return run


@pytest.fixture
def undrawn():
    """Lets the stage write its report without drawing the figures; returns how to draw them."""
    with not_drawn() as given:
        yield given


@contextlib.contextmanager
def not_drawn():
    given = {}

    def pictures_only(drawn, folder, *, notice):
        given.update({name: partial(draw, notice=notice) for name, draw in drawn.items() if draw})
        return dict.fromkeys(given, ("data:,", "data:,"))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "draw_pictures", pictures_only)
        yield given


@pytest.fixture(scope="session")
def tokenizers(tmp_path_factory):
    """The two small tokenizers."""
    folder = tmp_path_factory.mktemp("tokenizers")
    write_inputs(folder)
    return {name: read_tokenizer(folder / "tokenizers" / name) for name in VOCABULARIES}


@pytest.fixture(scope="session")
def assert_legible():
    """Asserts that no text of a figure overlaps another one or is cut at the figure's edge."""

    def check(figure):
        canvas, drawn, draw = FigureCanvasAgg(figure), [], Text.draw

        def spy(text, *args, **kwargs):
            drawn.extend([text] if text.get_visible() and text.get_text() else [])
            return draw(text, *args, **kwargs)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Text, "draw", spy)
            canvas.draw()
        boxes = {each: each.get_window_extent(canvas.renderer).padded(-0.5) for each in drawn}
        width, height = canvas.get_width_height()
        for text, box in boxes.items():
            assert -1 <= box.x0 <= box.x1 <= width + 1, text
            assert -1 <= box.y0 <= box.y1 <= height + 1, text
        for (one, box), (other, second) in itertools.combinations(boxes.items(), 2):
            assert not box.overlaps(second), (one, other)

    return check


@pytest.fixture(scope="session")
def study_of():
    """A study in memory: `study_of([variant, ...], {variant: right cases}, people=...)`.

    People are as many right and wrong trials on the first cases, each of another person.
    """

    def make(variants, correct, *, people=(60, 40), num_cases=200, clean=0, section="Brooks"):
        cases = [
            Case(f"10.1/{number}", section, (f"Sample {number} ", "."), ("",), (Choice("a", "b"),))
            for number in range(num_cases)
        ]
        trials = [
            Trial(f"p{n}", "human", section, n % num_cases, 50.0, float(n % 7), n < people[0])
            for n in range(sum(people))
        ]
        return study(
            [_scores(each, correct[each.name], num_cases) for each in variants],
            variants={each.name: each for each in variants},
            cases={"human": cases},
            trials=trials,
            clean={"human": np.arange(num_cases) < clean},
            ngram_length=13,
            margin=0.1,
            seed=1,
        )

    return make


def _scores(variant, correct, num_cases):
    rows = []
    for case in range(num_cases):
        right, perplexity = case < correct, 2 + case % 10 / 10
        altered = perplexity + 0.5 if right else perplexity - 0.5
        row = (
            "human",
            case,
            None,
            f"10.1/{case}",
            "Brooks",
            perplexity,
            altered,
            None,
            None,
            right,
        )
        rows.append(Score(*row))
    return VariantScores(
        name=variant.name,
        contexts={"full": {"human": rows}},
        reference=(),
        record=ScoringRecord(protocol="published"),
    )
