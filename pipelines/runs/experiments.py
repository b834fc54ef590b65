"""Experiments: what a host lists runs under, and on one for several users, whose they are."""

import json
from functools import cache
from pathlib import Path

import kfp_server_api
from kfp_server_api import V2beta1Experiment

from components.errors import InputError
from pipelines.runs.host import SECONDS, Host
from pipelines.runs.host_faults import named_faults

IN_A_POD = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
EQUALS = 1  # of the host's filters


def own_namespace(at: Host) -> str | None:
    """The namespace of our runs, on a host for several users.

    Raises:
        InputError: None is given, and this is no pod with one of its own.
    """
    if at.namespace or not at.serves_several:
        return at.namespace
    if not IN_A_POD.is_file():
        raise InputError(f"{at.url} serves several users: give --namespace")
    return IN_A_POD.read_text(encoding="utf-8").strip()


def experiment_id(at: Host, name: str, namespace: str | None) -> str:
    """The id of the experiment of a name, which is made if there is none.

    Raises:
        InputError: The host is not reached or refuses.
    """
    api = kfp_server_api.ExperimentServiceApi(at.api)
    predicate = {"operation": EQUALS, "key": "display_name", "stringValue": name}
    with named_faults(at.url, missing="found no Kubeflow Pipelines: check --host"):
        found = api.experiment_service_list_experiments(
            filter=json.dumps({"predicates": [predicate]}),
            namespace=namespace or "",
            _request_timeout=SECONDS,
        ).experiments
        made = (found and found[0]) or api.experiment_service_create_experiment(
            V2beta1Experiment(display_name=name, namespace=namespace), _request_timeout=SECONDS
        )
    return str(made.experiment_id)


@cache
def namespace_of(at: Host, experiment: str) -> str | None:
    """The namespace of an experiment's runs, if it has one.

    Raises:
        InputError: There is no such experiment, or the host is not reached or refuses.
    """
    with named_faults(at.url, missing=f"no experiment {experiment}"):
        api = kfp_server_api.ExperimentServiceApi(at.api)
        found = api.experiment_service_get_experiment(experiment, _request_timeout=SECONDS)
    return found.namespace or None
