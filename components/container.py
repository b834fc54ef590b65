"""What a stage's `component.py` declares: its container on Kubernetes, its inputs and outputs.

Every container runs the same program, `python -m pipelines.pod`. What passes between them are lock
entries; the bytes that these name are in the store.
"""

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

from kfp import dsl

MODELS, ANALYSIS = "matching-experts-models", "matching-experts-analysis"  # sets of packages
# Parameters of every container, in the order of the program's flags.
PARAMETERS = {
    "stage": "Name of the stage in dvc.yaml.",
    "store": "URL of the store, s3://bucket/prefix.",
    "params": "The text of params.yaml.",
    "data": "The text of data.dvc.",
    "stages": "Names of all stages of the graph.",
}
# What every container shows on the pipeline's page beside its lock entry.
SHOWN = {
    "metrics": (dsl.Metrics, "The stage's numbers."),
    "summary": (dsl.Markdown, "What the stage made, and its numbers."),
    "report": (dsl.HTML, "The report, one file with everything inside it."),
}
ENTRY = "Lock entry of this stage: what it made, with MD5 and size. The bytes are in the store."
WORKSPACE = "/workspace"  # a disk of the pod's own
Component = Any  # kfp makes its classes when it runs
Kind = type[dsl.Artifact]


def component(
    name: str,
    *,
    description: str,
    image: str,
    output: tuple[str, Kind],
    inputs: Mapping[str, Kind] | None = None,
    report: bool = False,
) -> Component:
    """A container component of kfp.

    Args:
        name: Name of the stage's folder.
        description: What goes in and what comes out, for the pipeline's page.
        image: The set of packages that it needs; the pipeline puts the image's full name there.
        output: Name and type of the artifact that holds the stage's lock entry.
        inputs: Types of the artifacts that hold the lock entries of the stages before, by name.
        report: Whether the stage makes a report in HTML.
    """
    inputs = inputs or {}
    shown = {key: each for key, each in SHOWN.items() if report or key != "report"}
    outputs = {output[0]: (output[1], ENTRY)} | shown
    annotations = (
        dict.fromkeys(PARAMETERS, str)
        | {key: dsl.Input[kind] for key, kind in inputs.items()}
        | {key: dsl.Output[kind] for key, (kind, _) in outputs.items()}
    )

    def declared(*values: Any) -> dsl.ContainerSpec:  # noqa: ANN401 (kfp's placeholders)
        given = dict(zip(annotations, values, strict=True))
        flags = [word for key in PARAMETERS for word in (f"--{key}", given[key])]
        entries = ["--entries", *(given[key].path for key in inputs)] if inputs else []
        shows = [word for key in shown for word in (f"--{key}", given[key].path)]
        return dsl.ContainerSpec(
            image=image,
            command=["python", "-m", "pipelines.pod"],
            args=[
                *("--run", dsl.PIPELINE_JOB_ID_PLACEHOLDER, *flags, *entries),
                *("--lock", given[output[0]].path, *shows, "--workspace", WORKSPACE),
                *("--executor-input", dsl.PIPELINE_TASK_EXECUTOR_INPUT_PLACEHOLDER),
            ],
        )

    declared.__name__ = name
    declared.__doc__ = _docstring(description, inputs, outputs)
    declared.__annotations__ = annotations
    declared.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(key, inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=kind)
            for key, kind in annotations.items()
        ]
    )
    return dsl.container_component(declared)


def _docstring(
    description: str, inputs: Iterable[str], outputs: Mapping[str, tuple[Kind, str]]
) -> str:
    """What kfp reads the descriptions of a component, its inputs and its outputs from."""
    lines = ["Args:", *(f"    {key}: {text}" for key, text in PARAMETERS.items())]
    lines += [f"    {key}: Lock entry of the stage that made it." for key in inputs]
    lines += ["", "Returns:", *(f"    {key}: {text}" for key, (_, text) in outputs.items())]
    return "\n".join([description, "", *lines])
