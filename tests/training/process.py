"""Trainings in processes of their own."""

from tests.processes import start_stage

RECIPE = {
    "epochs": 2,
    "optimizer": "adamw",
    "batch_size": 4,
    "micro_batch_size": 2,
    "peak_learning_rate": 1e-3,
    "warmup_ratio": 0.03,
    "schedule": "cosine",
    "weight_decay": 0.001,
    "decayed": "matrices",
    "adam_beta2": 0.999,
    "adam_epsilon": 1e-8,
    "attention": "sequence",
    "precision": "float32",
    "keep": "last",
    "seed": 1,
}


def flags(**values):
    """The command line's flags for these values."""
    return [word for name, value in values.items() for word in (f"--{name}", str(value))]


def start(arguments, *, log):
    """A process that trains; what it prints goes into a log."""
    return start_stage("training", arguments, out=log, err=log)
