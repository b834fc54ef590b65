"""The tests' host answers as a real one does."""

import json

import pytest
from kfp_server_api import ApiClient, models

from tests.kubeflow.conftest import real
from tests.kubeflow.kfp_server import Host

STATES = ("PENDING", "RUNNING", "SUCCEEDED", "FAILED")


@pytest.fixture
def silent_host():
    with Host() as host:
        yield host


class Answer:
    def __init__(self, content):
        self.data = json.dumps(content)


@pytest.mark.parametrize("state", STATES)
def test_runs_are_those_of_the_clients_models(silent_host, state):
    answer = silent_host.run(state)
    client = ApiClient()
    parsed = client.deserialize(Answer(answer), "V2beta1Run")
    again = client.sanitize_for_serialization(parsed)
    assert json.loads(json.dumps(again).replace("+00:00", "Z")) == answer
    assert state in models.V2beta1RuntimeState.allowable_values


@pytest.mark.parametrize("name", ["run-failed", "run-succeeded", "run-terminated"])
def test_a_run_has_the_keys_of_a_real_one(silent_host, name):
    assert silent_host.run("FAILED").keys() == real(name).keys()
