"""Checks params.yaml against its schema, and dvc.yaml against it and against our rules."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from ruamel.yaml import YAML

from components.runtime.errors import InputError
from pipelines.study.params import Params, read_params

Definition = dict[str, Any]
# Option, the value that harms (`...`: any), and how.
HARMFUL = (
    ("persist", True, "outputs stay before a run, so the run cache leaves the stage out"),
    ("cache", False, "outputs that are not cached are not in the store"),
    ("push", False, "outputs that are not pushed are not in the store"),
    ("remote", ..., "a remote of an output's own is not the store"),
)


def validate(*, params: Path = Path("params.yaml"), definition: Path = Path("dvc.yaml")) -> None:
    """Checks that a study can run, that its results can be shared, and that it is whole.

    Args:
        params: The study's parameters.
        definition: What runs.

    Raises:
        InputError: The parameters are bad, a stage keeps its results from the store or has no
            resources, or the figures' inputs lack a variant or list one that there is not.
    """
    study = read_params(params)
    found = YAML(typ="safe", pure=True).load(definition.read_text(encoding="utf-8"))
    for problem in problems(found):
        raise InputError(f"{definition}: {problem}")
    stages = found["stages"]
    for name in sorted(stages.keys() ^ study.resources.keys()):
        raise InputError(
            f"{params}: resources: {'found no' if name in stages else 'found'} {name}, expected a"
            f" row for each stage of {definition}"
        )
    _check_variants(stages["figures"]["deps"], study, params=params, definition=definition)
    print(f"{params}: {len(study.variants)} variants")  # noqa: T201


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


def _check_variants(inputs: list[str], study: Params, *, params: Path, definition: Path) -> None:
    """Refuses figures whose inputs lack a variant's scores, or list scores that nobody makes."""
    listed = {Path(place).name for place in inputs if place.startswith("artifacts/scores/")}
    for name in study.variants:
        if name not in listed:
            raise InputError(
                f"{definition}: stages.figures.deps: no artifacts/scores/{name}, expected one line"
                f" for each variant of {params}"
            )
    for name in sorted(listed - study.variants.keys()):
        raise InputError(
            f"{definition}: stages.figures.deps: artifacts/scores/{name}, but {params} has no"
            f" variant {name}: expected {', '.join(study.variants)}"
        )


def _parents(place: str) -> tuple[PurePosixPath, ...]:
    return tuple(PurePosixPath(place).parents)
