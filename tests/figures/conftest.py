"""Runs of the figures stage on a small made-up study, and studies in memory."""

import itertools
import os
from pathlib import Path

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from components.figures.stage import figures
from components.formats.cases import Case, Choice
from components.formats.participants import Trial
from components.formats.scores import Score, ScoringRecord, VariantScores
from components.formats.terms import VOCABULARIES
from components.formats.tokenizer import read_tokenizer
from components.statistics.stage import statistics
from components.statistics.study import study
from tests.made_up_study import statistics_arguments, write_inputs


def stage_arguments(inputs: Path, outputs: Path) -> dict[str, Path]:
    return {
        "terms": inputs / "terms",
        "tokenizers": inputs / "tokenizers",
        "brainbench": inputs / "brainbench",
        "statistics": outputs / "statistics",
        "evidence": inputs / "evidence",
        "field": inputs / "field.json",
        "params": inputs / "params.yaml",
        "data": inputs / "data.dvc",
        "figures": outputs / "figures",
        "report": outputs / "report.html",
    }


@pytest.fixture(scope="session")
def draw(run_stage):
    """Runs the stage as a user does: `draw(inputs, outputs)` returns the finished process."""

    def run(inputs, outputs, **environment):
        statistics(**statistics_arguments(inputs, outputs))
        named = stage_arguments(inputs, outputs).items()
        flags = [each for name, path in named for each in (f"--{name}", path)]
        return run_stage("figures", *flags, env={**os.environ, **environment})

    return run


@pytest.fixture(scope="session")
def finished(tmp_path_factory, draw):
    """The outputs of a run on the made-up inputs, standard output among them; read only."""
    folder = tmp_path_factory.mktemp("figures")
    write_inputs(folder / "inputs")
    process = draw(folder / "inputs", folder / "outputs", REVISION="v1-3-gabc", PYTHONHASHSEED="1")
    assert process.returncode == 0, process.stderr
    assert process.stderr == ""
    (folder / "outputs" / "stdout.txt").write_text(process.stdout, encoding="utf-8")
    return folder / "outputs"


@pytest.fixture
def inputs(tmp_path):
    """Made-up inputs that a test may spoil."""
    write_inputs(tmp_path / "inputs")
    return tmp_path / "inputs"


@pytest.fixture
def run_here(inputs, tmp_path):
    """Runs the stage's function on the inputs within the test's own process."""

    def run():
        statistics(**statistics_arguments(inputs, tmp_path / "outputs"))
        figures(**stage_arguments(inputs, tmp_path / "outputs"))

    return run


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

    def make(variants, correct, *, people=(60, 40), num_cases=200, clean=0):
        cases = [
            Case(f"10.1/{number}", "Brooks", (f"Sample {number} ", "."), ("",), (Choice("a", "b"),))
            for number in range(num_cases)
        ]
        trials = [
            Trial(f"p{n}", "human", "Brooks", n % num_cases, 50.0, float(n % 7), n < people[0])
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
