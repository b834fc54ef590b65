"""Trainings in processes of their own, forked from one that has imported PyTorch already."""

import multiprocessing
import os
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
RECIPE = {
    "epochs": 2,
    "batch_size": 4,
    "rows_at_once": 2,
    "learning_rate": 1e-3,
    "warmup_share": 0.03,
    "weight_decay": 0.001,
    "precision": "float32",
    "seed": 1,
}
FORK = multiprocessing.get_context("forkserver")
FORK.set_forkserver_preload(
    ["components.runtime.command_line", "components.training.loop", "components.training.record"]
)


def flags(**values):
    """The command line's flags for these values."""
    return [word for name, value in values.items() for word in (f"--{name}", str(value))]


def start(arguments, *, log):
    """A process that trains; what it prints goes into a log."""
    process = FORK.Process(target=_train, args=(arguments, log))
    process.start()
    return process


def _train(arguments, log):
    with log.open("a") as out:
        os.dup2(out.fileno(), sys.stdout.fileno())
        os.dup2(out.fileno(), sys.stderr.fileno())
    from components.runtime.command_line import run

    run("training", arguments=arguments)
