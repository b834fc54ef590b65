import math
import re
from types import SimpleNamespace

import pytest

from components.brainbench.published_study import read_published_log
from components.figures.curves_figure import Curve
from components.figures.plots import training_curves
from components.formats.field import Field
from components.formats.params import StudyVariant
from components.formats.scores import ScoringRecord
from components.formats.statistics import ScoredVariant
from components.formats.training_record import EpochRecord, TrainingRecord

LOGS = {
    "gpt2-scratch": "gpt2_scratch",
    "gpt2-finetuned": "finetune_gpt2",
    "gpt2-neuro": "gpt2_scratch_neuro_tokenizer",
}
NEUROSCIENCE = Field("neuroscience", made_up=False)


def study(*names):
    """A study of variants trained for two epochs, as far as curves need it."""
    training = TrainingRecord(
        settings={},
        num_parameters=1000,
        num_training_tokens=400,
        training_seconds=1.0,
        validation_perplexity=4.0,
        validation_bits_per_byte=1.0,
        epochs=(EpochRecord(1, 10, 2.0, 8.0, 1.5), EpochRecord(2, 20, 1.5, 4.0, 1.0)),
        losses=((20, 3.0), (40, 2.0), (400, 1.5)),
        device="cpu",
        num_processes=1,
        versions={},
    )
    record = ScoringRecord(protocol="corrected", model=training)
    rows = [StudyVariant("gpt2", "random", "domain", 2, name) for name in names]
    return SimpleNamespace(variants=[ScoredVariant(row, record) for row in rows])


def test_a_curve_is_by_tokens_and_leaves_out_the_first_tenth_of_training():
    (curve,) = training_curves(study("own"), NEUROSCIENCE)
    expected = Curve(
        "own",
        ((200, 8.0), (400, 4.0)),
        losses=((20, 3.0), (40, 2.0), (400, 1.5)),
        published=[],
        bits_per_byte=1.0,
    )
    assert curve == expected
    assert curve.training == [(40, math.exp(2.0)), (400, math.exp(1.5))]


@pytest.mark.parametrize(
    ("field", "shown"),
    [(NEUROSCIENCE, True), (Field("neuroscience", True), False), (Field("geology", False), False)],
)
def test_published_curves_are_beside_those_of_the_published_field_only(field, shown):
    one, other = training_curves(study("gpt2-neuro", "own"), field)
    assert bool(one.published) is shown
    assert not other.published


def test_published_curves_are_those_of_the_published_logs(reference):
    for curve in training_curves(study(*LOGS), NEUROSCIENCE):
        file = reference / "training_logs" / f"{LOGS[curve.name]}.log"
        tokens = 1024 * int(re.search(r"Loading (\d+) samples", file.read_text())[1])
        summed = 4 if curve.name == "gpt2-scratch" else 1
        expected = [
            (epochs * tokens, value)
            for epochs, value in read_published_log(file, summed_losses=summed)
        ]
        assert len(curve.published) == len(expected) == 10
        for one, other in zip(curve.published, expected, strict=True):
            assert one == pytest.approx(other, rel=1e-3)
