"""Pods wait in the queue that is asked for."""

from pathlib import Path

import pytest

from components.runtime.errors import InputError
from pipelines.dvc.graph import Node
from pipelines.kubeflow.compilation import compile_study
from pipelines.kubeflow.pipeline import CHECK_RESOURCES, compiled
from pipelines.kubeflow.placement import QUEUE
from tests.manifests.conftest import ALL, of_kind


def labels(queue):
    """The labels of the pods of a stage with and without GPUs, and of the check."""
    nodes = [
        Node(name, name, name, name, (), CHECK_RESOURCES, gpu)
        for name, gpu in (("overlap", False), ("brainbench", True))
    ]
    _, platform = compiled(nodes, params="", data="", store="", queue=queue)
    executors = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    assert len(executors) == len(nodes) + 1
    return [each["podMetadata"]["labels"] for each in executors.values()]


def test_every_pod_of_a_stage_waits_in_the_queue(built):
    (local,) = of_kind(built(ALL), "LocalQueue")
    name = local["metadata"]["name"]
    assert [each[QUEUE] for each in labels(name)] == [name] * 3


def test_without_a_queue_no_pod_has_the_label():
    assert not any(QUEUE in each for each in labels(None))


@pytest.mark.parametrize("name", ["", "Queue", "a_b", "-a", "a" * 64])
def test_a_name_that_no_queue_can_have_is_refused(name):
    with pytest.raises(InputError, match=f"--queue: found '{name}'"):
        compile_study(queue=name, output=Path("never"))
