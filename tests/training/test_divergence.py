import json

import pytest

from components.training.divergence import WINDOW, DivergedError, LossWatch

CALM = [3.0 + 0.3 * (-1) ** step for step in range(200)]


def watch(losses, found=None):
    """A watch behind losses, and how many of them it took."""
    found = found or LossWatch()
    for step, loss in enumerate(losses, start=1):
        found.add(loss, step=step)
    return found


def test_a_training_that_converges_is_sound_up_to_its_newest_weights():
    found = watch([10 - 0.05 * step for step in range(150)] + CALM)
    assert found.is_usual
    assert found.sound_steps == 349


@pytest.mark.parametrize(
    ("rise", "steps"), [(1.4, 36), (2.1, 24), (100.0, 1)], ids=["small", "large", "jump"]
)
def test_training_ends_when_50_steps_are_a_nat_worse_than_the_best_50(rise, steps):
    found = watch(CALM)
    with pytest.raises(DivergedError, match=f"steps up to {steps}: expected at most 1 nat .* 3.00"):
        watch([3.0 + rise] * 50, found)


def test_a_rise_of_less_than_a_nat_or_of_few_steps_is_none():
    assert watch([2.0] * (WINDOW - 1) + [50.0]).is_usual  # no best mean to compare with yet
    watch([*CALM, *[3.9] * 100])
    found = watch([*CALM, *[5.0] * 20])
    assert not found.is_usual
    assert found.sound_steps == 199  # of weights before the rise
    found.add(3.0, step=221)
    assert found.is_usual
    assert found.sound_steps == 220


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_loss_that_is_not_finite_ends_training_at_once(loss):
    with pytest.raises(DivergedError, match=r"loss (nan|inf) at optimizer step 3: expected a fin"):
        watch([3.0, 3.0, loss])


def test_a_watch_from_a_checkpoint_goes_on_as_it_was():
    losses = [*CALM, *[4.5] * 20]
    for cut in (10, 60, 210):
        resumed = LossWatch(**json.loads(json.dumps(vars(watch(losses[:cut])))))
        for step, loss in enumerate(losses[cut:], start=cut + 1):
            resumed.add(loss, step=step)
        assert resumed == watch(losses)
