"""One line for each fault between this machine and an S3 server."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import botocore.exceptions as faults
from urllib3.exceptions import LocationValueError

from components.runtime.errors import InputError
from pipelines.store.retries import StoreUnavailableError, seconds_waited

KEYS = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
CERTIFICATE = "MATCHING_EXPERTS_CA_CERTIFICATE"
CHECKSUMS = ("AWS_REQUEST_CHECKSUM_CALCULATION", "AWS_RESPONSE_CHECKSUM_VALIDATION")
WITHOUT_CHECKSUMS = " and ".join(f"{each}=when_required" for each in CHECKSUMS)
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
}
ALIASES = {
    "404": "NoSuchBucket",
    "ExpiredTokenException": "ExpiredToken",
    "TokenRefreshRequired": "ExpiredToken",
    "InvalidRegionName": "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException": "AuthorizationHeaderMalformed",
    "ServiceUnavailable": "SlowDown",
    "503": "SlowDown",
    "429": "SlowDown",
    "InsufficientStorage": "QuotaExceeded",
    "XMinioStorageFull": "QuotaExceeded",
}
# How servers without the checksums that boto3 adds refuse a request: Cloudflare R2 (501), Ceph and
# Dell ECS, Storj and rclone; Backblaze B2, Wasabi and MinIO name a header or the checksum instead.
NO_CHECKSUMS = ("NotImplemented", "XAmzContentSHA256Mismatch", "MissingContentLength")
ABOUT_CHECKSUMS = re.compile(
    r"checksum|x-amz-(sdk|trailer|content-sha256)|aws-chunked|trailer", re.I
)
# Google, Qumulo and servers that take the checksum for content answer as if something else were
# wrong; what the table above says is true as well where no request has succeeded before.
MISLEADING = ("SignatureDoesNotMatch", "AuthorizationHeaderMalformed", "BadDigest", "InvalidDigest")
CHECKSUM_HEADERS = ("x-amz-checksum-", "x-amz-sdk-checksum-", "x-amz-trailer")
OTHERS_SUCCEEDED = "matching_experts_others_succeeded"  # in a refusal of a request with checksums


def watch_checksums(client: Any) -> None:  # noqa: ANN401 (boto3 makes its classes when it runs)
    """Records in each refusal whether its request carried boto3's checksums."""
    succeeded = False

    def record(*, response: Any, request_dict: dict[str, Any], **_: object) -> None:  # noqa: ANN401
        nonlocal succeeded
        headers = [name.lower() for name in request_dict["headers"]]
        if response and response[0].status_code < 300:
            succeeded = True
        elif response and any(name.startswith(CHECKSUM_HEADERS) for name in headers):
            response[1][OTHERS_SUCCEEDED] = succeeded

    client.meta.events.register("needs-retry.s3", record)


@contextmanager
def named_faults(address: object, *, endpoint: str) -> Iterator[None]:
    """Turns each fault between this machine and an S3 server into one line that says what to mend.

    Raises:
        StoreUnavailableError: The server is still unavailable after the wait.
        InputError: The server is not reached, hangs, refuses or keeps failing.
    """
    try:
        yield
    except (faults.ClientError, faults.BotoCoreError, ValueError) as error:
        line = f"{address}: {_named(error, endpoint)}"
        if seconds := seconds_waited(error):
            raise StoreUnavailableError(f"{line}, waited {seconds / 60:.3g} minutes") from None
        raise InputError(line) from None


def one_line(error: object) -> str:
    """The first line of an error's text."""
    return str(error).strip().split("\n", maxsplit=1)[0]


def _named(error: Exception, endpoint: str) -> str:
    match error:
        case faults.ClientError():
            return _refusal(error, endpoint)
        case faults.NoCredentialsError():
            return f"no credentials: set {KEYS}"
        case faults.PartialCredentialsError() | faults.CredentialRetrievalError():
            return f"{one_line(error)}: set {KEYS}"
        case faults.SSOError() | faults.TokenRetrievalError():
            return f"{one_line(error)}: log in again (aws sso login), or set {KEYS}"
        case faults.ProxyConnectionError():
            return (
                f"{one_line(error)}: check HTTPS_PROXY, HTTP_PROXY and NO_PROXY, which says for"
                f" which servers there is none ({endpoint})"
            )
        case faults.ConnectTimeoutError() | faults.ReadTimeoutError():
            return f"{endpoint} does not answer: {WHERE}"
        case faults.HTTPClientError() | faults.ConnectionError():
            return _unreached(error, endpoint)
        case faults.FlexibleChecksumError():
            return (
                f"{one_line(error)}: try again, or, if {endpoint} sends other checksums than S3,"
                f" set {CHECKSUMS[1]}=when_required"
            )
        case faults.IncompleteReadError():
            return f"{endpoint} ended an answer too early"
    return f"{one_line(error)}: {WHERE}"


def _refusal(error: faults.ClientError, endpoint: str) -> str:
    response = error.response
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    code = str(response.get("Error", {}).get("Code") or status)
    code = ALIASES.get(code, code)
    message = one_line(response.get("Error", {}).get("Message", ""))
    if code.isdigit() and not error.operation_name.startswith("Head"):  # to HEAD all say no more
        code, message = f"{code}, no answer of S3", WHERE
    refused = f"{error.operation_name} refused ({code}): {message}"
    with_checksums = OTHERS_SUCCEEDED in response
    if with_checksums and (
        status in (411, 501) or _is_about_checksums(code, message, response[OTHERS_SUCCEEDED])
    ):
        return f"{refused}: the server does not take boto3's checksums: set {WITHOUT_CHECKSUMS}"
    otherwise = f", or, if the server does not take boto3's checksums, set {WITHOUT_CHECKSUMS}"
    if code in REFUSALS:
        return REFUSALS[code] + (otherwise if with_checksums and code in MISLEADING else "")
    if code == "NoSuchKey" and error.operation_name == "ListObjectsV2":
        return f"{REFUSALS['NoSuchBucket']}, which names a server and no bucket"
    if 300 <= status < 400:
        return (
            f"{endpoint} redirects every request: check AWS_ENDPOINT_URL_S3 (https://?)"
            " and AWS_DEFAULT_REGION"
        )
    if code in ("AccessDenied", "403", "Forbidden", "AllAccessDisabled"):
        return (
            f"{error.operation_name} is not allowed: check the credentials"
            f" ({KEYS}) and their policy (manifests/s3/policy.json)"
        )
    if status >= 500 and status != 501:
        return (
            f"{endpoint} keeps failing ({code}): try again later, see whether its"
            f" disk is full, or {WHERE}{otherwise if response.get(OTHERS_SUCCEEDED) else ''}"
        )
    return refused.rstrip(": ") + (otherwise if with_checksums else "")


def _is_about_checksums(code: str, message: str, others_succeeded: bool) -> bool:
    """Whether a request with boto3's checksums was refused for them."""
    return (
        code in NO_CHECKSUMS
        or (others_succeeded and code in MISLEADING and code != "BadDigest")
        or (code not in REFUSALS and bool(ABOUT_CHECKSUMS.search(message)))
    )


def _unreached(error: faults.BotoCoreError, endpoint: str) -> str:
    cause = error.kwargs.get("error") or error
    text = one_line(cause)
    url = urlsplit(error.kwargs.get("endpoint_url") or endpoint)
    endpoint = f"{url.scheme}://{url.netloc}"  # or of the server that gives credentials
    if isinstance(cause, ValueError) and not isinstance(cause, LocationValueError):
        # Of a header; its text shows the secret.
        return (
            "AWS_ACCESS_KEY_ID, AWS_SESSION_TOKEN or AWS_DEFAULT_REGION has characters that cannot"
            " be sent, such as a line break: set it again"
        )
    if "doesn't match" in text or "certificate has expired" in text:
        return f"{endpoint} shows a certificate for another name or time ({text}): {WHERE}"
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return (
            f"{endpoint} shows a certificate that is not trusted ({text}): set AWS_CA_BUNDLE to the"
            f" file of its authority's certificate, or {CERTIFICATE} to the file's text"
        )
    if "WRONG_VERSION_NUMBER" in text:
        return f"{endpoint} speaks no TLS ({text}): check AWS_ENDPOINT_URL_S3 (http://?)"
    tls = " (https://?)" if url.scheme == "http" and "Connection broken" in text else ""
    return f"{endpoint} is not reached ({text}): {WHERE}{tls}"
