"""The compiled pipeline: what it requests from Kubeflow."""

import dataclasses
import re
from typing import NamedTuple

import pytest
import yaml
from google.protobuf.json_format import ParseDict
from kfp.components import load_component_from_file
from kfp.kubernetes.kubernetes_executor_config_pb2 import KubernetesExecutorConfig
from kfp.pipeline_spec.pipeline_spec_pb2 import PipelineSpec, PlatformSpec

from components.runtime.container import WORKSPACE
from components.runtime.errors import InputError
from pipelines.dvc.graph import Node, read_graph
from pipelines.kubeflow.pipeline import component_of
from pipelines.kubeflow.placement import LANGUAGE_MODEL_VARIABLES, TRACKERS_VARIABLES, VARIABLES
from tests.compiling import compile_in
from tests.conftest import ROOT

RUN = "{{$.pipeline_job_uuid}}"
FIRST = "check-study"
ANSWER = {"task_gpus": "STRING", "task_node_selector": "STRUCT", "task_tolerations": "LIST"}
SHOWN = {"statistics": ["metrics"], "figures": ["summary", "report"]}
ANALYSIS = {"audit", "overlap", "term_tagging", "statistics", "evidence", "figures"}
OUTPUTS = r"\.outputs\.(artifacts\['\w+'\]\.path|parameters\['\w+'\]\.output_file)"
OF_LAUNCHER = rf"\{{\{{\$(\.inputs\.parameters\['[\w-]+'\]|{OUTPUTS})?\}}\}}"


class Task(NamedTuple):
    """A compiled task.

    Attributes:
        node: The stage that it runs; None of the first task.
        entry: The task itself.
        component: Its component.
        container: What it runs.
        settings: Its settings for Kubernetes.
        inputs: Constants, parameters of the pipeline and outputs of the first task.
    """

    node: Node | None
    entry: dict
    component: dict
    container: dict
    settings: dict
    inputs: dict

    @property
    def mounts(self):
        return {each["mountPath"]: each for each in self.settings["emptyDirMounts"]}

    @property
    def flags(self):
        _, *words = self.container["args"]
        return dict(zip(words[::2], words[1::2], strict=True))


def origin(value):
    if "taskOutputParameter" in value:
        assert value["taskOutputParameter"]["producerTask"] == FIRST
        return value["taskOutputParameter"]["outputParameterKey"]
    return value.get("componentInputParameter") or value["runtimeValue"]["constant"]


def tasks_of(specification, platform, nodes=()):
    """The tasks by their names."""
    nodes = {node.task: node for node in nodes}
    containers = specification["deploymentSpec"]["executors"]
    settings = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    found = {}
    for name, entry in specification["root"]["dag"]["tasks"].items():
        component = specification["components"][entry["componentRef"]["name"]]
        label = component["executorLabel"]
        inputs = {key: origin(value) for key, value in entry["inputs"]["parameters"].items()}
        container = containers[label]["container"]
        found[name] = Task(nodes.get(name), entry, component, container, settings[label], inputs)
    return found


def graph(file):
    return read_graph(ROOT, params=(ROOT / file).read_text(), data=(ROOT / "data.dvc").read_text())


@pytest.fixture(scope="module")
def every(specifications):
    """All tasks by name."""
    return tasks_of(*specifications, graph("params.yaml"))


@pytest.fixture(scope="module")
def first(every):
    return every[FIRST]


@pytest.fixture(scope="module")
def tasks(every):
    """The tasks of stages."""
    return [task for name, task in every.items() if name != FIRST]


def placeholder(name):
    return f"{{{{$.inputs.parameters['pipelinechannel--{name}']}}}}"


def in_bytes(size):
    return int(size.removesuffix("Gi")) << 30


def test_its_edges_are_the_graphs_and_the_checks_to_what_needs_nothing_else_or_its_answer(
    first, tasks
):
    names = {task.node.stage: task.node.task for task in tasks}
    assert len(names) == len(graph("params.yaml"))
    assert "dependentTasks" not in first.entry
    assert first.entry["taskInfo"]["name"] == "check the study"
    for node, entry, *_ in tasks:
        after = {names[each] for each in node.after}
        check = {FIRST} if node.gpu or not after else set()
        assert set(entry["dependentTasks"]) == after | check
        assert entry["taskInfo"]["name"] == node.title


def test_only_the_first_task_gets_the_study(first, tasks):
    assert first.inputs["run"] == RUN
    assert {first.inputs[key] for key in ("store", "params", "data")} == {"store", "params", "data"}
    assert first.inputs["stages"].split() == sorted(task.node.stage for task in tasks)
    for task in tasks:
        own = {"run": RUN, "store": "store", "about": task.node.about, "stage": task.node.stage}
        assert task.inputs | own == task.inputs
        others = task.inputs.keys() - own
        assert all(name.startswith("pipelinechannel--") for name in others)
        assert not others & {"pipelinechannel--params", "pipelinechannel--data"}


def test_the_graph_is_flat_and_tasks_read_the_first_tasks_answer_only(tasks):
    for task in tasks:
        assert "dag" not in task.component
        assert "artifacts" not in task.entry["inputs"]
        read = f"{task.entry['inputs']} {task.settings}".count("taskOutputParameter")
        assert read == (3 if task.node.gpu else 0)


def test_containers_run_the_pods_program_and_only_results_are_to_be_opened(every, first, tasks):
    for task in every.values():
        assert task.container["command"] == ["python", "-m", "pipelines.pod"]
        words = " ".join(task.container["args"])
        found = re.findall(r"\{\{.*?\}\}", words)  # the launcher fills these only
        assert [each for each in found if not re.fullmatch(OF_LAUNCHER, each)] == []

    def values(*names):
        return {
            f"--{name.replace('_', '-')}": f"{{{{$.inputs.parameters['{name}']}}}}"
            for name in names
        }

    inputs = ("run", "store", "params", "data", "stages")
    inputs += ("gpus", "scoring_gpus", "node_selector", "tolerations")
    answer = {
        f"--{name.replace('_', '-')}": f"{{{{$.outputs.parameters['{name}'].output_file}}}}"
        for name in ANSWER
    }
    assert first.container["args"][0] == "study"
    assert first.flags == values(*inputs) | answer
    stage = values("run", "stage", "store") | {"--workspace": WORKSPACE}
    for task in tasks:
        names = SHOWN.get(task.node.stage, [])
        files = {f"--{name}": f"{{{{$.outputs.artifacts['{name}'].path}}}}" for name in names}
        executor = {"--executor-input": "{{$}}"} if names else {}
        assert task.container["args"][0] == "stage"
        assert task.flags == stage | files | executor
        outputs = task.component.get("outputDefinitions", {}).get("artifacts", {})
        assert outputs.keys() == set(names)


def test_placeholders_of_the_driver_are_whole_values_of_inputs(compiled, every):
    assert {task.inputs["run"] for task in every.values()} == {RUN}
    found = re.findall(r"\{\{\$.*?\}\}", compiled.read_text().replace("''", "'"))
    assert sum(not re.fullmatch(OF_LAUNCHER, each) for each in found) == len(every)


def test_training_and_scoring_ask_for_gpus_and_the_others_for_disk(tasks):
    for task in tasks:
        accelerator = task.container["resources"]["accelerator"]
        asks = task.node.stage.startswith(("training", "pretraining", "brainbench"))
        if asks:
            assert accelerator["resourceType"] == placeholder("gpu")
            assert task.inputs["pipelinechannel--gpu"] == "gpu"
            shared = task.mounts["/dev/shm"]
            assert shared["medium"] == "Memory"
            assert in_bytes(task.node.resources.memory) >= 4 * in_bytes(shared["sizeLimit"])
        else:
            assert accelerator["resourceType"] == "ephemeral-storage"
            assert int(accelerator["resourceCount"]) == in_bytes(task.node.resources.storage)
            assert not {"tolerations", "nodeSelector"} & task.settings.keys()
            assert "/dev/shm" not in task.mounts


def test_a_task_takes_its_own_number_of_gpus_from_the_first_tasks_answer(first, tasks):
    declared = first.component["outputDefinitions"]["parameters"]
    assert {key: each["parameterType"] for key, each in declared.items()} == ANSWER
    name = f"{FIRST}-task_gpus"
    for task in (each for each in tasks if each.node.gpu):
        asked = task.entry["inputs"]["parameters"][f"pipelinechannel--{name}"]
        own = f'parseJson(string_value)["{task.node.stage}"]'
        assert asked["parameterExpressionSelector"] == own
        assert task.container["resources"]["accelerator"]["resourceCount"] == placeholder(name)
        (toleration,) = task.settings["tolerations"]
        assert origin(task.settings["nodeSelector"]["nodeSelectorJson"]) == "task_node_selector"
        assert origin(toleration["tolerationJson"]) == "task_tolerations"


def test_images_are_parameters_by_the_packages_that_stages_need(specification, every):
    for task in every.values():
        needs_analysis = task.node and task.node.component in ANALYSIS
        name = "analysis_image" if needs_analysis else "models_image"
        assert task.container["image"] == placeholder(name)
        assert task.inputs[f"pipelinechannel--{name}"] == name
    parameters = specification["root"]["inputDefinitions"]["parameters"]
    for name in ("gpu", "gpus", "scoring_gpus", "models_image", "analysis_image"):
        assert parameters[name]["parameterType"] == "STRING"  # the host reads only text


def test_every_task_has_the_resources_of_params_yaml_and_time_for_all_attempts(tasks):
    for task in tasks:
        wanted, asked = task.node.resources, task.container["resources"]
        assert asked["resourceCpuRequest"] == str(wanted.cpu)
        assert "resourceCpuLimit" not in asked
        assert asked["resourceMemoryRequest"] == asked["resourceMemoryLimit"] == wanted.memory
        assert task.mounts[WORKSPACE]["sizeLimit"] == wanted.storage
        limit = int(task.settings["activeDeadlineSeconds"])
        assert limit == wanted.hours * 3600
        policy = task.entry["retryPolicy"]
        retries, pause = policy["maxRetryCount"], int(policy["backoffDuration"].removesuffix("s"))
        assert (retries, pause, policy["backoffFactor"]) == (10, 30, 1)
        together = int(policy["backoffMaxDuration"].removesuffix("s"))
        assert together > (retries + 1) * limit + retries * pause


def test_a_run_has_time_for_its_longest_way_and_is_cleaned_up(specifications):
    settings = specifications[1]["platforms"]["kubernetes"]["pipelineConfig"]
    hours = {}
    for node in graph("params.paper.yaml"):
        before = [hours[each] for each in node.after]
        hours[node.stage] = node.resources.hours + max(before, default=0)
    assert settings["activeDeadlineSeconds"] > 11 * max(hours.values()) * 3600
    assert 0 < settings["resourceTtlOnSuccess"] < settings["resourceTtlOnFailure"]


def test_every_pod_is_uncached_and_knows_its_node_and_its_component(every):
    for name, (node, entry, _, _, settings, _) in every.items():
        assert entry["cachingOptions"] == {}
        assert settings["securityContext"] == {"runAsNonRoot": True}
        assert settings["imagePullPolicy"] == "Always"
        fields = {each["name"]: each["fieldPath"] for each in settings["fieldPathAsEnv"]}
        assert fields == {"NODE_NAME": "spec.nodeName", "POD_NAMESPACE": "metadata.namespace"}
        labels = {"matching-experts/stage": node.component if node else name}
        assert settings["podMetadata"]["labels"] == labels


def test_secrets_are_named_and_no_value_is_in_the_file(compiled, every):
    more = {
        "term_tagging": {"matching-experts-language-model": LANGUAGE_MODEL_VARIABLES},
        "training": {"matching-experts-trackers": TRACKERS_VARIABLES},
    }
    for task in every.values():
        assert "env" not in task.container
        expected = {"matching-experts-store": VARIABLES}
        expected |= more.get(task.node and task.node.component, {})
        secrets = task.settings["secretAsEnv"]
        assert [each["secretName"] for each in secrets] == list(expected)
        for secret in secrets:
            assert secret["optional"] is True  # a workload's identity does as well
            taken = {each["secretKey"]: each["envVar"] for each in secret["keyToEnv"]}
            assert taken == {name: name for name in expected[secret["secretName"]]}
    found = re.findall(
        r"^.*(?:AWS|OPENAI|WANDB|MLFLOW)_\w*(?:KEY|TOKEN).*$", compiled.read_text(), re.M
    )
    assert {line.split(":")[0].strip(" -") for line in found} == {"envVar", "secretKey"}


@pytest.mark.slow
def test_tasks_with_the_same_container_and_settings_share_a_component(
    specification, one_more, every
):
    names = {key: task.entry["componentRef"]["name"] for key, task in every.items()}
    assert set(names.values()) == set(specification["components"])
    assert "_" not in "".join(names.values())
    assert {name for key, name in names.items() if "train-" in key} == {"comp-training"}
    new = one_more["root"]["dag"]["tasks"].keys() - every.keys()
    assert new == {"train-gpt2-neuro-seed-02", "score-gpt2-neuro-seed-02"}
    assert one_more["components"] == specification["components"]


@pytest.mark.slow
def test_tasks_that_ask_for_other_resources_have_a_component_of_their_own(tmp_path):
    params, file = tmp_path / "params.yaml", tmp_path / "study.yaml"
    row = "pretraining: {cpu: 1, memory: 4Gi"
    text = (ROOT / "params.yaml").read_text()
    assert row in text
    params.write_text(text.replace(row, row.replace("4Gi", "48Gi")))
    compile_in(ROOT, output=file, params=params)
    load_component_from_file(str(file))
    found = tasks_of(*yaml.load_all(file.read_text(), yaml.CSafeLoader))
    for key, memory in (("pretrain-gpt2", "48Gi"), ("train-gpt2-neuro", "4Gi")):
        assert found[key].container["resources"]["resourceMemoryLimit"] == memory


def test_the_file_is_what_kfp_and_the_hosts_protocols_know(compiled, specifications):
    loaded = load_component_from_file(str(compiled))
    for name, file in {"params": "params.yaml", "data": "data.dvc"}.items():
        assert loaded.component_spec.inputs[name].default == (ROOT / file).read_text()
    specification, platform = specifications
    ParseDict(specification, PipelineSpec())
    ParseDict(platform, PlatformSpec())
    executors = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    for settings in executors.values():
        ParseDict(settings, KubernetesExecutorConfig())


def test_a_stage_without_a_component_is_named(tasks):
    node = dataclasses.replace(tasks[0].node, component="nothing")
    with pytest.raises(InputError, match="components/nothing/component.py: found no nothing"):
        component_of(node)
