"""Checks dvc.yaml by the parameters and our rules, and writes a study's variants into it."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from components.formats.json_file import parse_yaml, read_text
from components.runtime.atomic import written_file
from components.runtime.errors import InputError
from pipelines.study.params import Params, read_params

Definition = dict[str, Any]
SCORES = re.compile(r"(?m)(^(?P<before> +- artifacts/scores/)[a-z0-9-]+\n)+")
# Option of an output, its harmful value (`...`: any), and the harm.
HARMFUL = (
    ("persist", True, "outputs stay before a run, so the run cache leaves the stage out"),
    ("cache", False, "outputs that are not cached are not in the store"),
    ("push", False, "outputs that are not pushed are not in the store"),
    ("remote", ..., "an output in another remote is not in the store"),
)


def use(*, params: Path, definition: Path = Path("dvc.yaml")) -> None:
    """Makes a study that of this checkout: its params.yaml, and its variants in dvc.yaml.

    A stage that reads all scores names them one by one. Run it also after adding a variant to
    params.yaml.

    Args:
        params: File with the study's parameters, params.paper.yaml say.
        definition: File dvc.yaml with the stages; params.yaml is written beside it.

    Raises:
        InputError: The parameters are invalid or dvc.yaml does not fit them otherwise.
    """
    study = read_params(params)
    stages = with_variants(read_text(definition), study.variants)
    _check_definition(stages, study, params=params, definition=definition)
    target = definition.with_name("params.yaml")
    for file, text in ((target, read_text(params)), (definition, stages)):
        with written_file(file) as partial:
            partial.write_text(text, encoding="utf-8")
    print(f"{target}: {study.counted_variants} of {params}")


def with_variants(definition: str, variants: Iterable[str]) -> str:
    """The text of a dvc.yaml whose stages that read all scores read those of some variants."""
    return SCORES.sub(
        lambda found: "".join(f"{found['before']}{name}\n" for name in variants),
        definition,
    )


def read_study(params: Path, *, definition: Path) -> Params:
    """The parameters of a study whose stages, in a dvc.yaml, keep to our rules.

    Raises:
        InputError: The parameters are invalid, an option keeps a stage's results out of the store,
            a stage has no resources, or the inputs of a stage that reads all scores do not
            match the variants.
    """
    study = read_params(params)
    _check_definition(read_text(definition), study, params=params, definition=definition)
    return study


def _check_definition(text: str, study: Params, *, params: Path, definition: Path) -> None:
    """Checks the text of a dvc.yaml; the paths are for errors."""
    found = parse_yaml(text, where=str(definition))
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
            parents = ((each, PurePosixPath(each).parents) for each in places)
            if inside := sorted(each for each, above in parents if PurePosixPath(place) in above):
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


def _check_variants(inputs: list[str], study: Params, *, params: Path, where: str) -> None:
    """Refuses inputs whose scores do not match the variants."""
    lines = [Path(place).name for place in inputs if place.startswith("artifacts/scores/")]
    if twice := next((name for name in lines if lines.count(name) > 1), None):
        raise InputError(
            f"{where}: artifacts/scores/{twice} twice, expected one line for each variant, with no"
            " other line or comment between them"
        )
    listed = set(lines)
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
