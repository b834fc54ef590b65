"""The compiled pipeline: what it requests from Kubeflow."""

import dataclasses
import re

import pytest
import yaml
from google.protobuf.json_format import ParseDict
from kfp.components import load_component_from_file
from kfp.kubernetes.kubernetes_executor_config_pb2 import KubernetesExecutorConfig
from kfp.pipeline_spec.pipeline_spec_pb2 import PipelineSpec, PlatformSpec

from components.runtime.container import WORKSPACE
from components.runtime.errors import InputError
from pipelines.dvc.graph import read_graph
from pipelines.kubeflow.pipeline import component_of
from pipelines.kubeflow.placement import LANGUAGE_MODEL_VARIABLES, TRACKERS_VARIABLES, VARIABLES
from tests.compiling import compile_in
from tests.conftest import ROOT

FILES = {"params": "params.yaml", "data": "data.dvc"}
RUN = "{{$.pipeline_job_uuid}}"
FIRST = "check-study"
OUTPUTS = r"\.outputs\.(artifacts\['\w+'\]\.path|parameters\['\w+'\]\.output_file)"
OF_LAUNCHER = rf"\{{\{{\$(\.inputs\.parameters\['[\w-]+'\]|{OUTPUTS})?\}}\}}"


@pytest.fixture(scope="module")
def nodes():
    texts = {name: (ROOT / file).read_text() for name, file in FILES.items()}
    return {node.stage: node for node in read_graph(ROOT, **texts)}


@pytest.fixture(scope="module")
def platform(specifications):
    """The settings for Kubernetes."""
    return specifications[1]["platforms"]["kubernetes"]


@pytest.fixture(scope="module")
def all_tasks(specification):
    return specification["root"]["dag"]["tasks"]


@pytest.fixture(scope="module")
def tasks(all_tasks):
    """The tasks of stages, by stage."""
    return {inputs_of(task)["stage"]: task for key, task in all_tasks.items() if key != FIRST}


@pytest.fixture(scope="module")
def container_of(specification):
    def container(task):
        label = specification["components"][task["componentRef"]["name"]]["executorLabel"]
        return specification["deploymentSpec"]["executors"][label]["container"]

    return container


@pytest.fixture(scope="module")
def settings_of(specification, platform):
    """A task's settings for Kubernetes."""

    def settings(task):
        label = specification["components"][task["componentRef"]["name"]]["executorLabel"]
        return platform["deploymentSpec"]["executors"][label]

    return settings


def inputs_of(task):
    """A task's inputs: constants, parameters of the pipeline and outputs of the first task."""

    def origin(value):
        if "taskOutputParameter" in value:
            assert value["taskOutputParameter"]["producerTask"] == FIRST
            return value["taskOutputParameter"]["outputParameterKey"]
        return value.get("componentInputParameter") or value["runtimeValue"]["constant"]

    return {name: origin(value) for name, value in task["inputs"]["parameters"].items()}


def placeholder(name):
    return f"{{{{$.inputs.parameters['pipelinechannel--{name}']}}}}"


def mounts(settings):
    return {each["mountPath"]: each for each in settings["emptyDirMounts"]}


def in_bytes(size):
    return int(size.removesuffix("Gi")) << 30


def seconds(duration):
    return int(duration.removesuffix("s"))


def test_its_edges_are_the_graphs_and_the_checks_to_what_needs_nothing_else_or_its_answer(
    all_tasks, tasks, nodes
):
    assert set(tasks) == set(nodes)
    assert "dependentTasks" not in all_tasks[FIRST]
    keys = {stage: node.task for stage, node in nodes.items()}
    for stage, task in tasks.items():
        after = {keys[each] for each in nodes[stage].after}
        check = {FIRST} if nodes[stage].gpu or not after else set()
        assert set(task["dependentTasks"]) == after | check


def test_tasks_are_named_by_their_titles(all_tasks, tasks, nodes):
    for stage, task in tasks.items():
        assert task["taskInfo"]["name"] == nodes[stage].title
        assert all_tasks[nodes[stage].task] == task
    assert tasks["training@gpt2-neuro"]["taskInfo"]["name"] == "train gpt2-neuro"
    assert all_tasks[FIRST]["taskInfo"]["name"] == "check the study"


def test_only_the_first_task_gets_the_study(all_tasks, tasks, nodes):
    first = inputs_of(all_tasks[FIRST])
    assert first["run"] == RUN
    assert {first[key] for key in ("store", "params", "data")} == {"store", "params", "data"}
    assert first["stages"].split() == sorted(nodes)
    for stage, task in tasks.items():
        given = inputs_of(task)
        assert (given["run"], given["store"], given["about"]) == (RUN, "store", nodes[stage].about)
        others = given.keys() - {"run", "store", "about", "stage"}
        assert all(name.startswith("pipelinechannel--") for name in others)
        assert not others & {"pipelinechannel--params", "pipelinechannel--data"}


def test_the_graph_is_flat_and_tasks_read_the_first_tasks_answer_only(
    specification, settings_of, tasks, nodes
):
    assert not any("dag" in each for each in specification["components"].values())
    for stage, task in tasks.items():
        read = f"{task['inputs']} {settings_of(task)}".count("taskOutputParameter")
        assert read == (3 if nodes[stage].gpu else 0)


SHOWN = {"statistics": ("metrics",), "figures": ("summary", "report")}


def test_tasks_hand_each_other_nothing_and_only_results_are_to_be_opened(specification, tasks):
    components = specification["components"]
    for stage, task in tasks.items():
        assert "artifacts" not in task["inputs"]
        outputs = components[task["componentRef"]["name"]].get("outputDefinitions", {})
        assert set(outputs.get("artifacts", {})) == set(SHOWN.get(stage, ()))


def test_containers_run_the_pods_program(container_of, all_tasks, tasks):
    for task in all_tasks.values():
        assert container_of(task)["command"] == ["python", "-m", "pipelines.pod"]

    def given(task):
        first, *words = container_of(task)["args"]
        return first, dict(zip(words[::2], words[1::2], strict=True))

    def values(*names):
        return {f"--{name}": f"{{{{$.inputs.parameters['{name}']}}}}" for name in names}

    inputs = ("run", "store", "params", "data", "stages")
    inputs += ("gpus", "scoring_gpus", "node_selector", "tolerations")
    files = {
        f"--{name}": f"{{{{$.outputs.parameters['{name}'].output_file}}}}"
        for name in ("task_gpus", "task_node_selector", "task_tolerations")
    }
    first = {flag.replace("_", "-"): value for flag, value in (values(*inputs) | files).items()}
    assert given(all_tasks[FIRST]) == ("study", first)
    stage = values("run", "stage", "store") | {"--workspace": WORKSPACE}
    for name, task in tasks.items():
        shown = {
            f"--{each}": f"{{{{$.outputs.artifacts['{each}'].path}}}}"
            for each in SHOWN.get(name, ())
        }
        executor = {"--executor-input": "{{$}}"} if shown else {}
        assert given(task) == ("stage", stage | shown | executor)


def test_only_placeholders_that_the_launcher_fills_are_in_commands(container_of, all_tasks):
    for task in all_tasks.values():
        container = container_of(task)
        found = re.findall(r"\{\{.*?\}\}", " ".join([*container["command"], *container["args"]]))
        assert found
        assert [each for each in found if not re.fullmatch(OF_LAUNCHER, each)] == []


def test_placeholders_of_the_driver_are_whole_values_of_inputs(compiled, all_tasks):
    runs = [inputs_of(task)["run"] for task in all_tasks.values()]
    assert runs == [RUN] * len(all_tasks)
    found = re.findall(r"\{\{\$.*?\}\}", compiled.read_text().replace("''", "'"))
    assert sum(not re.fullmatch(OF_LAUNCHER, each) for each in found) == len(runs)


def test_training_and_scoring_ask_for_gpus_and_the_others_for_disk(
    container_of, settings_of, tasks, nodes
):
    for stage, task in tasks.items():
        accelerator, settings = container_of(task)["resources"]["accelerator"], settings_of(task)
        asks = stage.startswith(("training", "pretraining", "brainbench"))
        if asks:
            assert accelerator["resourceType"] == placeholder("gpu")
            assert inputs_of(task)["pipelinechannel--gpu"] == "gpu"
        else:
            assert accelerator["resourceType"] == "ephemeral-storage"
            assert int(accelerator["resourceCount"]) == in_bytes(nodes[stage].resources.storage)
        assert ("tolerations" in settings) == asks
        assert ("nodeSelector" in settings) == asks
        assert ("/dev/shm" in mounts(settings)) == asks


def test_a_task_takes_its_own_number_of_gpus_from_the_first_tasks_answer(
    specification, container_of, settings_of, all_tasks, tasks, nodes
):
    name = f"{FIRST}-task_gpus"
    outputs = {
        "task_gpus": "STRING",
        "task_node_selector": "STRUCT",
        "task_tolerations": "LIST",
    }
    first = specification["components"][all_tasks[FIRST]["componentRef"]["name"]]
    declared = first["outputDefinitions"]["parameters"]
    assert {key: each["parameterType"] for key, each in declared.items()} == outputs
    for stage in (each for each in tasks if nodes[each].gpu):
        asked = tasks[stage]["inputs"]["parameters"][f"pipelinechannel--{name}"]
        assert asked["parameterExpressionSelector"] == f'parseJson(string_value)["{stage}"]'
        resources = container_of(tasks[stage])["resources"]
        assert resources["accelerator"]["resourceCount"] == placeholder(name)
        settings = settings_of(tasks[stage])
        for key, origin in (
            ("task_node_selector", settings["nodeSelector"]["nodeSelectorJson"]),
            ("task_tolerations", settings["tolerations"][0]["tolerationJson"]),
        ):
            answer = {"producerTask": FIRST, "outputParameterKey": key}
            assert origin == {"taskOutputParameter": answer}


def test_images_are_parameters_by_the_packages_that_stages_need(container_of, all_tasks, nodes):
    analysis = {"audit", "overlap", "term_tagging", "statistics", "evidence", "figures"}
    keys = {node.task: node.component for node in nodes.values()}
    for key, task in all_tasks.items():
        name = "analysis_image" if keys.get(key) in analysis else "models_image"
        assert container_of(task)["image"] == placeholder(name)
        assert inputs_of(task)[f"pipelinechannel--{name}"] == name


def test_numbers_of_gpus_are_text_for_the_host_reads_only_text(specification):
    parameters = specification["root"]["inputDefinitions"]["parameters"]
    for name in ("gpu", "gpus", "scoring_gpus", "models_image", "analysis_image"):
        assert parameters[name]["parameterType"] == "STRING"


def test_every_task_has_the_resources_of_params_yaml_and_a_time_limit(
    container_of, settings_of, tasks, nodes
):
    for stage, task in tasks.items():
        asked, settings = container_of(task)["resources"], settings_of(task)
        wanted = nodes[stage].resources
        assert asked["resourceCpuRequest"] == str(wanted.cpu)
        assert "resourceCpuLimit" not in asked
        assert asked["resourceMemoryRequest"] == wanted.memory
        assert asked["resourceMemoryLimit"] == wanted.memory
        assert int(settings["activeDeadlineSeconds"]) == wanted.hours * 3600
        assert mounts(settings)[WORKSPACE]["sizeLimit"] == wanted.storage


def test_shared_memory_is_memory_and_leaves_most_of_it(settings_of, tasks, nodes):
    found = 0
    for stage, task in tasks.items():
        if shared := mounts(settings_of(task)).get("/dev/shm"):
            found += 1
            assert shared["medium"] == "Memory"
            memory = in_bytes(nodes[stage].resources.memory)
            assert memory >= 4 * in_bytes(shared["sizeLimit"])
    assert found


def test_attempts_have_time_for_all_that_a_stage_may_take(tasks, nodes):
    for stage, task in tasks.items():
        policy = task["retryPolicy"]
        attempts = policy["maxRetryCount"] + 1
        pauses = policy["maxRetryCount"] * seconds(policy["backoffDuration"])
        assert policy["backoffFactor"] == 1
        assert attempts > 10
        assert pauses <= 300
        needed = attempts * nodes[stage].resources.hours * 3600 + pauses
        assert seconds(policy["backoffMaxDuration"]) > needed


def test_a_run_has_time_for_its_longest_way_and_is_cleaned_up(platform, published):
    settings = platform["pipelineConfig"]
    hours = {}
    for node in published:
        before = [hours[each] for each in node.after]
        hours[node.stage] = node.resources.hours + max(before, default=0)
    assert settings["activeDeadlineSeconds"] > 11 * max(hours.values()) * 3600
    assert 0 < settings["resourceTtlOnSuccess"] < settings["resourceTtlOnFailure"]


@pytest.fixture(scope="module")
def published():
    return read_graph(
        ROOT,
        params=(ROOT / "params.paper.yaml").read_text(),
        data=(ROOT / "data.dvc").read_text(),
    )


def test_nothing_is_taken_from_kubeflows_cache(all_tasks):
    for task in all_tasks.values():
        assert task["cachingOptions"] == {}


def test_containers_run_as_any_user_but_root_with_the_newest_image(settings_of, all_tasks):
    for task in all_tasks.values():
        assert settings_of(task)["securityContext"] == {"runAsNonRoot": True}
        assert settings_of(task)["imagePullPolicy"] == "Always"


def test_pods_know_their_node_and_are_labelled_with_their_component(
    settings_of, all_tasks, tasks, nodes
):
    for task in all_tasks.values():
        fields = {each["name"]: each["fieldPath"] for each in settings_of(task)["fieldPathAsEnv"]}
        assert fields == {"NODE_NAME": "spec.nodeName", "POD_NAMESPACE": "metadata.namespace"}
    for stage, task in tasks.items():
        labels = settings_of(task)["podMetadata"]["labels"]
        assert labels == {"matching-experts/stage": nodes[stage].component}


def test_secrets_are_named_and_no_value_is_in_the_file(
    compiled, container_of, settings_of, all_tasks
):
    for task in all_tasks.values():
        assert "env" not in container_of(task)
        expected = {"matching-experts-store": VARIABLES}
        labels = settings_of(task)["podMetadata"]["labels"].values()
        if "term_tagging" in labels:
            expected["matching-experts-language-model"] = LANGUAGE_MODEL_VARIABLES
        if "training" in labels:
            expected["matching-experts-trackers"] = TRACKERS_VARIABLES
        secrets = settings_of(task)["secretAsEnv"]
        assert [each["secretName"] for each in secrets] == list(expected)
        for secret in secrets:
            assert secret["optional"] is True  # a workload's identity does as well
            taken = {each["secretKey"]: each["envVar"] for each in secret["keyToEnv"]}
            assert taken == {name: name for name in expected[secret["secretName"]]}
    found = re.findall(
        r"^.*(?:AWS|OPENAI|WANDB|MLFLOW)_\w*(?:KEY|TOKEN).*$", compiled.read_text(), re.M
    )
    assert {line.split(":")[0].strip(" -") for line in found} == {"envVar", "secretKey"}


def test_tasks_with_the_same_container_and_settings_share_a_component(specification, tasks):
    names = {stage: task["componentRef"]["name"] for stage, task in tasks.items()}
    trainings = {name for stage, name in names.items() if stage.startswith("training@")}
    assert trainings == {"comp-training"}
    assert names["pretraining@gpt2"] == "comp-training"
    assert set(names.values()) | {"comp-check-study"} == set(specification["components"])
    assert "_" not in "".join(specification["components"])


@pytest.mark.slow
def test_tasks_that_ask_for_other_resources_have_a_component_of_their_own(tmp_path):
    params, file = tmp_path / "params.yaml", tmp_path / "study.yaml"
    row = "pretraining: {cpu: 1, memory: 4Gi"
    text = (ROOT / "params.yaml").read_text()
    assert row in text
    params.write_text(text.replace(row, row.replace("4Gi", "48Gi")))
    compile_in(ROOT, output=file, params=params)
    load_component_from_file(str(file))
    specification, platform = yaml.load_all(file.read_text(), yaml.CSafeLoader)
    for key, memory in (("pretrain-gpt2", "48Gi"), ("train-gpt2-neuro", "4Gi")):
        component = specification["root"]["dag"]["tasks"][key]["componentRef"]["name"]
        label = specification["components"][component]["executorLabel"]
        container = specification["deploymentSpec"]["executors"][label]["container"]
        assert container["resources"]["resourceMemoryLimit"] == memory
        assert label in platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]


@pytest.mark.slow
def test_more_variants_are_more_tasks_and_no_more_components(one_more, specification):
    new = one_more["root"]["dag"]["tasks"].keys() - specification["root"]["dag"]["tasks"].keys()
    assert new == {"train-gpt2-neuro-seed-02", "score-gpt2-neuro-seed-02"}
    assert one_more["components"] == specification["components"]


def test_kfp_loads_the_file_with_its_texts_of_many_lines(compiled):
    loaded = load_component_from_file(str(compiled))
    for name, file in FILES.items():
        assert loaded.component_spec.inputs[name].default == (ROOT / file).read_text()


def test_the_file_is_what_the_hosts_protocols_know(specification, platform):
    ParseDict(specification, PipelineSpec())
    ParseDict({"platforms": {"kubernetes": platform}}, PlatformSpec())
    for settings in platform["deploymentSpec"]["executors"].values():
        ParseDict(settings, KubernetesExecutorConfig())


def test_a_stage_without_a_component_is_named(nodes):
    node = dataclasses.replace(nodes["overlap"], component="nothing")
    with pytest.raises(InputError, match="components/nothing/component.py: found no nothing"):
        component_of(node)
