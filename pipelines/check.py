"""Checks params.yaml against its schema, and dvc.yaml against it and against our rules."""

from pathlib import Path

from ruamel.yaml import YAML

from components.runtime.errors import InputError
from pipelines.lint import problems
from pipelines.params import Params, read_params


def check(*, params: Path = Path("params.yaml"), definition: Path = Path("dvc.yaml")) -> None:
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
