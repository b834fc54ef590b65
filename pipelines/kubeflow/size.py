"""What Kubeflow can hold of a study: so many bytes, and characters of so many.

Argo keeps a workflow's specification and the states of its nodes in one object of at most 1 MB. The
nodes it packs when they are too much; a run whose packed nodes do not fit either stands still for
ever, without a word. So both are computed before anything is submitted, by what Kubeflow Pipelines
2.17 was seen to make of a pipeline, and what is uncertain is taken as the larger.
"""

import base64
import gzip

from components.runtime.errors import InputError
from pipelines.kubeflow.workflow import Pipeline, as_json, entries_of, nodes_of, parts_of, tasks_of

LIMIT = 900_000  # of 1,048,576 bytes: the rest is for pods that follow others
# What is the same for every study (templates, conditions), and what the model leaves out of a task:
# with both, a study of 90 tasks that was seen to have 1,004,645 bytes comes out as 1,004,791.
FIXED, LEFT_OUT = 20_000, 480
LARGEST_CHARACTER = 0xFFFF


def check_characters(text: str, *, where: str) -> None:
    """Refuses a text that Kubeflow's database cannot hold, which takes three bytes a character.

    The server makes the workflow before it notices, and answers 500: the run goes on unseen.

    Args:
        text: What goes to Kubeflow.
        where: The file that it is from.

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


def check_size(specification: Pipeline, platform: Pipeline, *, where: str) -> None:
    """Refuses a pipeline whose runs would stand still, for Argo could not hold them.

    Args:
        specification: The pipeline, as Kubeflow's protocol has it.
        platform: Its settings for Kubernetes.
        where: The study's parameters, for the error.

    Raises:
        InputError: Specification and packed nodes are more than 900,000 bytes.
    """
    fixed, packed = sizes(specification, platform)
    if fixed + packed > LIMIT:
        raise InputError(
            f"{where}: found a study of {len(tasks_of(specification))} tasks, which Kubeflow would"
            f" hold as {fixed:,} bytes of specification and {packed:,} of packed states, expected"
            f" at most {LIMIT:,} in all: take variants out, or run them as two studies"
        )


def sizes(specification: Pipeline, platform: Pipeline) -> tuple[int, int]:
    """Bytes of a run's specification, and of its packed nodes when it ends.

    Args:
        specification: The pipeline, as Kubeflow's protocol has it.
        platform: Its settings for Kubernetes.
    """
    root = specification["root"]
    given = {
        name: each.get("defaultValue")
        for name, each in root["inputDefinitions"]["parameters"].items()
    }
    parts = {part.name: part for part in parts_of(specification, platform)}
    shared = {
        part.arguments[key]: value for part in parts.values() for key, value in part.values.items()
    }
    entries: list[Pipeline] = []
    nodes: list[Pipeline] = []
    for name, task in tasks_of(specification).items():
        part = parts[task["componentRef"]["name"]]
        entries += entries_of(name, task, part)
        nodes += nodes_of(name, task, part, given)
    workflow = as_json([as_json(root), as_json(given), shared, entries])
    # Argo sorts nodes by their ids, which are hashes: those of a task lie far from each other.
    states = as_json({node["id"]: node for node in nodes})
    packed = base64.b64encode(gzip.compress(states.encode(), compresslevel=6))
    fixed = FIXED + LEFT_OUT * len(tasks_of(specification))
    return fixed + len(workflow.encode()), len(packed)
