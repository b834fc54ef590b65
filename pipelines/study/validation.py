"""Reads params.yaml by its schema, and checks dvc.yaml by the parameters and our rules."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from components.formats.json_file import read_text
from components.runtime.errors import InputError

if TYPE_CHECKING:
    from pipelines.study.params import Params

Definition = dict[str, Any]
# Option of an output, its harmful value (`...`: any), and the harm.
HARMFUL = (
    ("persist", True, "outputs stay before a run, so the run cache leaves the stage out"),
    ("cache", False, "outputs that are not cached are not in the store"),
    ("push", False, "outputs that are not pushed are not in the store"),
    ("remote", ..., "an output in another remote is not in the store"),
)


def read_study(params: Path, *, definition: Path) -> "Params":
    """The parameters of a study whose stages keep to our rules.

    Args:
        params: File with the study's parameters.
        definition: File with the stages.

    Raises:
        InputError: The parameters are invalid, an option keeps a stage's results out of the store,
            a stage has no resources, or the inputs of a stage that reads all scores do not
            match the variants.
    """
    from pipelines.study.params import read_params

    study = read_params(params)
    check_definition(read_text(definition), study, params=params, definition=definition)
    return study


def check_definition(text: str, study: "Params", *, params: Path, definition: Path) -> None:
    """Checks the stages of a study.

    Args:
        text: Content of dvc.yaml.
        study: The parameters.
        params: File that they are from, for errors.
        definition: File dvc.yaml, for errors.

    Raises:
        InputError: As `read_study`, of the stages.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        found = YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError) as error:
        line = " ".join(str(error).split())
        raise InputError(f"{definition}: not YAML: {line}") from None
    stages = found.get("stages") if isinstance(found, dict) else None
    if not isinstance(stages, dict) or not all(isinstance(each, dict) for each in stages.values()):
        raise InputError(f"{definition}: found no table of stages, expected one")
    for problem in problems(found):
        raise InputError(f"{definition}: {problem}")
    for name in sorted(stages.keys() ^ study.resources.keys()):
        raise InputError(
            f"{params}: resources: {'found no' if name in stages else 'found'} {name}, expected a"
            f" row for each stage of {definition}"
        )
    for name, stage in stages.items():
        if "artifacts/scores" in stage.get("cmd", "").split():
            where = f"{definition}: stages.{name}.deps"
            _check_variants(stage["deps"], study, params=params, where=where)


def problems(definition: Definition) -> Iterator[str]:
    """What prevents results from being shared, one line each.

    Args:
        definition: Content of a `dvc.yaml`; `foreach` is not expanded.
    """
    stages = {name: stage.get("do", stage) for name, stage in definition["stages"].items()}
    places = {place for stage in stages.values() for place, _ in outputs(stage)}
    for name, stage in stages.items():
        if stage.get("always_changed"):
            yield f"{name}: always_changed: the stage would run every time"
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


def _check_variants(inputs: list[str], study: "Params", *, params: Path, where: str) -> None:
    """Refuses inputs whose scores do not match the variants."""
    listed = {Path(place).name for place in inputs if place.startswith("artifacts/scores/")}
    for name in study.variants:
        if name not in listed:
            raise InputError(
                f"{where}: no artifacts/scores/{name}, expected one line for each variant of"
                f" {params}; python -m pipelines use --params {params} writes them"
            )
    for name in sorted(listed - study.variants.keys()):
        raise InputError(
            f"{where}: artifacts/scores/{name}, but {params} has no variant {name}: expected"
            f" {', '.join(study.variants)}"
        )


def _parents(place: str) -> tuple[PurePosixPath, ...]:
    return tuple(PurePosixPath(place).parents)
