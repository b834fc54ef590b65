import contextlib
import itertools
import json
import os
import random
import shutil
import signal
import time
from types import SimpleNamespace

import pytest
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from components.runtime.errors import InputError
from components.training import background, checkpoint, divergence
from components.training import checkpoint_interval as bounds
from components.training.checkpoint import Snapshot
from components.training.loop import best_epoch
from tests.training.conftest import advance, write_checkpoint
from tests.training.process import RECIPE, flags, start

pytestmark = pytest.mark.slow


def state(run):
    """All tensors of a run by name."""
    optimizer = run.optimizer.state_dict()["state"]
    return run.model.state_dict() | {
        f"{number}.{name}": tensor
        for number, kept in optimizer.items()
        for name, tensor in kept.items()
    }


def assert_same(found, expected):
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        assert torch.equal(found[name], tensor), name


@pytest.fixture
def copies(monkeypatch):
    """Keyword arguments of each copy of a state that is made."""
    made, take = [], Snapshot.take

    def noted(snapshot, progress, **rest):
        made.append(rest | {"time": background.time.monotonic()})
        take(snapshot, progress, **rest)

    monkeypatch.setattr(Snapshot, "take", noted)
    return made


def newest(folder):
    """What the newest whole checkpoint below a folder remembers; nothing where there is none."""
    while names := sorted(place for place in folder.glob("*/step-*") if not place.suffix):
        with contextlib.suppress(FileNotFoundError):  # a newer one took its place
            return json.loads((names[-1] / "progress.json").read_text())["history"]
    return None


def assert_same_files(model, whole):
    """Two finished trainings made the same, to the byte, in whatever time."""
    for name in ("model.safetensors", "config.json"):
        assert (model / name).read_bytes() == (whole / name).read_bytes()
    one, other = (
        [json.loads(line) | {"seconds": 0} for line in (folder / "history.jsonl").open()]
        for folder in (model, whole)
    )
    assert one == other


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_a_checkpoint_holds_the_state_at_its_copy_whatever_comes_later(make_run, optimizer):
    run, snapshot = make_run(optimizer=optimizer), Snapshot()
    for step in (3, 11):  # the second copy fills the buffers of the first
        advance(run, 3)
        snapshot.take(run._state(), step=step, model=run.model, optimizer=run.optimizer)
        expected = {name: tensor.clone() for name, tensor in state(run).items()}
        advance(run, 5)
        run.checkpoints.publish(run.checkpoints.write(snapshot))
        (place,) = run.checkpoints.folder.iterdir()  # without the tied weights' second name
        kept = load_file(place / "model.safetensors")
        assert len(kept) == len(list(run.model.parameters())) == len(run.model.state_dict()) - 1
        restored = make_run(optimizer=optimizer)
        assert_same(state(restored), expected)
        assert restored.history.step == len(restored.history.losses) == step


@pytest.mark.parametrize("factor", [30.0, 1e30], ids=["spike", "not finite"])
def test_a_divergence_leaves_the_checkpoint_before_it(factor, make_run, monkeypatch):
    """Checkpoints are written as often as possible; the weights are spoiled by one step."""
    monkeypatch.setattr(divergence, "WINDOW", 5)
    run, spoiled = make_run(peak_learning_rate=1e-2), 15
    step = run.optimizer.step

    def spoil(*arguments):
        step(*arguments)
        if run.history.step == spoiled - 1:
            for weights in run.model.parameters():
                weights.data *= factor

    monkeypatch.setattr(run.optimizer, "step", spoil)
    with pytest.raises(InputError, match=r"loss .*; try a peak learning rate below 0.01; the ch"):
        run.train(checkpoint_seconds=1e9, checkpoint_steps=1)
    (kept,) = run.checkpoints.folder.iterdir()
    assert 1 < make_run(peak_learning_rate=1e-2).history.step < spoiled
    assert kept.suffix != ".partial"


def test_a_stop_while_the_loss_is_unusual_leaves_the_checkpoint_before_it(make_run, monkeypatch):
    run, add = make_run(), divergence.LossWatch.add

    def unusual_from_12(watch, loss, *, step):
        add(watch, loss + 2 if step >= 12 else loss, step=step)
        if step == 12:
            signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(divergence, "WINDOW", 5)
    monkeypatch.setattr(divergence.LossWatch, "add", unusual_from_12)
    with pytest.raises(KeyboardInterrupt):
        run.train(checkpoint_seconds=1e9, checkpoint_steps=2)
    assert 1 < make_run().history.step < 12


def test_there_is_a_checkpoint_every_so_many_steps(make_run, copies):
    make_run().train(checkpoint_seconds=1e9, checkpoint_steps=8)
    # The last one is after validation.
    assert [each["step"] // 8 for each in copies] == [1, 2, 3, 4, 5, 5]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_copies_of_a_gpu_are_pinned_and_complete(make_run):
    run, snapshot = make_run(), Snapshot()
    advance(run, 3)
    snapshot.take(run._state(), step=3, model=run.model, optimizer=run.optimizer)
    assert all(tensor.is_pinned() for tensor in snapshot.model.values())
    for name, tensor in snapshot.model.items():
        assert torch.equal(tensor, run.model.state_dict()[name].cpu())


def test_a_run_stopped_at_any_step_ends_as_one_that_was_not(make_run, tmp_path):
    expected = make_run(tmp_path / "other")
    result = expected.train(checkpoint_seconds=1e9)
    for num_steps in (0, 5, 15, 3, 20, 9):  # 22 and 24 are in the validation of the first epoch
        run = make_run()
        advance(run, num_steps)
        write_checkpoint(run)
    for each in (make_run(), make_run()):  # the second one has nothing left to do
        assert each.train(checkpoint_seconds=1e9) == result
        assert_same(state(each), state(expected))
        assert each.history.epochs == expected.history.epochs


def test_the_best_weights_are_the_result_however_often_a_run_stops(make_run, tmp_path):
    """With a learning rate that rises until the last epoch, and is too high then."""
    options = {"epochs": 4, "peak_learning_rate": 1.0, "warmup_ratio": 0.9, "schedule": "linear"}
    run = make_run(tmp_path / "last", **options)
    steps, by_epoch = run._steps(), []
    for _ in range(4):
        list(itertools.islice(steps, 27))  # 20 steps and 7 batches of validation
        by_epoch.append({name: each.clone() for name, each in run.model.state_dict().items()})
    assert not list(steps)
    perplexities = [line["validation_perplexity"] for line in run.history.epochs]
    best = perplexities.index(min(perplexities))
    assert best < 3

    options["keep"] = "best"
    for num_steps, is_killed in ((30, False), (40, True), (25, False), (20, False), (14, True)):
        run = make_run(**options)
        advance(run, num_steps)
        if not is_killed:
            write_checkpoint(run)
    run = make_run(**options)
    assert run.train(checkpoint_seconds=1e9).perplexity == perplexities[best]
    assert_same(run.model.state_dict(), by_epoch[best])
    kept = sorted(place.name for place in run.checkpoints.folder.iterdir())
    assert [name.split("-")[0] for name in kept] == ["best", "step"]
    equals = [{"step": n, "validation_bits_per_byte": bits} for n, bits in enumerate([3, 2, 2])]
    assert best_epoch(equals) is equals[1]
    (run.checkpoints.folder / kept[0]).unlink()
    with pytest.raises(InputError, match="damaged checkpoint"):
        make_run(**options).train(checkpoint_seconds=1e9)


@pytest.fixture
def program(tokens, weights, tmp_path):
    """Folders of the model and the state of a training in its own process, its log and flags."""
    model, state_dir = tmp_path / "model", tmp_path / "state"
    command = flags(tokens=tokens, weights=weights, model=model, state=state_dir, **RECIPE)
    return model, state_dir, tmp_path / "log", command


def test_killed_at_any_moment_a_run_has_a_whole_checkpoint_and_ends_the_same(program, whole):
    model, state_dir, log, command = program
    command = [*command, "--checkpoint_seconds", "0"]
    draw, kept, kills = random.Random(2), 0, 0
    while not model.exists():
        process = start(command, log=log)
        if kills < 5:
            while process.is_alive() and (newest(state_dir) or {"step": 0})["step"] <= kept:
                time.sleep(0.005)
            process.join(draw.uniform(0, 0.1))
            process.kill()
        process.join()
        assert process.exitcode in (0, -signal.SIGKILL), log.read_text()
        if process.exitcode and not model.exists():
            kills += 1
            now_kept = newest(state_dir)["step"]
            assert now_kept > kept  # the next session reads it, or fails
            kept = now_kept
    assert kills >= 3
    assert_same_files(model, whole)
    assert process.exitcode or not list(state_dir.iterdir())


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_run_keeps_its_newest_step_and_ends_with_the_same_weights(stop, program, whole):
    model, state_dir, log, command = program
    started = start([*command, "--checkpoint_seconds", "0"], log=log)
    while started.is_alive() and newest(state_dir) is None:
        time.sleep(0.005)
    os.kill(started.pid, stop)
    started.join()
    assert started.exitcode == 130
    assert log.read_text().endswith("interrupted\n")
    assert not model.exists()
    assert newest(state_dir)["step"] > 0
    again = start(command, log=log)
    again.join()
    assert again.exitcode == 0
    assert_same_files(model, whole)
    assert not list(state_dir.iterdir())


def test_the_same_training_does_not_run_twice_at_a_time(program):
    model, state_dir, log, command = program
    first = start([*command, "--checkpoint_seconds", "0"], log=log)
    while first.is_alive() and newest(state_dir) is None:
        time.sleep(0.005)
    os.kill(first.pid, signal.SIGSTOP)
    second = start(command, log=model.parent / "second.log")
    second.join()
    assert "error: another process is writing to" in (model.parent / "second.log").read_text()
    os.kill(first.pid, signal.SIGCONT)
    first.join()
    assert (second.exitcode, first.exitcode) == (1, 0)


def test_the_loss_scale_of_float16_is_kept(make_run):
    scale = {"init_scale": 4.0, "growth_interval": 3}
    run = make_run(scaler=torch.amp.GradScaler("cpu", **scale), epochs=1)
    run.train(checkpoint_seconds=1e9)
    found = make_run(scaler=torch.amp.GradScaler("cpu", **scale), epochs=1).accelerator.scaler
    assert found.get_scale() == run.accelerator.scaler.get_scale() > 4.0


def test_half_a_checkpoint_is_removed_and_a_damaged_one_is_named(make_run):
    run = make_run()
    advance(run, 1)
    write_checkpoint(run)
    (place,) = run.checkpoints.folder.iterdir()
    shutil.copytree(place, place.with_name("step-000000009-000000001.partial"))
    assert make_run().history.step == 1
    assert list(run.checkpoints.folder.iterdir()) == [place]
    (place / "optimizer.safetensors").write_bytes(b"")
    with pytest.raises(InputError, match=f"damaged checkpoint at {place}.*remove it"):
        make_run()
    (place / "optimizer.safetensors").unlink()
    with pytest.raises(InputError, match=f"damaged checkpoint at {place}.*remove it"):
        make_run()


def test_a_run_that_is_killed_while_its_state_is_removed_finds_no_half_of_a_checkpoint(
    make_run, monkeypatch
):
    def remove_and_die(folder, **_):
        next(folder.rglob("optimizer.safetensors")).unlink()
        raise KeyboardInterrupt

    run = make_run()
    advance(run, 1)
    write_checkpoint(run)
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(checkpoint.shutil, "rmtree", remove_and_die)
        run.checkpoints.clear()
    assert make_run().history.step == 0


def test_the_newest_checkpoint_is_never_older_than_the_bound(make_run, copies, monkeypatch):
    """On a clock that is read at least once a step and advances by 2.5 seconds each time."""
    monkeypatch.setattr(bounds, "SHARE", 0.0)  # the bound on the time alone says when
    now = itertools.count(step=2.5).__next__
    monkeypatch.setattr(background, "time", SimpleNamespace(monotonic=now, thread_time=float))
    begun = now()
    make_run(epochs=4).train(checkpoint_seconds=0)
    times = [begun, *(each["time"] for each in copies)]
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert len(gaps) >= 3
    assert max(gaps) <= bounds.SECONDS_LOST - bounds.SECONDS_TO_UPLOAD


def test_a_full_disk_leaves_the_checkpoint_before(make_run, monkeypatch):
    save, saved = checkpoint.save_file, []

    def save_until_full(tensors, file):
        saved.append(file)
        if len(saved) > 6:  # two files each
            raise SafetensorError("I/O error: No space left on device (os error 28)")
        save(tensors, file)

    monkeypatch.setattr(checkpoint, "save_file", save_until_full)
    with pytest.raises(SafetensorError, match="No space left"):
        make_run().train(checkpoint_seconds=1e9, checkpoint_steps=5)
    run = make_run()
    assert [place.suffix for place in run.checkpoints.folder.iterdir()] == [""]
    assert 15 <= run.history.step < 20


def test_a_disk_that_is_full_of_checkpoints_is_one_line(
    tokens, weights, tmp_path, run_on_small_disk
):
    state_dir = tmp_path / "state"
    options = RECIPE | {"epochs": 10_000}  # no end but by the error
    command = flags(
        tokens=tokens, weights=weights, model=tmp_path / "model", state=state_dir, **options
    )
    process = run_on_small_disk(state_dir, "training", *command, "--checkpoint_seconds", "0")
    assert process.returncode == 1, process.stderr
    assert process.stderr.splitlines()[-1].startswith("error: no space left on the disk")
    assert not [line for line in process.stdout.splitlines() if "step-" in line]
