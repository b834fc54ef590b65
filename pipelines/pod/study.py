"""The first task of a run: validates the study and writes it into the store."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from components.runtime.errors import InputError
from pipelines.dvc.graph import Node, read_graph
from pipelines.dvc.remote import read_address
from pipelines.dvc.workspace import set_environment
from pipelines.pod.reporting import Reporting
from pipelines.store.bucket import Bucket
from pipelines.store.contents import Contents
from pipelines.store.objects import Objects
from pipelines.store.studies import Study, check_run, data_outputs, write_study
from pipelines.store.task_states import CHECK, CHECK_TITLE, write_tasks
from pipelines.study.validation import read_study


def study(
    *, run: str, store: str, params: str, data: str, stages: str, code: Path = Path()
) -> None:
    """Validates a study before anything runs, and writes it into the store for the other tasks.

    Args:
        run: Id of the run.
        store: URL of the store, s3://bucket/prefix; endpoint and keys come from the environment.
        params: Content of params.yaml.
        data: Content of data.dvc.
        stages: Names of all stages of the compiled pipeline, separated by spaces.
        code: Folder with components/, dvc.yaml and .dvcignore.

    Raises:
        InputError: The parameters are invalid; parameters, compiled pipeline and image have
            different stages; the store is not reached, refuses or lacks the data.
    """
    check_run(run)
    bucket = Bucket(read_address(store))  # without patience: errors are reported at once
    code = code.absolute()
    with Reporting(bucket, run=run, stage=CHECK).entered(), _own_folder():
        Path("params.yaml").write_text(params, encoding="utf-8")
        read_study(Path("params.yaml"), definition=code / "dvc.yaml")
        nodes = read_graph(code, params=params, data=data)
        _check_stages({node.stage for node in nodes}, set(stages.split()))
        _check_data(data, bucket=bucket)
        write_tasks(bucket, run, titles(nodes))
        write_study(bucket, Study(run, params, data))  # from now on the collector knows of the run


def titles(nodes: list[Node]) -> dict[str, str]:
    """The titles of a run's tasks by stage, in the order of the graph."""
    return {CHECK: CHECK_TITLE} | {node.stage: node.title for node in nodes}


@contextlib.contextmanager
def _own_folder() -> Iterator[None]:
    """Works in a temporary folder, where DVC keeps all that it writes."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        set_environment(Path(folder))
        yield


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
    problems = Contents(Objects(bucket)).incomplete(data_outputs(data, where="data.dvc"))
    for output, problem in problems.items():
        raise InputError(
            f"{bucket.address}: data.dvc: {output.path}: {problem}: push the data from the"
            " checkout that has it (python -m pipelines.store push)"
        )
