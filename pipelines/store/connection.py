"""The connection to an S3 server."""

import functools
import math
import os
import ssl
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
import botocore.exceptions as faults
from botocore.config import Config

from components.runtime.errors import InputError
from pipelines.store.faults import CERTIFICATE, CHECKSUMS, one_line, watch_checksums
from pipelines.store.retries import Retries

S3Client = Any  # boto3 makes its classes when it runs
CONNECTIONS = 16
SETTINGS = {  # that boto3 refuses, by its error
    faults.ProfileNotFound: "AWS_PROFILE",
    faults.InvalidRegionError: "AWS_DEFAULT_REGION",
    faults.InvalidChecksumConfigError: " and ".join(CHECKSUMS),
}
PROFILE = "AWS_ENDPOINT_URL_S3, the other AWS variables and the files of profiles"


def connect(*, wait: float = 0.0) -> S3Client:
    """A client of the server that the environment names, by the variables of docs/store.md.

    A request that fails for the moment (500, 503 SlowDown, a broken connection) is sent
    AWS_MAX_ATTEMPTS times, 6 by default, with pauses of half a minute at most in all. A server that
    accepts no connection for MATCHING_EXPERTS_CONNECT_SECONDS (10) or sends no byte for
    MATCHING_EXPERTS_READ_SECONDS (60) has failed once: one that hangs is given up after six
    minutes.

    Args:
        wait: Seconds for which such a request is sent again beyond that, with pauses of at most
            ten seconds and a line each minute.

    Raises:
        InputError: The environment's settings contradict each other or cannot be read.
    """
    attempts = int(_setting("AWS_MAX_ATTEMPTS", "6", expected="a number from 1", least=1))
    settings = Config(
        connect_timeout=_setting("MATCHING_EXPERTS_CONNECT_SECONDS", "10", expected="seconds"),
        read_timeout=_setting("MATCHING_EXPERTS_READ_SECONDS", "60", expected="seconds"),
        retries={"mode": "standard", "total_max_attempts": attempts},
        max_pool_connections=CONNECTIONS,
    )
    token = os.environ.get("AWS_WEB_IDENTITY_TOKEN_FILE")
    if token and not Path(token).is_file():
        raise InputError(f"AWS_WEB_IDENTITY_TOKEN_FILE: found no file {token}, expected a token")
    try:
        client = boto3.client("s3", config=settings, verify=_certificates())
    except (faults.BotoCoreError, ValueError, OSError) as error:
        mend = next((each for kind, each in SETTINGS.items() if isinstance(error, kind)), PROFILE)
        raise InputError(f"S3: {one_line(error)}: check {mend}") from None
    client.meta.events.register("before-call.s3.HeadBucket", _follow_no_redirection)
    if client.meta.config.response_checksum_validation == "when_required":
        # So set, s3transfer 0.19 hangs at objects of more parts than it keeps in memory: it lets
        # the first part's thread begin the others. Hence the same by another way.
        client.meta.config.response_checksum_validation = "when_supported"
        client.meta.events.register_last("before-parameter-build", _ask_for_no_checksum)
    watch_checksums(client)
    Retries(client, wait)
    return client


def pod_wait() -> float:
    """Seconds for which a pod waits for the store: MATCHING_EXPERTS_STORE_WAIT_MINUTES, or 10."""
    expected = "minutes; 0 does not wait"
    return 60 * _setting("MATCHING_EXPERTS_STORE_WAIT_MINUTES", "10", expected=expected, least=0)


def _ask_for_no_checksum(*, params: dict[str, Any], **_: object) -> None:
    """Takes back what botocore sets by default: to ask for an object's checksum, and verify it."""
    params.pop("ChecksumMode", None)


def _follow_no_redirection(*, context: dict[str, Any], **_: object) -> None:
    """Lets botocore ask once for the region of a bucket, not once more for each redirection."""
    context["s3_redirect"]["redirected"] = True


def _certificates() -> str | None:
    """The file with a private authority's certificate that the environment gives, if it does."""
    if text := os.environ.get(CERTIFICATE):
        return _certificate_file(text)
    if file := os.environ.get("AWS_CA_BUNDLE"):
        try:
            ssl.create_default_context(cafile=file)
        except OSError as error:
            raise InputError(
                f"AWS_CA_BUNDLE: found '{file}' ({one_line(error)}), expected a file of"
                " certificates in PEM"
            ) from None
    return None


@functools.cache  # once a process
def _certificate_file(text: str) -> str:
    """A file with the text of a private authority's certificate."""
    try:
        ssl.create_default_context(cadata=text)
    except (ssl.SSLError, TypeError, ValueError):
        raise InputError(
            f"{CERTIFICATE}: found {len(text)} characters that are no certificate, expected the"
            " text of one or more in PEM (-----BEGIN CERTIFICATE-----)"
        ) from None
    with tempfile.NamedTemporaryFile("w", suffix=".pem", delete=False) as file:
        file.write(text)
    return file.name


def _setting(variable: str, default: str, *, expected: str, least: float = 1e-9) -> float:
    """The number that a variable of the environment holds."""
    value = os.environ.get(variable) or default
    with suppress(ValueError):
        if least <= (number := float(value)) < math.inf:
            return number
    raise InputError(f"{variable}: found '{value}', expected {expected}")
