"""The connection to a Kubeflow Pipelines host, and the names of its faults."""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import kfp
import kfp_server_api
import urllib3
from kfp.client import ServiceAccountTokenVolumeCredentials

from components.errors import InputError

TOKEN = "KFP_TOKEN"  # noqa: S105 (the name of a variable)
SERVICE_ACCOUNT = "/var/run/secrets/kubeflow/pipelines/token"


@dataclass(frozen=True)
class Host:
    """A Kubeflow Pipelines host.

    Attributes:
        url: Its URL, as a browser opens it.
        namespace: The namespace of a multi-user installation.
        client: kfp's client.
    """

    url: str
    namespace: str | None
    client: Any

    def page(self, run: str) -> str:
        """The address of a run's page."""
        return f"{self.url.rstrip('/')}/#/runs/details/{run}"


def connect(host: str | None, namespace: str | None) -> Host:
    """A connection to a host; a token comes from KFP_TOKEN, or from the pod's service account.

    Args:
        host: Its URL; by default KF_PIPELINES_ENDPOINT.
        namespace: The namespace of a multi-user installation.

    Raises:
        InputError: No host is given.
    """
    url = host or os.environ.get("KF_PIPELINES_ENDPOINT")
    if not url:
        raise InputError("no host: give --host or set KF_PIPELINES_ENDPOINT")
    url = url if "://" in url else f"http://{url}"
    token = os.environ.get(TOKEN)
    mounted = not token and Path(SERVICE_ACCOUNT).exists()
    _probe(url, token or (Path(SERVICE_ACCOUNT).read_text(encoding="utf-8") if mounted else None))
    with warnings.catch_warnings(), named_faults(url):
        warnings.simplefilter("ignore")
        client = kfp.Client(
            host=url,
            namespace=namespace or "kubeflow",
            existing_token=token,
            credentials=ServiceAccountTokenVolumeCredentials() if mounted else None,
        )
    return Host(url, namespace, client)


@contextmanager
def named_faults(url: str) -> Iterator[None]:
    """Turns what goes wrong with a host into one line that says what to mend.

    Args:
        url: The host's URL.

    Raises:
        InputError: The host is not reached or refuses.
    """
    try:
        yield
    except kfp_server_api.ApiException as error:
        refusal = _refusal(error.status, error.body or error.reason)
        raise InputError(f"{url}: {refusal}") from None
    except urllib3.exceptions.HTTPError as error:
        reason = getattr(error, "reason", None) or error
        raise InputError(f"{url}: not reached ({_one_line(reason)}): check --host") from None


def _probe(url: str, token: str | None) -> None:
    """Asks a host whether it is well; kfp's client takes half a minute to say that it is not."""
    with named_faults(url):
        answer = urllib3.request(
            "GET",
            f"{url.rstrip('/')}/apis/v2beta1/healthz",
            headers=bearer(token),
            timeout=30.0,
            retries=False,
        )
    if answer.status != 200:
        raise InputError(f"{url}: {_refusal(answer.status, answer.data.decode(errors='replace'))}")


def bearer(token: str | None) -> dict[str, str]:
    """The header that carries a token."""
    return {"Authorization": f"Bearer {token.strip()}"} if token else {}


def _refusal(status: int, text: object) -> str:
    if status == 401:
        return f"the token is missing, wrong or expired: set {TOKEN}"
    if status == 403:
        return f"not allowed: check {TOKEN} and --namespace"
    if status == 404:
        return "found no Kubeflow Pipelines or no such run: check --host and the run's id"
    return f"refused ({status}): {_one_line(text)}"


def _one_line(text: object) -> str:
    return " ".join(str(text).split())[:300]
