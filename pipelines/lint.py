"""What a `dvc.yaml` must not hold, for it silently keeps results from being shared."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

Definition = dict[str, Any]
# Option, the value that harms (`...`: any), and how.
HARMFUL = (
    ("persist", True, "outputs stay before a run, so the run cache leaves the stage out"),
    ("cache", False, "outputs that are not cached are not in the store"),
    ("push", False, "outputs that are not pushed are not in the store"),
    ("remote", ..., "a remote of an output's own is not the store"),
)


def problems(definition: Definition) -> Iterator[str]:
    """What is wrong with a definition, a line each.

    Args:
        definition: The content of a `dvc.yaml`; entries of `foreach` are looked at as they stand.
    """
    stages = {name: stage.get("do", stage) for name, stage in definition["stages"].items()}
    places = {place for stage in stages.values() for place, _ in outputs(stage)}
    for name, stage in stages.items():
        if stage.get("always_changed"):
            yield f"{name}: always_changed: it would run each time"
        for place, options in outputs(stage):
            for option, value, harm in HARMFUL:
                if option in options and value in (..., options[option]):
                    yield f"{name}: {place}: {option}: {harm}"
        for place in stage.get("deps", ()):
            inside = sorted(each for each in places if PurePosixPath(place) in _parents(each))
            if inside:
                yield f"{name}: deps: {place}: found a folder of outputs, expected {inside}"


def outputs(stage: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The outputs of a stage, metrics and plots included, with their options."""
    for kind in ("outs", "metrics", "plots"):
        for each in stage.get(kind, ()):
            if isinstance(each, dict):
                for place, options in each.items():
                    yield place, options or {}
            else:
                yield each, {}


def _parents(place: str) -> tuple[PurePosixPath, ...]:
    return tuple(PurePosixPath(place).parents)
