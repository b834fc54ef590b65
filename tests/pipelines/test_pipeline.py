"""The compiled pipeline: what Kubeflow is asked for."""

import dataclasses
import re
from pathlib import Path

import pytest
import yaml
from google.protobuf.json_format import ParseDict
from kfp.components import load_component_from_file
from kfp.kubernetes.kubernetes_executor_config_pb2 import KubernetesExecutorConfig
from kfp.pipeline_spec.pipeline_spec_pb2 import PipelineSpec, PlatformSpec

from components.errors import InputError
from pipelines.kubeflow.compilation import COMPILED, compile_study
from pipelines.graph import read_graph
from pipelines.kubeflow.pipeline import component_of
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def nodes():
    texts = {name: (ROOT / file).read_text() for name, file in FILES.items()}
    return {node.stage: node for node in read_graph(ROOT, **texts)}


PLACEHOLDER = "{{{{$.inputs.parameters['{}']}}}}"
FILES = {"params": "params.yaml", "data": "data.dvc"}


@pytest.fixture(scope="module")
def compiled():
    """The pipeline and what it says for Kubernetes."""
    specification, platform = yaml.safe_load_all((ROOT / COMPILED).read_text())
    return specification, platform["platforms"]["kubernetes"]


@pytest.fixture(scope="module")
def tasks(compiled):
    """The tasks by stage."""
    tasks = compiled[0]["root"]["dag"]["tasks"]
    return {
        task["inputs"]["parameters"]["stage"]["runtimeValue"]["constant"]: task
        for task in tasks.values()
    }


def container_of(compiled, task):
    specification, _ = compiled
    label = specification["components"][task["componentRef"]["name"]]["executorLabel"]
    return specification["deploymentSpec"]["executors"][label]["container"]


def platform_of(compiled, task):
    """A task's settings for Kubernetes."""
    specification, platform = compiled
    label = specification["components"][task["componentRef"]["name"]]["executorLabel"]
    return platform["deploymentSpec"]["executors"][label]


def mounts(platform):
    return {each["mountPath"]: each for each in platform["emptyDirMounts"]}


def in_bytes(size):
    return int(size.removesuffix("Gi")) << 30


def seconds(duration):
    return int(duration.removesuffix("s"))


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


def test_tasks_read_as_the_paper_does(compiled, tasks):
    assert tasks["training@gpt2-neuro"]["taskInfo"]["name"] == "train gpt2-neuro"
    assert tasks["brainbench@gpt2-scratch"]["taskInfo"]["name"] == "score gpt2-scratch"


def test_their_names_are_their_titles_also_on_kubernetes(compiled, tasks, nodes):
    by_name = compiled[0]["root"]["dag"]["tasks"]
    for stage, task in tasks.items():
        assert by_name[nodes[stage].task] == task
        assert platform_of(compiled, task)["podMetadata"]["labels"] == {
            "matching-experts/task": nodes[stage].task
        }


def test_training_and_scoring_ask_for_gpus_and_the_others_for_disk(compiled, tasks, nodes):
    for stage, task in tasks.items():
        accelerator = container_of(compiled, task)["resources"]["accelerator"]
        platform = platform_of(compiled, task)
        asks = stage.startswith(("training", "pretraining", "brainbench"))
        if asks:
            names = {"resourceType": "gpu", "resourceCount": "gpus"}
            for field, name in names.items():
                assert accelerator[field] == PLACEHOLDER.format(f"pipelinechannel--{name}")
                given = task["inputs"]["parameters"][f"pipelinechannel--{name}"]
                assert given == {"componentInputParameter": name}
        else:
            assert accelerator["resourceType"] == "ephemeral-storage"
            assert int(accelerator["resourceCount"]) == in_bytes(nodes[stage].meta["storage"])
        assert ("tolerations" in platform) == asks
        assert ("nodeSelector" in platform) == asks
        assert ("/dev/shm" in mounts(platform)) == asks


def test_numbers_of_gpus_are_text_for_the_host_reads_only_text(compiled):
    parameters = compiled[0]["root"]["inputDefinitions"]["parameters"]
    for name in ("gpu", "gpus", "models_image", "analysis_image"):
        assert parameters[name]["parameterType"] == "STRING"


def test_every_task_has_requests_a_disk_and_a_timeout(compiled, tasks, nodes):
    for stage, task in tasks.items():
        container, platform = container_of(compiled, task), platform_of(compiled, task)
        meta = nodes[stage].meta
        assert container["resources"]["resourceCpuRequest"] == str(meta["cpu"])
        assert container["resources"]["resourceMemoryRequest"] == meta["memory"]
        assert container["resources"]["resourceMemoryLimit"] == meta["memory"]
        assert int(platform["activeDeadlineSeconds"]) == meta["hours"] * 3600
        assert mounts(platform)["/workspace"]["sizeLimit"] == meta["storage"]
        assert "--workspace" in container["args"]


def test_shared_memory_is_memory_and_leaves_most_of_it(compiled, tasks, nodes):
    for stage, task in tasks.items():
        shared = mounts(platform_of(compiled, task)).get("/dev/shm")
        if shared:
            assert shared["medium"] == "Memory"
            assert in_bytes(nodes[stage].meta["memory"]) >= 4 * in_bytes(shared["sizeLimit"])


def test_attempts_have_time_for_all_that_a_stage_may_take(tasks, nodes):
    for stage, task in tasks.items():
        policy = task["retryPolicy"]
        attempts = policy["maxRetryCount"] + 1
        pauses = sum(
            seconds(policy["backoffDuration"]) * policy["backoffFactor"] ** n
            for n in range(policy["maxRetryCount"])
        )
        assert attempts > 1
        assert pauses < 300
        needed = attempts * nodes[stage].meta["hours"] * 3600 + pauses
        assert seconds(policy["backoffMaxDuration"]) > needed


def test_a_run_has_time_for_its_longest_way_and_is_cleaned_up(compiled, nodes):
    (settings,) = [compiled[1]["pipelineConfig"]]
    hours = {}
    for stage, node in nodes.items():
        before = [hours[each] for each in node.inputs.values()]
        hours[stage] = node.meta["hours"] + max(before, default=0)
    assert settings["activeDeadlineSeconds"] > 4 * max(hours.values()) * 3600
    assert 0 < settings["resourceTtlOnSuccess"] < settings["resourceTtlOnFailure"]


def test_nothing_is_taken_from_kubeflows_cache(tasks):
    for task in tasks.values():
        assert task["cachingOptions"] == {}


def test_containers_run_as_any_user_but_root_with_the_newest_image(compiled, tasks):
    for task in tasks.values():
        platform = platform_of(compiled, task)
        assert platform["securityContext"] == {"runAsNonRoot": True}
        assert platform["imagePullPolicy"] == "Always"


def test_secrets_are_named_and_no_value_is_in_the_file(compiled, tasks):
    for task in tasks.values():
        assert "env" not in container_of(compiled, task)
        (secret,) = platform_of(compiled, task)["secretAsEnv"]
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
    found = re.findall(r"\{\{.*?\}\}", text)
    assert [each for each in found if not known.fullmatch(each)] == []
    assert "Concat" not in text
    assert "IfPresent" not in text


def test_kfp_loads_the_file_with_its_texts_of_many_lines():
    loaded = load_component_from_file(str(ROOT / COMPILED))
    for name, file in FILES.items():
        assert loaded.component_spec.inputs[name].default == (ROOT / file).read_text()


def test_the_file_is_what_the_hosts_protocols_know(compiled):
    specification, platform = compiled
    ParseDict(specification, PipelineSpec())
    ParseDict({"platforms": {"kubernetes": platform}}, PlatformSpec())
    for settings in platform["deploymentSpec"]["executors"].values():
        ParseDict(settings, KubernetesExecutorConfig())


def test_every_container_runs_the_pods_program(compiled, tasks):
    for task in tasks.values():
        assert container_of(compiled, task)["command"] == ["python", "-m", "pipelines.pod"]


def test_a_stage_without_a_component_is_named(nodes):
    node = dataclasses.replace(nodes["overlap"], component="nothing")
    with pytest.raises(InputError, match="components/nothing/component.py: found no nothing"):
        component_of(node)


def test_a_component_that_lacks_an_input_is_named(nodes):
    node = dataclasses.replace(nodes["overlap"], inputs={"model": "training@gpt2-neuro"})
    with pytest.raises(
        InputError, match=r"found inputs \[\], expected model too, as dvc.yaml's ov"
    ):
        component_of(node)


def test_weights_that_are_data_are_no_input_of_the_published_study(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    file = tmp_path / "study.yaml"
    compile_study(output=file, params=Path("params.paper.yaml"))
    specification, _ = yaml.safe_load_all(file.read_text())
    load_component_from_file(str(file))
    inputs = specification["components"]["comp-pretrain-gpt2"]["inputDefinitions"]["artifacts"]
    assert list(inputs) == ["tokens"]
    container = specification["deploymentSpec"]["executors"]["exec-pretrain-gpt2"]["container"]
    assert not any("weights" in word for word in container["args"])
    others = specification["components"]["comp-train-gpt2-scratch"]["inputDefinitions"]
    assert set(others["artifacts"]) == {"tokens", "weights"}
