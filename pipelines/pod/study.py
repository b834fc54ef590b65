"""The first task of a run: checks the study, finds what the store holds of it, places the rest."""

import contextlib
import json
import tempfile
from pathlib import Path

from components.runtime.atomic import write_text
from components.runtime.errors import InputError
from pipelines.dvc.graph import Node, read_graph
from pipelines.dvc.lock_entries import data_outputs
from pipelines.dvc.remote import read_address
from pipelines.dvc.repo import open_repo
from pipelines.dvc.stage import DvcStage
from pipelines.dvc.workspace import lay_out, set_environment
from pipelines.pod.reporting import Reporting
from pipelines.pod.stage import StageRun
from pipelines.store.bucket import Bucket
from pipelines.store.objects import Objects
from pipelines.store.studies import Study, check_run, write_entry, write_study
from pipelines.store.task_states import CHECK, CHECK_TITLE, write_tasks
from pipelines.study.validation import read_study


def study(
    *,
    run: str,
    store: str,
    params: str,
    data: str,
    stages: str,
    gpus: int = 0,
    scoring_gpus: int = 1,
    node_selector: str = "{}",
    tolerations: str = "[]",
    task_gpus: Path | None = None,
    task_node_selector: Path | None = None,
    task_tolerations: Path | None = None,
    code: Path = Path(),
) -> None:
    """Validates a study before anything runs, and writes it into the store for the other tasks.

    Results that the store holds already become part of the study, which protects them from garbage
    collection, and their tasks ask for no GPU.

    Args:
        run: Id of the run.
        store: URL of the store, s3://bucket/prefix; endpoint and keys come from the environment.
        params: Content of params.yaml.
        data: Content of data.dvc.
        stages: Names of all stages of the compiled pipeline, separated by spaces.
        gpus: GPUs of a task that trains; 0 runs all tasks on CPUs.
        scoring_gpus: GPUs of a task that scores.
        node_selector: Labels of the nodes with GPUs, as JSON.
        tolerations: Tolerations of tasks with GPUs, as JSON.
        task_gpus: File for the number of GPUs that each task asks for, as JSON by stage.
        task_node_selector: File for the node selector of the tasks; empty if none asks for GPUs.
        task_tolerations: File for the tolerations of the tasks; empty if none asks for GPUs.
        code: Folder with components/, dvc.yaml and .dvcignore.

    Raises:
        InputError: The parameters or a number of GPUs are invalid; parameters, compiled pipeline
            and image have different stages; the store is not reached, refuses or lacks the data.
    """
    check_run(run)
    if (least := min(gpus, scoring_gpus)) < 0:
        raise InputError(f"gpus and scoring_gpus: found {least}, expected 0 or more")
    bucket = Bucket(read_address(store))  # without patience: errors are reported at once
    code = code.absolute()
    with Reporting(bucket, run=run, stage=CHECK).entered():
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            set_environment(Path(folder))  # where DVC keeps all that it writes
            Path("params.yaml").write_text(params, encoding="utf-8")
            read_study(Path("params.yaml"), definition=code / "dvc.yaml")
            nodes = read_graph(code, params=params, data=data)
            _check_stages({node.stage for node in nodes}, set(stages.split()))
            _check_data(data, bucket=bucket)
            titles = {node.stage: node.title for node in nodes}
            write_tasks(bucket, run, {CHECK: CHECK_TITLE} | titles)
            write_study(bucket, Study(run, params, data))  # now the collector knows of the run
            workspace = Path(folder, "workspace")
            lay_out(workspace, code=code, params=params, data=data, entries={})
            made = _take_results(nodes, bucket=bucket, run=run, workspace=workspace)
        counts = {"training": gpus, "scoring": gpus and scoring_gpus}
        asked = {
            node.stage: 0 if node.stage in made else counts[node.gpu] for node in nodes if node.gpu
        }
        num_asking = sum(map(bool, asked.values()))
        print(
            f"{len(made)} of {len(nodes)} results are in the store,"
            f" {num_asking} of {len(asked)} tasks that can use GPUs ask for them"
        )
        for file, answer in (
            (task_gpus, json.dumps({stage: str(count) for stage, count in asked.items()})),
            (task_node_selector, node_selector if num_asking else "{}"),
            (task_tolerations, tolerations if num_asking else "[]"),
        ):
            if file:
                write_text(file, answer)


def _take_results(nodes: list[Node], *, bucket: Bucket, run: str, workspace: Path) -> set[str]:
    """Makes all results that the store is known to hold part of the study; returns their stages.

    A stage's key contains its inputs, so it is known if the results of all stages before it are.
    """
    found: set[str] = set()
    with contextlib.chdir(workspace), open_repo(workspace) as repo:
        for node in nodes:  # each after those whose outputs it reads
            if found.issuperset(node.after):
                dvc_stage = DvcStage(repo, node.stage)
                if entry := StageRun(dvc_stage, bucket, workspace).cached_entry():
                    write_entry(bucket, run, node.stage, entry)
                    dvc_stage.take_entry(entry)
                    found.add(node.stage)
    return found


def _check_stages(image: set[str], pipeline: set[str]) -> None:
    """Refuses stages that only the image or only the compiled pipeline has."""
    if missing := sorted(image - pipeline):
        raise InputError(
            f"params.yaml: found {missing[0]}, which the compiled pipeline does not have: compile"
            " and submit it anew (python -m pipelines submit)"
        )
    if missing := sorted(pipeline - image):
        raise InputError(
            f"params.yaml and this image's dvc.yaml: found no {missing[0]}, which the compiled"
            " pipeline has: build the images of the checkout that it was compiled in (make images),"
            " or compile and submit it anew"
        )


def _check_data(data: str, *, bucket: Bucket) -> None:
    """Refuses data of which the store lacks a part."""
    problems = Objects(bucket).incomplete(data_outputs(data, where="data.dvc"))
    for output, problem in problems.items():
        raise InputError(
            f"{bucket.address}: data.dvc: {output.path}: {problem}: push the data from the"
            " checkout that has it (python -m pipelines.store push)"
        )
