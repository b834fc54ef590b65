"""Every overlay builds, and what it builds is valid and whole."""

import ast
import functools
import re
from collections import Counter

import pytest
import yaml

from pipelines.kubeflow.placement import RETRIES, SECRET, VARIABLES
from pipelines.pod.job import RUNTIME
from pipelines.pod.node import TEMPORARY
from pipelines.pod.train_job import NODE
from tests.conftest import ROOT
from tests.manifests.conftest import ALL, CLUSTER, MANIFESTS, TRACKED, named, of_kind, pods

VERSIONS = ("1.34", "1.35", "1.36", "1.37")
ADMISSION = {"MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"}
SINCE = dict.fromkeys(ADMISSION, "1.36")
CUSTOM = {
    "TrainingRuntime": "trainer.kubeflow.org/v1alpha1",
    "ResourceFlavor": "kueue.x-k8s.io/v1beta2",
    "ClusterQueue": "kueue.x-k8s.io/v1beta2",
    "LocalQueue": "kueue.x-k8s.io/v1beta2",
}
OF_CLUSTER = {"Namespace", "PriorityClass", "ResourceFlavor", "ClusterQueue", *ADMISSION}


def test_no_object_is_there_twice_and_all_are_in_the_overlays_namespace(overlay, objects):
    expected = "kubeflow" if overlay == "laptop" else "matching-experts"
    keys = [(each["kind"], each["metadata"]["name"]) for each in objects]
    assert max(Counter(keys).values()) == 1
    for each in objects:
        namespace = None if each["kind"] in OF_CLUSTER else expected
        assert each["metadata"].get("namespace") == namespace, each["kind"]
    assert named(objects, "Namespace") == {expected}


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
def test_objects_and_their_pods_are_valid(version, built, monkeypatch):
    utils = pytest.importorskip("kubernetes_validate.utils")
    monkeypatch.setattr(utils, "schema_contents", functools.cache(utils.schema_contents))
    validate = utils.validate
    for overlay in (TRACKED, "s3-identity", ALL):
        objects = built(overlay)
        for each in objects:
            if each["kind"] in CUSTOM:
                assert each["apiVersion"] == CUSTOM[each["kind"]]
            elif SINCE.get(each["kind"], version) <= version:
                assert validate(each, version, strict=True) == version
        for name, spec in pods(objects).items():
            pod = {"metadata": {"name": "pod"}, "spec": spec}
            assert validate({"apiVersion": "v1", "kind": "Pod"} | pod, version, strict=True), name


@pytest.mark.slow
def test_the_training_runtime_is_one_of_kubeflow_trainer(built):
    models = pytest.importorskip("kubeflow_trainer_api.models")
    (runtime,) = of_kind(built(ALL), "TrainingRuntime")
    read = models.TrainerV1alpha1TrainingRuntime.from_dict(runtime)
    assert read.to_dict() == runtime  # an unknown field would be missing


def test_a_job_finds_its_runtime_which_begins_anew_what_is_temporary(built):
    (runtime,) = of_kind(built(ALL), "TrainingRuntime")
    assert runtime["metadata"]["name"] == RUNTIME
    jobset = runtime["spec"]["template"]["spec"]
    (group,) = jobset["replicatedJobs"]
    job = group["template"]["spec"]
    (container,) = job["template"]["spec"]["containers"]
    assert group["name"] == container["name"] == NODE
    (rule,) = job["podFailurePolicy"]["rules"]
    assert rule["onExitCodes"]["containerName"] == NODE
    # An error (1) and wrong flags (2), as components/runtime/command_line.py ends them.
    assert set(rule["onExitCodes"]["values"]) == {1, 2}
    assert not TEMPORARY & {0, 1, 2}
    assert jobset["failurePolicy"]["maxRestarts"] == RETRIES


def test_what_objects_name_is_there(objects):
    for binding in of_kind(objects, "RoleBinding"):
        assert binding["roleRef"]["name"] in named(objects, "Role")
        (subject,) = binding["subjects"]
        assert subject["namespace"] == binding["metadata"]["namespace"]
        assert subject["name"] in named(objects, "ServiceAccount")
    for pod in pods(objects).values():
        assert pod.get("serviceAccountName") in named(objects, "ServiceAccount") | {None}
        assert pod.get("priorityClassName") in named(objects, "PriorityClass") | {None}
        for volume in pod["volumes"]:
            claim = volume.get("persistentVolumeClaim", {}).get("claimName")
            assert claim in named(objects, "PersistentVolumeClaim") | {None}
        variables = [each for container in pod["containers"] for each in container.get("env", ())]
        for each in (variable["valueFrom"] for variable in variables if "valueFrom" in variable):
            assert each["secretKeyRef"]["name"] in named(objects, "Secret") & {SECRET}
    templates = [each["spec"]["template"] for each in of_kind(objects, "Deployment")]
    for service in of_kind(objects, "Service"):
        assert service["spec"]["selector"] in [each["metadata"]["labels"] for each in templates]


def test_the_queue_leads_to_a_flavor_and_takes_pods_of_its_own_namespace(built):
    objects = built(ALL)
    (local,), (queue,) = (of_kind(objects, kind) for kind in ("LocalQueue", "ClusterQueue"))
    assert local["spec"]["clusterQueue"] == queue["metadata"]["name"]
    (group,) = queue["spec"]["resourceGroups"]
    for flavor in group["flavors"]:
        assert flavor["name"] in named(objects, "ResourceFlavor")
        assert [each["name"] for each in flavor["resources"]] == group["coveredResources"]
    selected = queue["spec"]["namespaceSelector"]["matchLabels"]
    assert selected == {"kubernetes.io/metadata.name": local["metadata"]["namespace"]}


def test_the_secrets_example_has_the_keys_that_a_pod_takes_and_no_secret(built):
    folder = MANIFESTS / "overlays" / "s3-keys"
    lines = re.findall(
        r"^(?:# )?([A-Z][A-Z_0-9]+)=(.*)$", (folder / "store.env.example").read_text(), re.MULTILINE
    )
    in_files = re.findall(r"([A-Z_]+)=ca\.pem", (folder / "kustomization.yaml").read_text())
    assert {name for name, _ in lines} | set(in_files) == set(VARIABLES)
    assert {value for name, value in lines if "KEY" in name or "TOKEN" in name} == {""}
    for overlay in ("laptop", "s3-keys"):
        (secret,) = of_kind(built(overlay), "Secret")
        assert secret["metadata"]["name"] == SECRET
        assert secret["data"].keys() <= set(VARIABLES)


def test_the_change_of_retries_is_the_one_that_was_tried(built):
    (settings,) = of_kind(built("laptop"), "ConfigMap")
    assert "executor" in settings["data"]  # of Kubeflow, beside what is changed
    (strategy,) = yaml.safe_load(settings["data"]["workflowDefaults"])["spec"][
        "templateDefaults"
    ].values()
    if not CLUSTER.is_dir():
        pytest.skip(f"what was tried is not at {CLUSTER}")
    facts = (CLUSTER / "README.md").read_text()
    assert strategy["expression"] == re.search(r'expression: "([^"]+)"', facts)[1]
    assert f"retryPolicy: {strategy['retryPolicy']}" in facts
    assert f"limit: {strategy['limit']}," in facts


def test_kubeflow_is_pinned():
    text = (MANIFESTS / "base" / "kubeflow" / "kustomization.yaml").read_text()
    urls = re.findall(r"https://\S+", text)
    assert len(urls) == 2
    assert all(re.search(r"[?&]ref=2\.17\.0(&|$)", url) for url in urls)


def test_the_readme_names_every_overlay_and_component():
    text = (MANIFESTS / "README.md").read_text()
    for folder in ("overlays", "components"):
        for each in (MANIFESTS / folder).iterdir():
            assert f"`{each.name}`" in text


def test_the_messages_among_the_symptoms_are_those_of_the_code():
    text = (MANIFESTS / "README.md").read_text().partition("## Symptoms and causes")[2]
    table = text.partition("\n## ")[0]
    seen = [line.split(" | ")[0] for line in table.splitlines() if line.startswith("| ")][1:]
    quoted = [each for line in seen for each in re.findall(r"`([^`]+)`", line)]
    messages = [each for each in quoted if not each.startswith(("kubectl ", "python -m "))]
    assert len(messages) > 7
    strings = [
        node.value
        for file in (ROOT / "pipelines").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    for each in messages:
        assert any(each in string for string in strings), each


def test_the_bounds_of_the_cost_are_those_of_the_code():
    text = (MANIFESTS / "README.md").read_text()
    assert f"| {RETRIES + 1}: a task costs at most {RETRIES + 1} times its hours." in text
    resources = yaml.safe_load((ROOT / "params.paper.yaml").read_text())["resources"]
    assert f"| {resources['training']['hours']} for a training of `params.paper.yaml` |" in text
