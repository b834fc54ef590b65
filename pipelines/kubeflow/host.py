"""The connection to a Kubeflow Pipelines host, which says whether a run lives."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import kfp_server_api
import urllib3
from kfp_server_api import V2beta1Run

from components.errors import InputError
from pipelines.kubeflow.host_faults import (
    LOGIN,
    TOKEN,
    AwayError,
    away,
    named_faults,
    read_json,
    refuse,
)

ENDPOINT, PAGES = "KF_PIPELINES_ENDPOINT", "KF_PIPELINES_UI_ENDPOINT"  # kfp's own names
TOKEN_FILE = "KF_PIPELINES_SA_TOKEN_PATH"  # noqa: S105
MOUNTED_TOKEN = "/var/run/secrets/kubeflow/pipelines/token"  # noqa: S105
INSTALLATION = "kubeflow"  # the namespace of pods where there are no namespaces of users
SECONDS = 30.0  # without an answer, a request has failed
GOOD, BAD = {"SUCCEEDED", "SKIPPED"}, {"FAILED", "CANCELED"}


@dataclass(frozen=True)
class Host:
    """A Kubeflow Pipelines host.

    Attributes:
        url: Where its REST interface is.
        pages: Where its pages are.
        namespace: The namespace that was given, of an installation for several users.
        serves_several: Whether it is one.
        api: The client of its REST interface.
    """

    url: str
    pages: str
    namespace: str | None
    serves_several: bool
    api: Any

    def page(self, run: str) -> str:
        """The address of a run's page."""
        return f"{self.pages}/#/runs/details/{run}"


@dataclass(frozen=True)
class Run:
    """A run as Kubeflow tells it. Its tasks are left out: of large runs they stay as they were.

    Attributes:
        state: PENDING, RUNNING, SUCCEEDED, FAILED, ...
        was_terminated: Whether somebody ended it, on its page say; its state is FAILED then.
        store: The URL of its store, if it was given one.
        namespace: Where its pods are.
    """

    state: str
    was_terminated: bool = False
    store: str | None = None
    namespace: str = INSTALLATION

    @property
    def has_succeeded(self) -> bool:
        """Whether it ended well."""
        return self.state in GOOD

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in GOOD | BAD


def connect(host: str | None, namespace: str | None) -> Host:
    """A connection to a host; a token comes from KFP_TOKEN, or from the pod's service account.

    Args:
        host: Its URL; by default KF_PIPELINES_ENDPOINT.
        namespace: The namespace of an installation for several users.

    Raises:
        InputError: No host is given, or it is not reached, refuses, or is none.
    """
    given = (host or os.environ.get(ENDPOINT) or "").partition("#")[0].rstrip("/")
    if not given:
        raise InputError(f"no host: give --host or set {ENDPOINT}")
    url = given if "://" in given else f"http://{given}"
    api = kfp_server_api.ApiClient(_settings(url))
    health = _health(url, api)
    pages = os.environ.get(PAGES, url).rstrip("/")
    # By its pages' server, or by the API server itself.
    serves_several = bool(health.get("apiServerMultiUser") or health.get("multi_user"))
    return Host(url, pages, namespace, serves_several, api)


def read_run(at: Host, run: str) -> Run:
    """What a host tells of a run.

    Raises:
        AwayError: The host is not reached, or too busy to answer.
        InputError: There is no such run, or the host refuses.
    """
    with named_faults(at.url, missing=f"no run {run}: check --run and --host"):
        api = kfp_server_api.RunServiceApi(at.api)
        found = api.run_service_get_run(run, _request_timeout=SECONDS)
    if not found.run_id:
        raise InputError(f"{at.url}: {LOGIN}")
    states = {str(each.state) for each in found.state_history or ()}
    return Run(str(found.state), "CANCELING" in states, _store(found), _namespace(at, found))


def _store(run: V2beta1Run) -> str | None:
    """The URL of a run's store: the one that it was given, or its pipeline's own."""
    given = (run.runtime_config and run.runtime_config.parameters) or {}
    pipeline = run.pipeline_spec or {}
    root = pipeline.get("pipeline_spec", pipeline).get("root", {})
    own = root.get("inputDefinitions", {}).get("parameters", {}).get("store", {})
    store: str | None = given.get("store") or own.get("defaultValue")
    return store


def _namespace(at: Host, run: V2beta1Run) -> str:
    """The namespace of a run's pods: on a host for several users, that of its experiment."""
    if at.namespace or not (at.serves_several and run.experiment_id):
        return at.namespace or INSTALLATION
    with named_faults(at.url, missing=f"no experiment {run.experiment_id}"):
        api = kfp_server_api.ExperimentServiceApi(at.api)
        found = api.experiment_service_get_experiment(run.experiment_id, _request_timeout=SECONDS)
    return found.namespace or INSTALLATION


def _settings(url: str) -> Any:  # noqa: ANN401
    """The client's settings; a service account's token is read anew for each request."""
    settings = kfp_server_api.Configuration(host=url)
    settings.ssl_ca_cert = os.environ.get("SSL_CERT_FILE")
    settings.retries = False  # nor does it follow a redirection to a page to log in
    if token := _token():
        settings.api_key["authorization"] = token
        settings.api_key_prefix["authorization"] = "Bearer"
        settings.refresh_api_key_hook = lambda now: now.api_key.update(authorization=_token())
    return settings


def _token() -> str | None:
    mounted = Path(os.environ.get(TOKEN_FILE, MOUNTED_TOKEN))
    token = os.environ.get(TOKEN) or (mounted.read_text("utf-8") if mounted.is_file() else None)
    return token.strip() if token else None


def _health(url: str, api: Any) -> dict[str, Any]:  # noqa: ANN401
    """What a host says of itself, to the pages' server or not; the client has no word for it."""
    key = api.configuration.get_api_key_with_prefix("authorization") if _token() else None
    try:
        answer = api.rest_client.pool_manager.request(
            "GET",
            f"{url}/apis/v2beta1/healthz",
            headers={"Authorization": key} if key else {},
            timeout=SECONDS,
        )
    except urllib3.exceptions.HTTPError as error:
        raise away(url, error) from None
    if answer.status != 200:
        refuse(url, answer.status, answer.data, missing="found no Kubeflow Pipelines: check --host")
    health = read_json(answer.data)
    if not isinstance(health, dict):
        raise InputError(f"{url}: {LOGIN}")
    if health.get("apiServerReady") is False:
        raise AwayError(f"{url}: its pages answer, but not its API server: look at ml-pipeline")
    return health
