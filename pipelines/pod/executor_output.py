"""What a task tells Kubeflow Pipelines of its artifacts: the file that `{{$}}` names."""

import json
from collections.abc import Mapping
from pathlib import Path

from components.artifact import write_json
from components.errors import InputError


def write_executor_output(executor_input: str, *, metrics: Mapping[str, float]) -> None:
    """Writes the metadata of a task's artifacts, which the pipeline's page shows.

    Names, types and places stay as Kubeflow gave them; metadata is added to its own.

    Args:
        executor_input: The JSON that `{{$}}` stands for.
        metrics: Of the artifact `metrics`, finite numbers by name.

    Raises:
        InputError: The JSON has another form.
    """
    try:
        given = json.loads(executor_input)["outputs"]
        file = Path(given["outputFile"])
        told = {name: dict(found["artifacts"][0]) for name, found in given["artifacts"].items()}
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        raise InputError("--executor-input: found other JSON than {{$}} stands for") from None
    for name, artifact in told.items():
        added = metrics if name == "metrics" else {}
        artifact["metadata"] = {**artifact.get("metadata", {}), **added}
    write_json(file, {"artifacts": {name: {"artifacts": [each]} for name, each in told.items()}})
