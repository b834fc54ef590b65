"""The tests' host answers in the shapes that kfp-server-api 2.17 defines."""

import json

import pytest
from kfp_server_api import ApiClient, models

from tests.pipelines.runs.kfp_server import NEVER, pod_name, run

RUNS = {
    "running": ("RUNNING", {"train-gpt2-neuro": ("FAILED", "RUNNING"), "tag-terms": "SUCCEEDED"}),
    "failed": ("FAILED", {"train-gpt2-neuro": ("FAILED",) * 5, "score-gpt2-neuro": "OMITTED"}),
    "starting": ("RUNNING", {"tag-terms": "driver running"}),
}


class Answer:
    def __init__(self, content):
        self.data = json.dumps(content)


def unknown_keys(value, kind):
    """Keys of an answer that the model of its kind does not have, at any depth."""
    if kind.startswith("list["):
        for each in value:
            yield from unknown_keys(each, kind[5:-1])
    elif known := getattr(models, kind, None):
        names = {known.attribute_map[name]: name for name in known.attribute_map}
        for key, inner in value.items() if isinstance(value, dict) else ():
            if key not in names:
                yield f"{kind}.{key}"
            else:
                yield from unknown_keys(inner, known.openapi_types[names[key]])


@pytest.mark.parametrize("told", RUNS.values(), ids=RUNS)
def test_runs_are_those_of_the_clients_models(told):
    answer = run(*told, parameters={"gpus": "0"})
    assert list(unknown_keys(answer, "V2beta1Run")) == []
    client = ApiClient()
    parsed = client.deserialize(Answer(answer), "V2beta1Run")
    again = client.sanitize_for_serialization(parsed)
    assert json.loads(json.dumps(again).replace("+00:00", "Z")) == answer


def test_a_state_is_one_that_the_client_knows():
    known = models.V2beta1RuntimeState.allowable_values
    for state, tasks in RUNS.values():
        for node in run(state, tasks)["run_details"]["task_details"]:
            assert node["state"] in known


def test_a_task_has_a_driver_a_node_an_executor_and_a_node_an_attempt():
    nodes = run(*RUNS["running"])["run_details"]["task_details"]
    names = {node["display_name"] for node in nodes}
    assert names == {
        *(
            "matching-experts-x7k2q",
            "root-driver",
            "root",
            "executor",
            "executor(0)",
            "executor(1)",
        ),
        *("train-gpt2-neuro-driver", "train-gpt2-neuro", "tag-terms-driver", "tag-terms"),
    }
    assert {node["end_time"] for node in nodes if node["state"] == "RUNNING"} == {NEVER}


def test_a_pod_is_named_by_its_template_and_its_nodes_hash():
    assert pod_name("tag-terms").startswith(
        "matching-experts-x7k2q-metadata-0-1-retry-system-container-impl-"
    )
