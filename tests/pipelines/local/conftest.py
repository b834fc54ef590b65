"""A compiled pipeline of a task or two, as Kubeflow Pipelines would get it."""

import os

import pytest
import yaml
from kfp import dsl, kubernetes
from kfp.compiler import Compiler

from components.runtime.container import ANALYSIS, MODELS
from components.runtime.errors import InputError
from pipelines.local.containers import find_engine
from pipelines.local.launcher import read_tasks

IMAGES = [f"{name}:latest" for name in (MODELS, ANALYSIS)]


@pytest.fixture(scope="session")
def engine():
    """A container engine with the images; without, tests are skipped unless they are required."""
    try:
        found = find_engine()
        found.check_images(IMAGES)
    except InputError as error:
        if os.environ.get("MATCHING_EXPERTS_CONTAINERS") == "required":
            raise
        pytest.skip(f"no run in containers: {error}")
    return found


def compiled_by_kfp(pipeline, folder):
    """A pipeline's specification and its settings for Kubernetes."""
    file = folder / "compiled.yaml"
    Compiler().compile(pipeline, str(file))
    return yaml.safe_load_all(file.read_text())


@pytest.fixture
def task_of(tmp_path):
    """Compiles a pipeline of one task; returns what becomes of the task."""

    def compiled(*words, configure=lambda task: None, parameters=None, run="run-1", retries=2):
        @dsl.container_component
        def first(
            run: str, partly: str, text: str, report: dsl.Output[dsl.HTML]
        ) -> dsl.ContainerSpec:
            known = {"run": run, "partly": partly, "text": text, "report": report.path}
            args = [known.get(word, word) for word in words]
            return dsl.ContainerSpec(image="nobody/nothing:1", command=args[:1], args=args[1:])

        @dsl.pipeline(name="tiny")
        def tiny(text: str = "default", image: str = IMAGES[1]):
            uuid = dsl.PIPELINE_JOB_ID_PLACEHOLDER
            task = first(run=uuid, partly=f"run {uuid}", text=text)
            task.set_container_image(image).set_display_name("the first")
            task.set_retry(num_retries=retries, backoff_duration="1s")
            kubernetes.empty_dir_mount(task, "tmp", "/tmp")
            configure(task)

        (task,) = read_tasks(*compiled_by_kfp(tiny, tmp_path), run=run, parameters=parameters or {})
        return task

    return compiled
