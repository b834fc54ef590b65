"""A container gets here what Kubeflow's driver and launcher would give it."""

import json
import platform

import pytest
from kfp import dsl, kubernetes

from pipelines.local.launcher import read_tasks
from tests.pipelines.local.conftest import compiled_by_kfp

JOB = dsl.PIPELINE_JOB_ID_PLACEHOLDER
OTHERS = ["{{$.pipeline_task_name}}", "{{$.inputs.parameters['nothing']}}", "{{x}}", "$(x)"]


@pytest.mark.parametrize(
    ("words", "filled"),
    [
        (["run", "partly", JOB], ["b47e", f"run {JOB}", JOB]),  # only where it is a whole input
        (["text"], ["default"]),  # the pipeline's, where a run is not given one
        (OTHERS, OTHERS),
    ],
)
def test_only_the_launchers_placeholders_are_filled(task_of, words, filled):
    assert task_of("echo", *words, run="b47e").command == ["echo", *filled]


@pytest.mark.parametrize(
    "text",
    [
        "größe $$ {{x}} \"'\\ \t 语言",
        "{{$.inputs.parameters['run']}}",
        "{{$}}",
        "a: 1\nb: {{$.x}}\n",
    ],
)
def test_what_stands_in_a_parameter_is_not_filled_again(task_of, text):
    assert task_of("echo", "text", parameters={"text": text}).command == ["echo", text]


def test_a_parameter_names_the_image(task_of):
    assert task_of("true", parameters={"image": "registry/name:2"}).image == "registry/name:2"


def test_the_executor_input_names_inputs_and_the_files_of_outputs(task_of):
    task = task_of("echo", "report", dsl.PIPELINE_TASK_EXECUTOR_INPUT_PLACEHOLDER, run="b47e")
    given = json.loads(task.command[2])
    assert given["inputs"]["parameterValues"]["run"] == "b47e"
    (report,) = given["outputs"]["artifacts"]["report"]["artifacts"]
    assert report["name"] == "report"
    assert report["type"]["schemaTitle"] == "system.HTML"
    assert report["uri"].startswith("minio://")
    assert task.command[1] == report["uri"].replace("minio://", "/minio/")
    assert given["outputs"]["outputFile"].startswith("/tmp/")


def test_a_secret_gives_the_variables_that_it_holds(task_of):
    def configure(task):
        names = {"ENDPOINT": "AWS_ENDPOINT_URL_S3", "TOKEN": "AWS_SESSION_TOKEN"}
        kubernetes.use_secret_as_env(task, "store", names, optional=True)
        kubernetes.use_field_path_as_env(task, "NODE_NAME", "spec.nodeName")
        task.set_env_variable("LEVEL", "3")

    variables = task_of("true", configure=configure).environment({"ENDPOINT": "http://x", "NO": ""})
    assert variables == {
        "AWS_ENDPOINT_URL_S3": "http://x",
        "NODE_NAME": platform.node(),
        "LEVEL": "3",
    }


def test_only_mounts_and_artifacts_are_written_to(task_of):
    def configure(task):
        shared = {"medium": "Memory", "size_limit": "1Gi"}
        kubernetes.empty_dir_mount(task, "shared-memory", "/dev/shm", **shared)

    task = task_of("echo", "report", configure=configure)
    folder = task.command[1].rpartition("/")[0]
    assert task.options == [
        f"--tmpfs={folder}:rw,exec,mode=1777",
        "--tmpfs=/tmp:rw,exec,mode=1777",
        "--shm-size=1GiB",
    ]


def test_a_task_comes_after_those_that_it_depends_on(tmp_path):
    @dsl.container_component
    def step(text: str) -> dsl.ContainerSpec:
        return dsl.ContainerSpec(image="nobody/nothing:1", command=["echo", text])

    @dsl.pipeline(name="chain")
    def chain(text: str = "x"):
        tasks = [step(text=text).set_display_name(name) for name in ("last", "first", "middle")]
        for task in tasks:
            kubernetes.empty_dir_mount(task, "tmp", "/tmp")
        tasks[0].after(tasks[2])
        tasks[2].after(tasks[1])

    tasks = read_tasks(*compiled_by_kfp(chain, tmp_path), run="1", parameters={})
    assert [str(task) for task in tasks] == ["first", "middle", "last"]
    assert [task.retries for task in tasks] == [0, 0, 0]
