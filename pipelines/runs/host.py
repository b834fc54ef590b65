"""The connection to a Kubeflow Pipelines host."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import kfp_server_api
import urllib3

from components.errors import InputError
from pipelines.runs.host_faults import LOGIN, TOKEN, AwayError, away, read_json, refuse

ENDPOINT, PAGES = "KF_PIPELINES_ENDPOINT", "KF_PIPELINES_UI_ENDPOINT"  # kfp's own names
TOKEN_FILE = "KF_PIPELINES_SA_TOKEN_PATH"  # noqa: S105
MOUNTED_TOKEN = "/var/run/secrets/kubeflow/pipelines/token"  # noqa: S105
SECONDS = 30.0  # without an answer, a request has failed


@dataclass(frozen=True)
class Host:
    """A Kubeflow Pipelines host.

    Attributes:
        url: Where its REST interface is.
        pages: Where its pages are, and the server that reads pods for them.
        namespace: The namespace of an installation for several users.
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

    def get(self, url: str, **fields: str) -> tuple[int, bytes]:
        """The answer to a plain request: its status and content.

        Raises:
            AwayError: The host is not reached.
        """
        return _get(self.api, url, fields)


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
    status, content = _get(api, f"{url}/apis/v2beta1/healthz", {})
    health = read_json(content)
    if status != 200:
        refuse(url, status, content, missing="found no Kubeflow Pipelines: check --host")
    if not isinstance(health, dict):
        raise InputError(f"{url}: {LOGIN}")
    if health.get("apiServerReady") is False:
        raise AwayError(f"{url}: its pages answer, but not its API server: look at ml-pipeline")
    pages = os.environ.get(PAGES, url).rstrip("/")
    # By its pages' server, or by the API server itself.
    serves_several = bool(health.get("apiServerMultiUser") or health.get("multi_user"))
    return Host(url, pages, namespace, serves_several, api)


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


def _get(api: Any, url: str, fields: dict[str, str]) -> tuple[int, bytes]:  # noqa: ANN401
    key = api.configuration.get_api_key_with_prefix("authorization") if _token() else None
    try:
        answer = api.rest_client.pool_manager.request(
            "GET",
            url,
            fields=fields,
            headers={"Authorization": key} if key else {},
            timeout=SECONDS,
        )
    except urllib3.exceptions.HTTPError as error:
        raise away(url.partition("/apis/")[0], error) from None
    return answer.status, answer.data
