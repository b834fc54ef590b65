"""The compiled pipeline: what Kubeflow is asked for."""

import dataclasses
import re

import pytest
import yaml

from components.errors import InputError
from pipelines.compilation import COMPILED, compile_study
from pipelines.graph import read_graph
from pipelines.pipeline import component_of
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def nodes():
    texts = {name: (ROOT / file).read_text() for name, file in FILES.items()}
    return {node.stage: node for node in read_graph(ROOT, **texts)}


FILES = {"params": "params.yaml", "data": "data.dvc"}


@pytest.fixture(scope="module")
def compiled():
    specification, platform = yaml.safe_load_all((ROOT / COMPILED).read_text())
    return specification, platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]


@pytest.fixture(scope="module")
def tasks(compiled):
    """The tasks by stage."""
    tasks = compiled[0]["root"]["dag"]["tasks"]
    return {
        task["inputs"]["parameters"]["stage"]["runtimeValue"]["constant"]: task
        for task in tasks.values()
    }


def executor(compiled, task):
    """The container of a task, and its settings for Kubernetes."""
    specification, platform = compiled
    label = specification["components"][task["componentRef"]["name"]]["executorLabel"]
    return specification["deploymentSpec"]["executors"][label]["container"], platform[label]


def test_the_compiled_file_is_that_of_params_yaml(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    compile_study(output=tmp_path / "study.yaml")
    assert (tmp_path / "study.yaml").read_text() == (ROOT / COMPILED).read_text(), (
        "run python -m pipelines compile"
    )


def test_its_edges_are_the_graphs(compiled, tasks, nodes):
    names = {name: task for task, name in ((t["taskInfo"]["name"], s) for s, t in tasks.items())}
    assert set(names) == set(nodes)
    by_key = {
        key: task["inputs"]["parameters"]["stage"]["runtimeValue"]["constant"]
        for key, task in compiled[0]["root"]["dag"]["tasks"].items()
    }
    for stage, task in tasks.items():
        before = {by_key[key] for key in task.get("dependentTasks", ())}
        assert before == set(nodes[stage].inputs.values())


def test_tasks_read_as_the_paper_does(tasks):
    assert tasks["training@gpt2-neuro"]["taskInfo"]["name"] == "train gpt2-neuro"
    assert tasks["brainbench@gpt2-scratch"]["taskInfo"]["name"] == "score gpt2-scratch"


def test_training_and_scoring_ask_for_gpus_and_the_others_do_not(compiled, tasks):
    for stage, task in tasks.items():
        container, platform = executor(compiled, task)
        asks = stage.startswith(("training", "pretraining", "brainbench"))
        assert ("accelerator" in container["resources"]) == asks, stage
        assert ("tolerations" in platform) == asks
        assert ("nodeSelector" in platform) == asks


def test_every_task_has_requests_a_disk_shared_memory_and_a_timeout(compiled, tasks, nodes):
    for stage, task in tasks.items():
        container, platform = executor(compiled, task)
        meta = nodes[stage].meta
        assert container["resources"]["resourceCpuRequest"] == str(meta["cpu"])
        assert container["resources"]["resourceMemoryRequest"] == meta["memory"]
        assert container["resources"]["resourceMemoryLimit"] == meta["memory"]
        assert int(platform["activeDeadlineSeconds"]) == meta["hours"] * 3600
        mounts = {each["mountPath"]: each for each in platform["emptyDirMounts"]}
        assert mounts["/dev/shm"]["medium"] == "Memory"
        assert mounts["/workspace"]["sizeLimit"] == meta["storage"]
        assert "--workspace" in container["args"]


def test_tasks_are_tried_again_with_pauses_and_never_taken_from_kubeflows_cache(tasks):
    for task in tasks.values():
        assert task["retryPolicy"]["maxRetryCount"] > 0
        assert task["retryPolicy"]["backoffFactor"] > 1
        assert task["cachingOptions"] == {}


def test_secrets_are_named_and_no_value_is_in_the_file(compiled, tasks):
    for task in tasks.values():
        container, platform = executor(compiled, task)
        assert "env" not in container
        (secret,) = platform["secretAsEnv"]
        assert secret["secretName"] == "matching-experts-store"
        assert secret["optional"] is True  # a workload's identity does as well
    found = set(re.findall(r"^.*AWS_\w*(?:KEY|TOKEN).*$", (ROOT / COMPILED).read_text(), re.M))
    assert {line.split(":")[0].strip(" -") for line in found} == {"envVar", "secretKey"}


def test_only_placeholders_that_clusters_know_are_used(compiled):
    known = re.compile(
        r"\{\{\$(\.(inputs\.parameters\['[\w-]+'\]|(inputs|outputs)\.artifacts\['\w+'\]\.path"
        r"|pipeline_job_uuid))?\}\}"
    )
    text = (ROOT / COMPILED).read_text().replace("''", "'")
    assert set(re.findall(r"\{\{.*?\}\}", text)) == {each[0] for each in _all(known, text)}
    assert "Concat" not in text
    assert "IfPresent" not in text


def _all(pattern, text):
    return [(match.group(0),) for match in pattern.finditer(text)]


def test_every_container_runs_the_pods_program(compiled, tasks):
    for task in tasks.values():
        container, _ = executor(compiled, task)
        assert container["command"] == ["python", "-m", "pipelines.pod"]


def test_a_stage_without_a_component_is_named(nodes):
    node = dataclasses.replace(nodes["overlap"], component="nothing")
    with pytest.raises(InputError, match="components/nothing/component.py: found no nothing"):
        component_of(node)


def test_a_component_with_other_inputs_is_named(nodes):
    node = dataclasses.replace(nodes["overlap"], inputs={"model": "training@gpt2-neuro"})
    with pytest.raises(InputError, match=r"found inputs \[\], expected \['model'\]"):
        component_of(node)
