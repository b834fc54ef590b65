import math

import pytest
import torch
from transformers import get_cosine_schedule_with_warmup

from components.runtime.errors import InputError
from components.training.recipe import Recipe, scheduled_rate
from tests.training.process import RECIPE


@pytest.mark.parametrize("share", [0.0, 0.03, 0.5])
def test_the_learning_rate_follows_the_published_schedule(share):
    recipe = Recipe(**{**RECIPE, "warmup_ratio": share})
    optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=1e-3)
    schedule = get_cosine_schedule_with_warmup(optimizer, share * 200, 200)
    for step in range(200):
        rate = scheduled_rate(step, recipe=recipe, num_steps=200)
        assert rate == pytest.approx(schedule.get_last_lr()[0], rel=1e-9, abs=1e-12)
        optimizer.step()
        schedule.step()


def test_a_linear_schedule_falls_from_the_peak_to_0_in_equal_steps():
    recipe = Recipe(**{**RECIPE, "schedule": "linear", "warmup_ratio": 0.1})
    rates = [scheduled_rate(step, recipe=recipe, num_steps=100) for step in range(101)]
    assert rates[:11] == pytest.approx([1e-4 * step for step in range(11)])
    assert rates[10:] == pytest.approx([1e-3 * (1 - step / 90) for step in range(91)])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"batch_size": 0}, "batch_size 0: expected 1 to 2,147,483,647"),
        ({"micro_batch_size": -1}, "micro_batch_size -1"),
        ({"epochs": -1}, "epochs -1"),
        ({"peak_learning_rate": -0.1}, "peak_learning_rate -0.1"),
        ({"peak_learning_rate": math.inf}, "peak_learning_rate inf: expected 0 to 10"),
        ({"weight_decay": math.nan}, "weight_decay nan"),
        ({"seed": 5_000_000_000}, "seed 5000000000: expected 0 to 4,294,967,295"),
        ({"warmup_ratio": 1.5}, "warmup_ratio 1.5: expected 0 to 1"),
        ({"adam_beta2": 1.0}, "adam_beta2 1.0: expected at least 0 and less than 1"),
        ({"adam_epsilon": 0.0}, "adam_epsilon 0.0: expected 1e-30 to 1"),
        ({"optimizer": "muon", "precision": "float16"}, "precision float16: expected float32"),
    ],
)
def test_numbers_out_of_range_are_named(change, words):
    with pytest.raises(InputError, match=words):
        Recipe(**{**RECIPE, **change})


def test_a_batch_larger_than_the_corpus_is_refused():
    assert Recipe(**RECIPE).steps_per_epoch(11) == 2
    with pytest.raises(
        InputError, match="batch_size 4: expected at most the number of training sequences, 3"
    ):
        Recipe(**RECIPE).steps_per_epoch(3)
