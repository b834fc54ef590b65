"""From params.yaml to the file that Kubeflow Pipelines runs."""

import tempfile
from pathlib import Path
from typing import Any

from kfp.compiler import Compiler

from components.artifact import written_file
from components.errors import InputError
from pipelines.check import check
from pipelines.graph import read_graph
from pipelines.kubeflow.pipeline import pipeline_of
from pipelines.store.address import address_of

COMPILED = Path("pipelines/study.yaml")


def compile_study(
    *,
    output: Path = COMPILED,
    params: Path = Path("params.yaml"),
    data: Path = Path("data.dvc"),
    store: str | None = None,
) -> None:
    """Compiles the study that params.yaml describes, one task a stage and variant.

    Args:
        output: The file for Kubeflow Pipelines, in YAML.
        params: The study's parameters; a run may be given others with the same variants.
        data: Which data.
        store: URL of the store, s3://bucket/prefix; by default the DVC remote of this checkout.

    Raises:
        InputError: The parameters are bad, or a stage has no fitting component.
    """
    check(params=params)
    texts = {"params": _read(params), "data": _read(data)}
    nodes = read_graph(Path(), **texts)
    study = pipeline_of(nodes, **texts, store=str(address_of(store, root=Path())))
    with written_file(output) as partial:
        partial.write_text(_compiled(study), encoding="utf-8")
    print(f"{output}: {len(nodes)} tasks")  # noqa: T201


def _compiled(study: Any) -> str:  # noqa: ANN401
    """What kfp makes of a pipeline, without its opening comment.

    The comment repeats the parameters' defaults as they are; those of several lines end it, and
    what follows is no YAML.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "study.yaml"
        Compiler().compile(study, str(file))
        text = file.read_text(encoding="utf-8")
    return text[text.index("\ncomponents:\n") + 1 :]


def _read(file: Path) -> str:
    if not file.is_file():
        raise InputError(f"not found: {file}")
    return file.read_text(encoding="utf-8")
