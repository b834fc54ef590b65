"""Checks params.yaml against its schema, and dvc.yaml against it and against our rules."""

from pathlib import Path

from ruamel.yaml import YAML

from components.errors import InputError
from pipelines.lint import problems
from pipelines.params import read_params


def check(*, params: Path = Path("params.yaml"), definition: Path = Path("dvc.yaml")) -> None:
    """Checks that a study can run, that its results can be shared, and that it is whole.

    Args:
        params: The study's parameters.
        definition: What runs.

    Raises:
        InputError: The parameters are bad, a stage keeps its results from the store, or the
            figures' inputs lack a variant or list one that there is not.
    """
    variants = read_params(params).variants
    found = YAML(typ="safe", pure=True).load(definition.read_text(encoding="utf-8"))
    for problem in problems(found):
        raise InputError(f"{definition}: {problem}")
    listed = {
        Path(place).name
        for place in found["stages"]["figures"]["deps"]
        if place.startswith("artifacts/scores/")
    }
    for name in variants:
        if name not in listed:
            raise InputError(
                f"{definition}: stages.figures.deps: no artifacts/scores/{name}, expected one line"
                f" for each variant of {params}"
            )
    for name in sorted(listed - set(variants)):
        raise InputError(
            f"{definition}: stages.figures.deps: artifacts/scores/{name}, but {params} has no"
            f" variant {name}: expected {', '.join(variants)}"
        )
    print(f"{params}: {len(variants)} variants")  # noqa: T201
