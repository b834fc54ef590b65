"""The plugin for MLflow is part of the one file that Kubeflow's API server reads."""

import json

from tests.manifests.conftest import MANIFESTS, TRACKED, of_kind, pods

# As Kubeflow's documentation has them: operator-guides/mlflow-plugin of Kubeflow Pipelines 2.17.
CONFIG = {"endpoint", "timeout", "tls", "settings"}
SETTINGS = {
    *("authType", "credentialSecretRef", "workspacesEnabled", "defaultExperimentName"),
    *("experimentDescription", "kfpBaseURL", "kfpRunURLPathTemplate", "mlflowBaseURL"),
    *("mlflowUIPathPrefix", "injectUserEnvVars"),
}


def test_the_server_reads_the_plugins_settings_in_place_of_its_own(built):
    objects = built(TRACKED)
    pod = pods(objects)["Deployment ml-pipeline"]
    (container,), (volume,) = pod["containers"], pod["volumes"]
    (mount,) = container["volumeMounts"]
    assert container["image"].startswith("ghcr.io/kubeflow/kfp-api-server")  # Kubeflow's stays
    assert (mount["mountPath"], mount["subPath"]) == ("/config/config.json", "config.json")
    assert mount["name"] == volume["name"]
    name = volume["configMap"]["name"]
    assert name != "matching-experts-api-server"  # a hash, so that a changed file restarts it
    (found,) = of_kind(objects, "ConfigMap", named=name)
    assert found["metadata"]["namespace"] == "kubeflow"
    plugin = json.loads(found["data"]["config.json"])["plugins"]["mlflow"]
    assert plugin.keys() <= CONFIG
    assert plugin["settings"].keys() <= SETTINGS
    assert plugin["settings"]["injectUserEnvVars"] is True  # MLFLOW_RUN_ID and MLFLOW_TRACKING_URI


def test_no_key_is_in_the_file():
    text = (MANIFESTS / "components" / "mlflow" / "config.json").read_text().lower()
    assert "accesskey" not in text
    assert "password" not in text
