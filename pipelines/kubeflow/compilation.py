"""Compiles a study for Kubeflow Pipelines, within Kubeflow's limits.

Argo keeps a workflow's specification and the states of its nodes in one object of at most 1 MB. It
compresses the nodes when they are too many. A run whose compressed nodes do not fit either hangs
without an error, so the size is estimated before anything is submitted.
"""

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from components.formats.json_file import read_text
from components.runtime.atomic import written_file
from components.runtime.errors import InputError
from pipelines.study.validation import read_study

COMPILED = Path("study.yaml")
QUEUE_NAME = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"  # as a label holds it
LIMIT = 900_000  # of 1,048,576 bytes: the rest is for pods that follow others
# Least squares over studies of 5 to 60 variants, with and without shared components and comments of
# 50 kB, against a replica of what Kubeflow Pipelines 2.17 writes: within 2 %. Kubeflow repeats the
# specification in the workflow's arguments, in its graph and in what each pod is given.
FIXED, PER_TASK, COPIES = 28_000, 2_400, 3.25
LARGEST_CHARACTER = 0xFFFF


def compile_study(
    *,
    output: Path = COMPILED,
    params: Path = Path("params.yaml"),
    data: Path = Path("data.dvc"),
    store: str | None = None,
    queue: str | None = None,
    nodes: int = 1,
) -> None:
    """Compiles the study into a Kubeflow pipeline, one task per stage and variant.

    Args:
        output: File for the compiled pipeline, in YAML.
        params: File with the study's parameters; a run can be given others with the same variants.
        data: File data.dvc, which names the data.
        store: URL of the store, s3://bucket/prefix; by default the DVC remote of this checkout.
        queue: Name of Kueue's queue for the pods; by default they wait for none.
        nodes: Number of nodes that each training spreads over; with more than one it is a TrainJob
            of Kubeflow Trainer.

    Raises:
        InputError: The study does not compile (see `compile_specifications`).
    """
    import yaml

    specification, platform = compile_specifications(
        params=params, data=data, store=store, queue=queue, num_nodes=nodes
    )
    with written_file(output) as partial, partial.open("w", encoding="utf-8") as file:
        yaml.safe_dump_all([specification, platform], file, allow_unicode=True)
    print(f"{output}: {len(specification['root']['dag']['tasks'])} tasks")


def compile_specifications(
    *,
    params: Path,
    data: Path,
    store: str | None = None,
    queue: str | None = None,
    num_nodes: int = 1,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The study's pipeline specification and its settings for Kubernetes.

    Args are those of `compile_study`.

    Raises:
        InputError: The parameters, the queue's name or the number of nodes are bad, a stage has no
            component, or Kubeflow cannot hold the study: it is too large, or has characters that
            its database does not take.
    """
    from pipelines.dvc.graph import read_graph
    from pipelines.dvc.remote import address_of

    if queue is not None and not re.fullmatch(QUEUE_NAME, queue):
        raise InputError(f"--queue: found '{queue}', expected a name of a-z, 0-9 and -")
    if num_nodes < 1:
        raise InputError(f"--nodes: found {num_nodes}, expected 1 or more")
    read_study(params, definition=Path("dvc.yaml"))
    texts = {"params": read_text(params), "data": read_text(data)}
    url = str(address_of(store, root=Path()))
    for where, text in ((params, texts["params"]), (data, texts["data"])):
        check_characters(text, where=str(where))
    nodes = read_graph(Path(), **texts)
    for node in nodes:
        check_characters(f"{node.title}\n{node.about}", where=f"dvc.yaml: {node.stage}")
    from pipelines.kubeflow.pipeline import compiled

    specification, platform = compiled(nodes, **texts, store=url, queue=queue, num_nodes=num_nodes)
    check_size(specification, where=str(params))
    _note_changed_data(data)
    return specification, platform


def _note_changed_data(data: Path) -> None:
    """Notes that data in this checkout is not what its data.dvc names, which the run takes."""
    from pipelines.dvc.repo import changed_data, open_repo

    if data.absolute() != Path("data.dvc").absolute() or not Path(".dvc").is_dir():
        return  # of other data, or in no checkout
    with open_repo(Path()) as repo:
        for path in changed_data(repo):
            print(
                f"note: {path} differs from what {data} names, which the run takes: to take the"
                f" changes, run dvc commit {data} first",
                file=sys.stderr,
            )


def check_characters(text: str, *, where: str) -> None:
    """Refuses a text that Kubeflow's database cannot hold: it takes three bytes a character.

    The server creates the workflow before it finds out and answers 500: the run continues unseen.

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
