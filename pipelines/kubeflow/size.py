"""Limits of Kubeflow: the size of a study, and characters of at most three bytes.

Argo keeps a workflow's specification and the states of its nodes in one object of at most 1 MB. It
compresses the nodes when they are too many. A run whose compressed nodes do not fit either hangs
without an error, so the size is estimated before anything is submitted.
"""

import json
from collections.abc import Mapping
from typing import Any

from components.runtime.errors import InputError

LIMIT = 900_000  # of 1,048,576 bytes: the rest is for pods that follow others
# Least squares over studies of 5 to 60 variants, with and without shared components and comments of
# 50 kB, against a replica of what Kubeflow Pipelines 2.17 writes: within 2 %. Kubeflow repeats the
# specification in the workflow's arguments, in its graph and in what each pod is given.
FIXED, PER_TASK, COPIES = 28_000, 2_400, 3.25
LARGEST_CHARACTER = 0xFFFF


def check_characters(text: str, *, where: str) -> None:
    """Refuses a text that Kubeflow's database cannot hold: it takes three bytes a character.

    The server creates the workflow before it finds out and answers 500: the run continues unseen.

    Args:
        text: A text for Kubeflow.
        where: Name of its source, for errors.

    Raises:
        InputError: A character is beyond U+FFFF, an emoji say.
    """
    for number, line in enumerate(text.split("\n"), start=1):
        for column, character in enumerate(line, start=1):
            if ord(character) > LARGEST_CHARACTER:
                raise InputError(
                    f"{where}: line {number}, column {column}: found U+{ord(character):04X}"
                    f" ({character}), expected characters up to U+FFFF: Kubeflow's database takes"
                    " no others"
                )


def check_size(specification: Mapping[str, Any], *, where: str) -> None:
    """Refuses a pipeline that is too large for Argo, whose runs would hang.

    Args:
        specification: The pipeline, as Kubeflow's protocol has it.
        where: Name of the study's parameters, for errors.

    Raises:
        InputError: Argo's record of a run would be more than 900,000 bytes.
    """
    if (size := record_size(specification)) > LIMIT:
        raise InputError(
            f"{where}: found a study of {len(specification['root']['dag']['tasks'])} tasks, whose"
            f" record in Kubeflow would have {size:,} bytes, expected at most {LIMIT:,}: take"
            " variants out, or run them as two studies"
        )


def record_size(specification: Mapping[str, Any]) -> int:
    """Estimated bytes of Argo's record of a run at its end: its workflow and its packed nodes."""
    text = json.dumps(specification, ensure_ascii=False, separators=(",", ":"))
    num_tasks = len(specification["root"]["dag"]["tasks"])
    return int(FIXED + PER_TASK * num_tasks + COPIES * len(text.encode()))
