"""What pods may do, and what they may not."""

import json
import re

import pytest
import yaml
from kfp.kubernetes.kubernetes_executor_config_pb2 import KubernetesExecutorConfig, SecurityContext
from kubernetes.utils import parse_quantity

from components.runtime.container import LABEL
from tests.conftest import ROOT
from tests.manifests.conftest import ALL, CLUSTER, of_kind, pods

RIGHTS = {
    ("argoproj.io", "workflowtaskresults", None, "create"),
    ("argoproj.io", "workflowtaskresults", None, "patch"),
    ("", "configmaps", "kfp-launcher", "get"),
    ("", "secrets", "mlpipeline-minio-artifact", "get"),
}
OF_TRAINJOBS = {
    ("", "pods", None, "get"),
    ("", "pods", None, "list"),
    ("", "pods/log", None, "get"),
    *(("trainer.kubeflow.org", "trainjobs", None, verb) for verb in ("create", "get", "delete")),
}
LINK_LOCAL = "169.254.0.0/16"  # of nodes' metadata


def test_pods_are_restricted_and_have_no_token(objects):
    for name, pod in pods(objects).items():
        assert pod["automountServiceAccountToken"] is False, name
        assert pod["hostUsers"] is False
        assert not pod.keys() & {"hostNetwork", "hostPID", "hostIPC"}
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] > 0
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert not any("hostPath" in volume for volume in pod["volumes"])
        for container in [*pod.get("initContainers", ()), *pod["containers"]]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }


def test_the_service_account_has_the_rights_that_were_enough_and_no_more(overlay, objects):
    assert not of_kind(objects, "ClusterRole", "ClusterRoleBinding")
    rights = [
        (group, resource, name, verb)
        for role in of_kind(objects, "Role")
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for name in rule.get("resourceNames", [None])
        for verb in rule["verbs"]
    ]
    trains = overlay in ("gpu", ALL)
    assert sorted(rights, key=str) == sorted(RIGHTS | (OF_TRAINJOBS if trains else set()), key=str)


@pytest.mark.parametrize("overlay", ["s3-keys", "s3-identity", "gpu"])
def test_a_namespace_of_its_own_denies_by_default_and_is_restricted(overlay, built):
    (namespace,) = of_kind(built(overlay), "Namespace")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    policies = [each["spec"] for each in of_kind(built(overlay), "NetworkPolicy")]
    assert {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]} in policies


def test_no_pod_reaches_its_nodes_metadata_nor_any_address_on_any_port(objects):
    for policy in of_kind(objects, "NetworkPolicy"):
        assert set(policy["spec"]["policyTypes"]) <= {"Ingress", "Egress"}
        for rule in policy["spec"].get("egress", ()):
            for block in [each["ipBlock"] for each in rule["to"] if "ipBlock" in each]:
                assert {each["port"] for each in rule["ports"]} <= {53, 443, 6443}
                if block["cidr"] == "0.0.0.0/0":
                    assert LINK_LOCAL in block["except"]


def reached(objects):
    """What each policy lets its pods reach: names and addresses, and ports."""
    found = set()
    for policy in of_kind(objects, "NetworkPolicy"):
        name, rules = policy["metadata"]["name"], policy["spec"].get("egress", ())
        for rule in rules:
            places = []
            for peer in rule["to"]:
                block = peer.get("ipBlock", {})
                places += [block["cidr"], *block.get("except", ())] if block else []
                places += peer.get("namespaceSelector", {}).get("matchLabels", {}).values()
                selected = peer.get("podSelector", {})
                labels = selected.get("matchLabels", {})
                places += [f"{key}: {value}" for key, value in labels.items()]
                places += [each["key"] for each in selected.get("matchExpressions", ())]
            ports = {str(each["port"]) for each in rule.get("ports", ())}
            found.add((name, frozenset(places), ", ".join(sorted(ports, key=int)) or "all"))
        if not rules:
            found.add((name, frozenset(), "-"))
    return found


def test_the_security_page_says_what_each_pod_may_reach(built):
    text = (ROOT / "docs" / "security.md").read_text()
    table = text.partition("## What each pod may reach")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| `")]
    said = {
        (policy.strip("`"), frozenset(re.findall(r"`([^`]+)`", places)), ports)
        for policy, _, places, ports in rows
    }
    assert said == reached(built(ALL)) | reached(built("laptop"))


def test_hardening_adds_to_stages_what_kfp_cannot_say(specifications, built):
    fields = set(KubernetesExecutorConfig.DESCRIPTOR.fields_by_name)
    assert not {each for each in fields if "host" in each or "priority" in each}
    identity = {"run_as_user", "run_as_group", "run_as_non_root"}
    assert set(SecurityContext.DESCRIPTOR.fields_by_name) == identity
    (policy,) = of_kind(built(ALL), "MutatingAdmissionPolicy")
    (selected,) = policy["spec"]["matchConstraints"]["objectSelector"]["matchExpressions"]
    assert selected == {"key": LABEL, "operator": "Exists"}
    executors = specifications[1]["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    for each in executors.values():
        assert LABEL in each["podMetadata"]["labels"]
        assert not each.keys() & {"pvcMount", "secretAsVolume", "genericEphemeralVolume"}
    (mutation,) = policy["spec"]["mutations"]
    expression = mutation["applyConfiguration"]["expression"]
    assert "hostUsers: false" in expression
    assert "readOnlyRootFilesystem: true" in expression


def test_kubeflow_adds_the_rest_to_a_stages_pod():
    if not CLUSTER.is_dir():
        pytest.skip(f"the pods of a real cluster are not at {CLUSTER}")
    whole, *_ = json.loads((CLUSTER / "pods.json").read_text())
    assert "workflows.argoproj.io/workflow" in whole["metadata"]["labels"]  # what policies select
    for container in whole["spec"]["containers"]:
        context = container["securityContext"]
        assert context["runAsNonRoot"] is True
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}


@pytest.mark.parametrize("params", ["params.yaml", "params.paper.yaml"])
def test_every_stage_fits_the_quota_and_the_queue(params, built):
    objects = built(ALL)
    (quota,), (queue,) = (of_kind(objects, kind) for kind in ("ResourceQuota", "ClusterQueue"))
    (group,) = queue["spec"]["resourceGroups"]
    (flavor,) = group["flavors"]
    nominal = {each["name"]: each["nominalQuota"] for each in flavor["resources"]}
    for stage in yaml.safe_load((ROOT / params).read_text())["resources"].values():
        asked = {"cpu": stage["cpu"], "memory": stage["memory"], "nvidia.com/gpu": 1}
        limits = [(each, quota["spec"]["hard"][f"requests.{name}"]) for name, each in asked.items()]
        asked["ephemeral-storage"] = stage["storage"]
        limits += [(each, nominal[name]) for name, each in asked.items()]
        for each, limit in limits:
            assert parse_quantity(each) <= parse_quantity(limit)
