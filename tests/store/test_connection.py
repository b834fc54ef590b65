"""Faults between a client and an S3 server end well, or in one line that names the cause."""

import os
import time

import boto3
import pytest

from components.runtime.errors import InputError
from pipelines.dvc.remote import read_address
from pipelines.store.bucket import Bucket
from pipelines.store.connection import connect
from pipelines.store.retries import BODY_ATTEMPTS
from pipelines.store.serve import free_port
from tests.faulty_proxy import (
    ends_in_body,
    hangs,
    hangs_in_body,
    page,
    refusal,
    resets_after_request,
    resets_in_body,
    resets_in_request,
)
from tests.s3_server import forget_credentials

pytestmark = pytest.mark.slow

CONTENT = b"content" * 1000


def fault(store, *, wait=60):
    """The line with which a listing fails without waiting."""
    forget_credentials()
    start = time.monotonic()
    with pytest.raises(InputError) as caught:
        list(Bucket(read_address(store), connect(wait=wait)).listed(""))
    line = str(caught.value)
    assert "\n" not in line
    assert "waited" not in line
    assert time.monotonic() - start < 10
    return line


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("AWS_SECRET_ACCESS_KEY", "other", "the secret key is wrong: check AWS_SECRET_ACCESS_KEY"),
        ("AWS_ACCESS_KEY_ID", "other", "does not know the access key: check AWS_ACCESS_KEY_ID"),
        ("AWS_ACCESS_KEY_ID", "a-name\n", "AWS_ACCESS_KEY_ID, AWS_SESSION_TOKEN or AWS_DEFAULT_"),
        ("AWS_SESSION_TOKEN", "sécret\n", "AWS_SESSION_TOKEN or AWS_DEFAULT_REGION has characters"),
        ("AWS_DEFAULT_REGION", "eu-west-1\n", "AWS_DEFAULT_REGION has characters that"),
        ("AWS_ENDPOINT_URL_S3", "bucket.example", "AWS_ENDPOINT_URL_S3"),
        ("AWS_ENDPOINT_URL_S3", "ftp://127.0.0.1", "AWS_ENDPOINT_URL_S3"),
        ("AWS_ENDPOINT_URL_S3", "{}/bucket", "AWS_ENDPOINT_URL_S3, which names a server and no"),
        ("AWS_DEFAULT_REGION", "us east", "check AWS_DEFAULT_REGION"),
        ("AWS_REQUEST_CHECKSUM_CALCULATION", "never", "check AWS_REQUEST_CHECKSUM_CALCULATION and"),
        ("AWS_RESPONSE_CHECKSUM_VALIDATION", "", "and AWS_RESPONSE_CHECKSUM_VALIDATION"),
        ("AWS_CA_BUNDLE", "/nowhere", "AWS_CA_BUNDLE: found '/nowhere'"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere", "found no file /nowhere, expected a token"),
        ("HTTP_PROXY", "http://127.0.0.1:9", "check HTTPS_PROXY, HTTP_PROXY and NO_PROXY"),
        ("AWS_MAX_ATTEMPTS", "0", "AWS_MAX_ATTEMPTS: found '0', expected"),
        ("MATCHING_EXPERTS_READ_SECONDS", "soon", "READ_SECONDS: found 'soon', expected seconds"),
        ("MATCHING_EXPERTS_CONNECT_SECONDS", "nan", "CONNECT_SECONDS: found 'nan', expected"),
        ("MATCHING_EXPERTS_CA_CERTIFICATE", "sécret", "CA_CERTIFICATE: found 6 characters"),
        ("MATCHING_EXPERTS_CA_CERTIFICATE", "-----BEGIN CERTIFICATE-----\nsecret\n", "found 35"),
    ],
)
def test_a_wrong_setting_is_named_and_secrets_are_not_shown(store, monkeypatch, name, value, words):
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv(name, value.format(os.environ["AWS_ENDPOINT_URL_S3"]))
    line = fault(store, wait=0)
    assert words in line
    assert not any(secret in line for secret in ("a-name", "cret\n", "sécret", "Signature"))


def test_missing_credentials_are_named(store, monkeypatch, tmp_path):
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE", "BOTO_CONFIG"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert "AWS_SECRET_ACCESS_KEY" in fault(store)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    assert "no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY" in fault(store)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[profile other]\n", r"profile \(default\) could not be found: check AWS_PROFILE"),
        ("[default\n", "config: check AWS_ENDPOINT_URL_S3, the other AWS variables and the files"),
        (
            "[default]\ncredential_process = /nowhere\n",
            "No such file .*: check AWS_ENDPOINT_URL_S3",
        ),
        (
            "[default]\nsso_start_url=https://x\nsso_region=x\nsso_account_id=1\nsso_role_name=x\n",
            r"SSO Token.*: log in again \(aws sso login\), or set AWS_ACCESS_KEY_ID",
        ),
    ],
)
def test_a_profile_that_gives_no_keys_is_named(store, monkeypatch, tmp_path, text, words):
    (tmp_path / "config").write_text(text)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_PROFILE", "default")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(InputError, match=words):
        Bucket(read_address(store), connect()).read("a")


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (400, "ExpiredToken", "AWS_SESSION_TOKEN"),
        (403, "InvalidAccessKeyId", "AWS_ACCESS_KEY_ID"),
        (403, "AccessDenied", "ListObjectsV2 is not allowed"),
        (403, "RequestTimeTooSkewed", "clock"),
        (400, "InvalidRegionName", "wrong region: check AWS_DEFAULT_REGION"),
        (501, "NotImplemented", "ListObjectsV2 refused (NotImplemented): no"),
        (404, "NoSuchBucket", "no such bucket"),
        (418, "Teapot", "refused (Teapot)"),
        (507, "InsufficientStorage", "the store is full"),
    ],
)
def test_a_refusal_is_named_and_not_waited_for(proxy, store, status, code, words):
    proxy.spoil(refusal(status, code))
    assert words in fault(store)


def test_a_redirection_is_followed_no_further_than_to_the_buckets_region(proxy, store):
    proxy.spoil(refusal(301, "PermanentRedirect"))
    assert "redirects every request: check AWS_ENDPOINT_URL_S3" in fault(store)
    assert [method for method, _ in proxy.requests] == ["GET", "HEAD"]


def test_a_missing_bucket_is_named(store):
    line = fault(store.replace("s3://bucket", "s3://bucket-2"))
    assert line.startswith("s3://bucket-2/")
    assert "no such bucket: create it, or check the store's URL and AWS_ENDPOINT_URL_S3" in line


@pytest.mark.parametrize("status", [200, 403, 404, 502])
@pytest.mark.parametrize("text", ["<html><p>Welcome</p>", "<html><p>Welcome</p></html>"])
def test_a_web_server_that_is_no_store_is_named(proxy, store, monkeypatch, status, text):
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    proxy.spoil(page(status, text))
    assert "AWS_ENDPOINT_URL_S3" in fault(store, wait=0)
    with pytest.raises(InputError, match="AWS_ENDPOINT_URL_S3"):
        Bucket(read_address(store)).write("a", b"content")


@pytest.mark.parametrize("host", ["http://127.0.0.1:{}", "http://store.invalid:{}"])
def test_a_server_that_is_down_or_whose_name_does_not_resolve_is_named(store, monkeypatch, host):
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint := host.format(free_port()))
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    line = fault(store, wait=0)
    assert f"{endpoint} is not reached" in line
    assert "check AWS_ENDPOINT_URL_S3 and the network" in line


def test_a_server_without_tls_is_named(proxy, store, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", proxy.endpoint.replace("http:", "https:"))
    assert "speaks no TLS" in (line := fault(store, wait=0))
    assert "check AWS_ENDPOINT_URL_S3 (http://?)" in line


@pytest.mark.parametrize(
    ("fails", "words"),
    [
        (hangs, "does not answer"),
        (refusal(500, "InternalError"), "keeps failing"),
        (refusal(503, "SlowDown"), "slow down"),
    ],
)
def test_a_server_that_never_recovers_is_asked_a_few_times(proxy, store, monkeypatch, fails, words):
    monkeypatch.setenv("MATCHING_EXPERTS_READ_SECONDS", "0.3")
    proxy.spoil(fails)
    assert words in fault(store, wait=0)
    assert len(proxy.requests) == 3  # AWS_MAX_ATTEMPTS


@pytest.mark.parametrize(
    ("fault", "method"),
    [
        (resets_after_request, None),
        (resets_in_request, None),
        (refusal(503, "SlowDown"), None),
        (hangs_in_body, "GET"),
        (resets_in_body, "GET"),
        (ends_in_body, "GET"),
    ],
)
def test_a_request_that_fails_for_the_moment_is_sent_again(proxy, bucket, fault, method):
    proxy.spoil(fault, method=method, times=2)
    bucket.write("a", content=CONTENT)
    proxy.spoil(fault, method=method, times=2)
    assert bucket.read("a") == CONTENT
    proxy.spoil(fault, method=method, times=2)
    assert [each.key for each in bucket.listed("")] == ["a"]


@pytest.mark.parametrize("fault", [resets_in_body, ends_in_body])
def test_answers_that_always_break_off_are_named(proxy, bucket, fault):
    bucket.write("a", CONTENT)
    proxy.spoil(fault, method="GET")
    proxy.requests.clear()
    with pytest.raises(InputError, match="is not reached"):
        bucket.read("a")
    assert len(proxy.requests) == BODY_ATTEMPTS


@pytest.fixture
def secured(tls, store, monkeypatch):
    """The store behind that server."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", tls)
    return store


@pytest.mark.parametrize("variable", ["MATCHING_EXPERTS_CA_CERTIFICATE", "AWS_CA_BUNDLE"])
def test_a_private_authoritys_certificate_is_taken_from_the_environment(
    secured, certificate, monkeypatch, capfd, variable
):
    file = str(certificate.file)
    value = file if variable == "AWS_CA_BUNDLE" else certificate.file.read_text()
    monkeypatch.setenv(variable, value)
    bucket = Bucket(read_address(secured))
    bucket.write("a", content=b"content")
    assert bucket.read("a") == b"content"
    assert "CERTIFICATE" not in "".join(capfd.readouterr())


def test_an_unknown_authority_and_a_server_with_tls_are_named(secured, tls, monkeypatch):
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    line = fault(secured)
    assert "certificate that is not trusted" in line
    assert "set AWS_CA_BUNDLE to the file of its authority's certificate" in line
    assert "MATCHING_EXPERTS_CA_CERTIFICATE to the file's text" in line
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", tls.replace("https:", "http:"))
    assert "AWS_ENDPOINT_URL_S3" in fault(secured, wait=0)
