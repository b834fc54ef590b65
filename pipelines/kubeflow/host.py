"""The connection to a Kubeflow Pipelines host, which says whether a run lives."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import kfp_server_api
import urllib3

from components.runtime.errors import InputError

ENDPOINT, PAGES = "KF_PIPELINES_ENDPOINT", "KF_PIPELINES_UI_ENDPOINT"  # kfp's own names
TOKEN, TOKEN_FILE = "KFP_TOKEN", "KF_PIPELINES_SA_TOKEN_PATH"
MOUNTED_TOKEN = "/var/run/secrets/kubeflow/pipelines/token"  # noqa: S105
OWN_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
SECONDS = 30.0  # without an answer, a request has failed
NO_HOST = "found no Kubeflow Pipelines: check --host"
LOGIN = f"answered with a web page, maybe to log in, no Kubeflow: set {TOKEN} or check --host"


@dataclass(frozen=True)
class Host:
    """A host: its URL, the namespace of our runs if it serves several users, and its client."""

    url: str
    namespace: str | None
    api: Any

    def page(self, run: str) -> str:
        """The address of a run's page."""
        return f"{os.environ.get(PAGES, self.url).rstrip('/')}/#/runs/details/{run}"


@dataclass(frozen=True)
class Run:
    """A run as Kubeflow tells it. Its tasks are left out: of large runs they stay as they were.

    Attributes:
        state: PENDING, RUNNING, SUCCEEDED, FAILED, ...
        was_terminated: Whether somebody ended it, on its page say; its state is FAILED then.
        store: The URL of its store, if it was given one.
    """

    state: str
    was_terminated: bool
    store: str | None

    @property
    def has_succeeded(self) -> bool:
        """Whether it ended well."""
        return self.state in ("SUCCEEDED", "SKIPPED")

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.has_succeeded or self.state in ("FAILED", "CANCELED")


def connect(host: str | None, namespace: str | None) -> Host:
    """A connection to a host; a token comes from KFP_TOKEN, or from the pod's service account.

    Args:
        host: Its URL; by default KF_PIPELINES_ENDPOINT.
        namespace: The namespace of our runs if it serves several users; in a pod, its own.

    Raises:
        InputError: No host is given, or it is not reached, refuses, is none or needs a namespace.
    """
    given = (host or os.environ.get(ENDPOINT) or "").partition("#")[0].rstrip("/")
    if not given:
        raise InputError(f"no host: give --host or set {ENDPOINT}")
    url = given if "://" in given else f"http://{given}"
    api = kfp_server_api.ApiClient(_settings(url))
    with named_faults(url, missing=NO_HOST):
        # Not by the client's own method, which stumbles over certificates that are not trusted.
        headers: dict[str, str] = {}
        api.update_params_for_auth(headers, [], ["Bearer"])
        place = f"{url}/apis/v2beta1/healthz"
        answer = api.rest_client.GET(place, headers=headers, _request_timeout=SECONDS)
    health = read_json(answer.data)
    if not isinstance(health, dict):
        raise InputError(f"{url}: {LOGIN}")
    if not namespace and (health.get("apiServerMultiUser") or health.get("multi_user")):
        if not OWN_NAMESPACE.is_file():
            raise InputError(f"{url} serves several users: give --namespace")
        namespace = OWN_NAMESPACE.read_text(encoding="utf-8").strip()
    return Host(url, namespace, api)


def read_run(at: Host, run: str) -> Run:
    """What a host tells of a run.

    Raises:
        InputError: There is no such run, or the host is not reached or refuses.
    """
    with named_faults(at.url, missing=f"no run {run}: check --run and --host"):
        api = kfp_server_api.RunServiceApi(at.api)
        found = api.run_service_get_run(run, _request_timeout=SECONDS)
    if not found.run_id:
        raise InputError(f"{at.url}: {LOGIN}")
    states = {str(each.state) for each in found.state_history or ()}
    given = (found.runtime_config and found.runtime_config.parameters) or {}
    pipeline = found.pipeline_spec or {}
    root = pipeline.get("pipeline_spec", pipeline).get("root", {})
    own = root.get("inputDefinitions", {}).get("parameters", {}).get("store", {})
    store = given.get("store") or own.get("defaultValue")
    return Run(str(found.state), "CANCELING" in states, store)


@contextmanager
def named_faults(url: str, *, missing: str) -> Iterator[None]:
    """Turns what goes wrong with a host into one line that says what to mend.

    Args:
        url: The host's URL.
        missing: What a host without the thing that is asked for lacks, and what to do.

    Raises:
        InputError: The host is not reached or refuses.
    """
    try:
        yield
    except kfp_server_api.ApiException as error:
        reason = said(error.body or error.reason)
        match status := error.status or 0:
            case 0:  # how the client tells of certificates
                text = f"not reached ({reason}): check SSL_CERT_FILE"
            case 401:
                text = f"the token is missing, wrong or expired: set {TOKEN}"
            case 403:
                text = f"not allowed: check {TOKEN} and --namespace ({reason})"
            case 404:
                text = missing
            case _:
                text = LOGIN if status in range(300, 400) else f"refused ({status}): {reason}"
        raise InputError(f"{url}: {text}") from None
    except urllib3.exceptions.HTTPError as error:
        raise InputError(f"{url}: not reached ({one_line(error)}): check --host") from None


def said(content: object) -> str:
    """What a server's refusal says in words."""
    text = content.decode(errors="replace") if isinstance(content, bytes) else content
    told = read_json(text)
    return one_line(told.get("message") or text if isinstance(told, dict) else text)


def read_json(content: object) -> Any:  # noqa: ANN401
    """What an answer holds, or nothing if it is no JSON."""
    try:
        return json.loads(content) if isinstance(content, (bytes, str)) else None
    except ValueError:
        return None


def one_line(text: object) -> str:
    """A text without line ends, of a long one the beginning."""
    return " ".join(str(text).split())[:300]


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
