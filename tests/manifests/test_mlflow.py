"""The plugin for MLflow is part of the one file that Kubeflow's API server reads."""

import json

import pytest

from tests.manifests.conftest import MANIFESTS, of_kind

# As Kubeflow's documentation has them: operator-guides/mlflow-plugin of Kubeflow Pipelines 2.17.
CONFIG = {"endpoint", "timeout", "tls", "settings"}
SETTINGS = {
    "authType",
    "credentialSecretRef",
    "workspacesEnabled",
    "defaultExperimentName",
    "experimentDescription",
    "kfpBaseURL",
    "kfpRunURLPathTemplate",
    "mlflowBaseURL",
    "mlflowUIPathPrefix",
    "injectUserEnvVars",
}


@pytest.fixture
def server(built):
    """The API server's pod, and the file that it reads."""
    objects = built("tracked")
    (deployment,) = of_kind(objects, "Deployment", named="ml-pipeline")
    pod = deployment["spec"]["template"]["spec"]
    (volume,) = pod["volumes"]
    (found,) = of_kind(objects, "ConfigMap", named=volume["configMap"]["name"])
    assert found["metadata"]["namespace"] == deployment["metadata"]["namespace"] == "kubeflow"
    return pod, json.loads(found["data"]["config.json"])


def test_the_server_reads_the_file_in_place_of_its_own(server):
    pod, _ = server
    (container,) = pod["containers"]
    (mount,) = container["volumeMounts"]
    assert container["image"].startswith("ghcr.io/kubeflow/kfp-api-server")  # Kubeflow's stays
    assert (mount["mountPath"], mount["subPath"]) == ("/config/config.json", "config.json")
    assert mount["name"] == pod["volumes"][0]["name"]


def test_a_changed_file_restarts_the_server(server):
    pod, _ = server
    assert pod["volumes"][0]["configMap"]["name"] != "matching-experts-api-server"  # has a hash


def test_the_plugin_has_settings_that_it_knows_and_gives_pods_their_mlflow_run(server):
    _, config = server
    plugin = config["plugins"]["mlflow"]
    assert plugin.keys() <= CONFIG
    assert plugin["settings"].keys() <= SETTINGS
    assert plugin["settings"]["injectUserEnvVars"] is True  # MLFLOW_RUN_ID and MLFLOW_TRACKING_URI


def test_no_key_is_in_the_file():
    text = (MANIFESTS / "components" / "mlflow" / "config.json").read_text().lower()
    assert "accesskey" not in text
    assert "password" not in text
