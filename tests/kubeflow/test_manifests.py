"""The manifests hold what was tried on a real cluster, and no more."""

import re

import pytest
import yaml

from pipelines.kubeflow.placement import SECRET, VARIABLES
from tests.conftest import ROOT
from tests.kubeflow.conftest import CLUSTER

FOLDER = ROOT / "manifests" / "kubeflow"


def documents(name):
    return list(yaml.safe_load_all((FOLDER / name).read_text()))


def test_the_service_account_has_the_rights_that_were_enough_and_no_more():
    account, role, binding = documents("service-account.yaml")
    assert role["kind"] == "Role"  # of one namespace
    rights = {
        (group, resource, name, verb)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for name in rule.get("resourceNames", [None])
        for verb in rule["verbs"]
    }
    assert rights == {
        ("argoproj.io", "workflowtaskresults", None, "create"),
        ("argoproj.io", "workflowtaskresults", None, "patch"),
        ("", "configmaps", "kfp-launcher", "get"),
        ("", "secrets", "mlpipeline-minio-artifact", "get"),
    }
    assert binding["roleRef"]["name"] == role["metadata"]["name"]
    (subject,) = binding["subjects"]
    assert subject == {"kind": "ServiceAccount", **account["metadata"]}


def test_the_secret_has_the_keys_that_a_pod_takes_and_no_values():
    (secret,) = documents("secret.yaml")
    assert secret["metadata"]["name"] == SECRET
    assert set(secret["stringData"].values()) == {""}
    text = (FOLDER / "secret.yaml").read_text()
    assert set(re.findall(r"^  (?:# )?([A-Z][A-Z_0-9]+):", text, re.MULTILINE)) == set(VARIABLES)


def test_the_change_of_retries_is_the_one_that_was_tried():
    (patch,) = documents("retries.yaml")
    assert patch["data"].keys() == {"workflowDefaults"}
    (strategy,) = yaml.safe_load(patch["data"]["workflowDefaults"])["spec"][
        "templateDefaults"
    ].values()
    if not CLUSTER.is_dir():
        pytest.skip(f"what was tried is not at {CLUSTER}")
    facts = (CLUSTER / "README.md").read_text()
    assert strategy["expression"] == re.search(r'expression: "([^"]+)"', facts)[1]
    assert f"retryPolicy: {strategy['retryPolicy']}" in facts
    assert f"limit: {strategy['limit']}," in facts


def test_its_readme_names_every_file():
    text = (FOLDER / "README.md").read_text()
    for file in FOLDER.glob("*.yaml"):
        assert f"`{file.name}`" in text
