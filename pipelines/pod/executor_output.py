"""What a task tells Kubeflow Pipelines of its artifacts: the file that `{{$}}` names."""

import json
import math
from collections.abc import Mapping
from pathlib import Path

from components.artifact import write_json
from components.errors import InputError


def write_executor_output(
    executor_input: str, *, metrics: Mapping[str, float], outputs: Mapping[str, str]
) -> None:
    """Writes the metadata of a task's artifacts, which the pipeline's page shows.

    Numbers that JSON does not know (NaN, infinity) are left out.

    Args:
        executor_input: The JSON that `{{$}}` stands for.
        metrics: Of the artifact `metrics`, numbers by name.
        outputs: Of the artifact that holds the lock entry, what it names.

    Raises:
        InputError: The JSON has another form.
    """
    try:
        given = json.loads(executor_input)["outputs"]
        file = Path(given["outputFile"])
        told = {name: dict(found["artifacts"][0]) for name, found in given["artifacts"].items()}
    except (ValueError, KeyError, TypeError, IndexError):
        raise InputError("--executor-input: found other JSON than {{$}} stands for") from None
    finite = {name: value for name, value in metrics.items() if math.isfinite(value)}
    for name, artifact in told.items():
        if name == "metrics":
            artifact["metadata"] = finite
        elif name not in ("summary", "report"):
            artifact["metadata"] = dict(outputs)
    write_json(file, {"artifacts": {name: {"artifacts": [each]} for name, each in told.items()}})
