"""The connection to an S3 server, and one line for each of its faults."""

import functools
import math
import os
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import boto3
import botocore.exceptions as faults
from botocore.config import Config

from components.runtime.errors import InputError
from pipelines.store.retries import Retries, StoreUnavailableError, seconds_waited

S3Client = Any  # boto3 makes its classes when it runs
CONNECTIONS = 16
ATTEMPTS = ("AWS_MAX_ATTEMPTS", "6")
KEYS = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"


def connect(*, wait: float = 0.0) -> S3Client:
    """A client of the server that the environment names.

    The endpoint comes from AWS_ENDPOINT_URL_S3, credentials from AWS_ACCESS_KEY_ID and
    AWS_SECRET_ACCESS_KEY, a profile or the workload's identity, the region from
    AWS_DEFAULT_REGION, a private authority's certificate from MATCHING_EXPERTS_CA_CERTIFICATE. A
    request that fails for the moment (500, 503 SlowDown, a broken connection) is sent
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
    settings = Config(
        connect_timeout=_setting("MATCHING_EXPERTS_CONNECT_SECONDS", "10", expected="seconds"),
        read_timeout=_setting("MATCHING_EXPERTS_READ_SECONDS", "60", expected="seconds"),
        retries={"mode": "standard", "total_max_attempts": int(_setting(*ATTEMPTS, least=1))},
        max_pool_connections=CONNECTIONS,
        response_checksum_validation="when_supported",  # where the server sends checksums
    )
    certificate = os.environ.get(CERTIFICATE)
    try:
        client = boto3.client(
            "s3", config=settings, verify=_certificate_file(certificate) if certificate else None
        )
    except faults.ProfileNotFound as error:
        raise InputError(f"S3: {_one_line(error)}: check AWS_PROFILE") from None
    except (faults.BotoCoreError, ValueError) as error:
        raise InputError(f"S3: {_one_line(error)}: {WHERE}") from None
    client.meta.events.register("before-call.s3.HeadBucket", _follow_no_redirection)
    Retries(wait, endpoint=client.meta.endpoint_url).watch(client)
    return client


def pod_wait() -> float:
    """Seconds for which a pod waits for the store: MATCHING_EXPERTS_STORE_WAIT_MINUTES, or 10.

    Raises:
        InputError: It is no number of minutes from 0 on.
    """
    expected = "minutes; 0 does not wait"
    return 60 * _setting("MATCHING_EXPERTS_STORE_WAIT_MINUTES", "10", expected=expected, least=0)


@contextmanager
def named_faults(address: object) -> Iterator[None]:
    """Turns each fault between this machine and an S3 server into one line that says what to mend.

    Args:
        address: The store that the block works on, for the line.

    Raises:
        StoreUnavailableError: The server is still unavailable after the wait.
        InputError: The server is not reached, hangs, refuses or keeps failing.
    """
    try:
        yield
    except (faults.ClientError, faults.BotoCoreError, ValueError) as error:
        line = f"{address}: {_named(error)}"
        if seconds := seconds_waited(error):
            raise StoreUnavailableError(f"{line}, waited {seconds / 60:.3g} minutes") from None
        raise InputError(line) from None


def _follow_no_redirection(*, context: dict[str, Any], **_: object) -> None:
    """Lets botocore ask once for the region of a bucket, not once more for each redirection."""
    context["s3_redirect"]["redirected"] = True


CERTIFICATE = "MATCHING_EXPERTS_CA_CERTIFICATE"
WHERE = "check AWS_ENDPOINT_URL_S3 and the network"
REFUSALS = {
    "NoSuchBucket": "no such bucket: create it, or check the store's URL and AWS_ENDPOINT_URL_S3",
    "InvalidAccessKeyId": "the server does not know the access key: check AWS_ACCESS_KEY_ID",
    "SignatureDoesNotMatch": "the secret key is wrong: check AWS_SECRET_ACCESS_KEY",
    "ExpiredToken": "the session's credentials have expired: renew AWS_SESSION_TOKEN and its keys",
    "InvalidToken": "the session's token is not valid: check AWS_SESSION_TOKEN",
    "RequestTimeTooSkewed": "this machine's clock is off by too much: set it",
    "AuthorizationHeaderMalformed": "wrong region: check AWS_DEFAULT_REGION",
    "BadDigest": "an object arrived corrupt and was refused: try again",
    "SlowDown": "the server asks to slow down, again and again: try again later",
    "QuotaExceeded": "the store is full",
    "XMinioStorageFull": "the store is full",
}
ALIASES = {
    "404": "NoSuchBucket",
    "ExpiredTokenException": "ExpiredToken",
    "TokenRefreshRequired": "ExpiredToken",
    "ServiceUnavailable": "SlowDown",
    "503": "SlowDown",
    "429": "SlowDown",
    "InsufficientStorage": "QuotaExceeded",
}


def _named(error: Exception) -> str:
    match error:
        case faults.ClientError():
            return _refusal(error)
        case faults.NoCredentialsError():
            return f"no credentials: set {KEYS}"
        case faults.PartialCredentialsError() | faults.CredentialRetrievalError():
            return f"{_one_line(error)}: set {KEYS}"
        case faults.ConnectTimeoutError() | faults.ReadTimeoutError():
            return f"{_endpoint()} does not answer: {WHERE}"
        case faults.HTTPClientError() | faults.ConnectionError():
            return _unreached(error)
        case faults.IncompleteReadError():
            return f"{_endpoint()} ended an answer too early"
    return f"{_one_line(error)}: {WHERE}"


def _refusal(error: faults.ClientError) -> str:
    response = error.response
    code = str(response.get("Error", {}).get("Code", "?"))
    code = ALIASES.get(code, code)
    if code in REFUSALS:
        return REFUSALS[code]
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if 300 <= status < 400:
        return (
            f"{_endpoint()} redirects every request: check AWS_ENDPOINT_URL_S3 (https://?)"
            " and AWS_DEFAULT_REGION"
        )
    if code in ("AccessDenied", "403", "Forbidden", "AllAccessDisabled"):
        return (
            f"{error.operation_name} is not allowed: check the credentials"
            f" ({KEYS}) and their policy (manifests/s3/policy.json)"
        )
    if status >= 500:
        return (
            f"{_endpoint()} keeps failing ({code}): try again later, see whether its"
            f" disk is full, or {WHERE}"
        )
    message = response.get("Error", {}).get("Message", "")
    return f"{error.operation_name} refused ({code}): {message}"


def _unreached(error: faults.BotoCoreError) -> str:
    cause = error.kwargs.get("error") or error
    if isinstance(cause, ValueError):  # of a header; its text shows the secret
        return (
            f"{KEYS} contain characters that cannot be sent, such as a line break: set them again"
        )
    if "CERTIFICATE_VERIFY_FAILED" in str(cause):
        return (
            f"{_endpoint()} shows a certificate that is not trusted ({_one_line(cause)}): set"
            f" {CERTIFICATE} to the text of its authority's certificate"
        )
    return f"{_endpoint()} is not reached ({_one_line(cause)}): {WHERE}"


def _endpoint() -> str:
    return (
        os.environ.get("AWS_ENDPOINT_URL_S3")
        or os.environ.get("AWS_ENDPOINT_URL")
        or "AWS's own S3"
    )


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


def _setting(
    variable: str, default: str, *, expected: str = "a number from 1", least: float = 1e-9
) -> float:
    """The number that a variable of the environment holds."""
    value = os.environ.get(variable) or default
    with suppress(ValueError):
        if least <= (number := float(value)) < math.inf:
            return number
    raise InputError(f"{variable}: found '{value}', expected {expected}")


def _one_line(error: object) -> str:
    return str(error).strip().split("\n", maxsplit=1)[0]
