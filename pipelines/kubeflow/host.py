"""The connection to a Kubeflow Pipelines host, and the state of a run there."""

import itertools
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import kfp_server_api
import urllib3

from components.runtime.errors import InputError
from pipelines.kubernetes.answers import error_message, one_line, read_json

ENDPOINT, PAGES = "KF_PIPELINES_ENDPOINT", "KF_PIPELINES_UI_ENDPOINT"  # kfp's own names
TOKEN, TOKEN_FILE = "KFP_TOKEN", "KF_PIPELINES_SA_TOKEN_PATH"
MOUNTED_TOKEN = "/var/run/secrets/kubeflow/pipelines/token"  # noqa: S105
OWN_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
TIMEOUT = (5, 30)  # seconds: to connect, and for the answer; the client ignores a float
SUCCEEDED = {"SUCCEEDED", "SKIPPED"}
ENDED = {*SUCCEEDED, "FAILED", "CANCELED"}
NO_HOST = "found no Kubeflow Pipelines: check --host"
LOGIN = f"answered with a web page, maybe to log in, no Kubeflow: set {TOKEN} or check --host"


class NotFoundError(InputError):
    """A host does not have what it was asked for."""


@dataclass(frozen=True)
class Host:
    """A host: its URL, the namespace of the runs if it serves several users, and its client."""

    url: str
    namespace: str | None
    api: Any

    def page(self, run: str) -> str:
        """URL of a run's page."""
        return f"{os.environ.get(PAGES, self.url).rstrip('/')}/#/runs/details/{run}"


@dataclass(frozen=True)
class Run:
    """A run as Kubeflow reports it, without its tasks: those of large runs are not updated."""

    state: str  # PENDING, RUNNING, SUCCEEDED, FAILED, ...; Kubeflow gives none before RUNNING
    was_terminated: bool  # by a user, and not retried since; its state is then FAILED
    store: str | None  # its URL, if the run was given one

    @property
    def has_succeeded(self) -> bool:
        """Whether it succeeded."""
        return self.state in SUCCEEDED

    @property
    def has_ended(self) -> bool:
        """Whether it has ended."""
        return self.state in ENDED


def connect(host: str | None, namespace: str | None) -> Host:
    """Connects to a host, with the token of KFP_TOKEN or of the pod's service account.

    Args:
        host: URL of the host; by default KF_PIPELINES_ENDPOINT.
        namespace: Namespace of the runs if the host serves several users; in a pod, its own.

    Raises:
        InputError: No host is given, or it is not reached, refuses, is no Kubeflow Pipelines or
            needs a namespace; or the token is none.
    """
    given = (host or os.environ.get(ENDPOINT) or "").partition("#")[0].rstrip("/")
    if not given:
        raise InputError(f"no host: give --host or set {ENDPOINT}")
    url = given if "://" in given else f"http://{given}"
    api = kfp_server_api.ApiClient(_settings(url))
    with user_errors(url, missing=NO_HOST):
        # Not by the client's own method, which fails on certificates that are not trusted.
        headers: dict[str, str] = {}
        api.update_params_for_auth(headers, [], ["Bearer"])
        place = f"{url}/apis/v2beta1/healthz"
        answer = api.rest_client.GET(place, headers=headers, _request_timeout=TIMEOUT)
    health = read_json(answer.data)
    if not isinstance(health, dict):
        raise InputError(f"{url}: {LOGIN}")
    if not namespace and (health.get("apiServerMultiUser") or health.get("multi_user")):
        if not OWN_NAMESPACE.is_file():
            raise InputError(f"{url} serves several users: give --namespace")
        namespace = OWN_NAMESPACE.read_text(encoding="utf-8").strip()
    return Host(url, namespace, api)


def read_run(at: Host, run: str) -> Run:
    """A run as its host reports it.

    Raises:
        NotFoundError: It has no such run, or no longer.
        InputError: The host is not reached or refuses.
    """
    with user_errors(at.url, missing=f"no run {run}: check --run and --host"):
        api = kfp_server_api.RunServiceApi(at.api)
        found = api.run_service_get_run(run, _request_timeout=TIMEOUT)
    if not found.run_id:
        raise InputError(f"{at.url}: {LOGIN}")
    *earlier, last = (each.state for each in found.state_history or [found])
    since_retry = itertools.takewhile(lambda state: state not in ENDED, reversed(earlier))
    given = (found.runtime_config and found.runtime_config.parameters) or {}
    pipeline = found.pipeline_spec or {}
    root = pipeline.get("pipeline_spec", pipeline).get("root", {})
    own = root.get("inputDefinitions", {}).get("parameters", {}).get("store", {})
    store = given.get("store") or own.get("defaultValue")
    return Run(found.state or "PENDING", "CANCELING" in (last, *since_retry), store)


@contextmanager
def user_errors(url: str, *, missing: str, lost: str = "") -> Iterator[None]:
    """Turns an error of a host into one line that says what to change.

    Args:
        url: The host's URL.
        missing: What a 404 means.
        lost: What may have happened all the same where the host's answer is lost.

    Raises:
        NotFoundError: The host answers 404.
        InputError: The host is not reached or refuses.
    """
    try:
        yield
    except kfp_server_api.ApiException as error:
        reason = error_message(error)
        match status := error.status or 0:
            case 0:  # how the client reports bad certificates
                text = f"not reached ({reason}): check SSL_CERT_FILE"
            case 401:
                text = f"the token is missing, wrong or expired: set {TOKEN}"
            case 403:
                text = f"not allowed: check {TOKEN} and --namespace ({reason})"
            case 404:
                raise NotFoundError(f"{url}: {missing}") from None
            case _:
                text = LOGIN if status in range(300, 400) else f"refused ({status}): {reason}"
                text += lost if status >= 500 else ""
        raise InputError(f"{url}: {text}") from None
    except urllib3.exceptions.HTTPError as error:
        raise InputError(f"{url}: not reached ({one_line(error)}): check --host{lost}") from None


def _settings(url: str) -> Any:  # noqa: ANN401
    """Settings of the client; a service account's token is read again for each request."""
    settings = kfp_server_api.Configuration(host=url)
    settings.ssl_ca_cert = os.environ.get("SSL_CERT_FILE")
    settings.retries = False  # and no redirection to a login page is followed
    if token := _token():
        settings.api_key["authorization"] = token
        settings.api_key_prefix["authorization"] = "Bearer"
        settings.refresh_api_key_hook = lambda now: now.api_key.update(authorization=_token())
    return settings


def _token() -> str | None:
    where, token = TOKEN, os.environ.get(TOKEN, "")
    if not token and (mounted := Path(os.environ.get(TOKEN_FILE, MOUNTED_TOKEN))).is_file():
        where, token = str(mounted), mounted.read_text("utf-8")
    if (token := token.strip()) and not re.fullmatch("[!-~]+", token):  # the client would show it
        raise InputError(
            f"{where}: found {len(token)} characters that are no token, expected one line without"
            " spaces, and without the word Bearer"
        )
    return token or None
