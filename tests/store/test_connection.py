"""What goes wrong between us and an S3 server: a good result in the end, or one line."""

import datetime
import ipaddress
import time

import boto3
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from components.runtime.errors import InputError
from pipelines.store.bucket import Bucket, read_address
from pipelines.store.connection import connect
from pipelines.store.objects import Objects
from pipelines.store.serve import free_port
from tests.faulty_proxy import hangs, page, refusal, resets_after_request, resets_in_request
from tests.s3_server import RestartedServer, forget_credentials

ID = "0123456789abcdef0123456789abcdef"


def fault(store):
    """The one line that the first request of a pod ends with."""
    forget_credentials()
    with pytest.raises(InputError) as caught:
        Objects(Bucket(read_address(store))).held([ID])
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", ["AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"])
def test_wrong_credentials_are_named(store, monkeypatch, name):
    monkeypatch.setenv(name, "other")
    assert name in fault(store)


def test_missing_credentials_are_named(store, monkeypatch, tmp_path):
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE", "BOTO_CONFIG"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert "AWS_SECRET_ACCESS_KEY" in fault(store)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    assert "no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY" in fault(store)


def test_a_profile_that_there_is_not_is_named(store, monkeypatch):
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(InputError, match=r"profile \(nobody\) could not be found: check AWS_PROF"):
        connect()


def test_keys_with_a_line_end_are_named_and_not_shown(store, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test-key\n")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    line = fault(store)
    assert "AWS_ACCESS_KEY_ID" in line
    assert "Signature" not in line


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (400, "ExpiredToken", "AWS_SESSION_TOKEN"),
        (403, "InvalidAccessKeyId", "AWS_ACCESS_KEY_ID"),
        (403, "AccessDenied", "ListObjectsV2 is not allowed"),
        (403, "RequestTimeTooSkewed", "clock"),
        (301, "PermanentRedirect", "sends everyone elsewhere: check AWS_ENDPOINT_URL_S3"),
        (418, "Teapot", "refused (Teapot)"),
    ],
)
def test_a_refusal_is_named(proxy, store, status, code, words):
    proxy.spoil(refusal(status, code))
    assert words in fault(store)


def test_a_bucket_that_is_not_there_is_named(store):
    line = fault(store.replace("s3://bucket", "s3://bucket-2"))
    assert "s3://bucket-2" in line
    assert "no such bucket" in line
    assert "AWS_ENDPOINT_URL_S3" in line


@pytest.mark.parametrize("endpoint", ["bucket.example", "ftp://127.0.0.1"])
def test_an_endpoint_that_is_no_address_is_named(store, monkeypatch, endpoint):
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    assert "AWS_ENDPOINT_URL_S3" in fault(store)


def test_a_web_server_that_is_no_store_is_named(proxy, store):
    proxy.spoil(page)
    assert "check AWS_ENDPOINT_URL_S3" in fault(store)


def test_a_server_that_speaks_no_tls_is_named(proxy, store, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", proxy.endpoint.replace("http:", "https:"))
    assert "AWS_ENDPOINT_URL_S3" in fault(store)


def test_a_server_that_is_down_is_named(store, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    line = fault(store)
    assert "is not reached" in line
    assert "refused" in line
    assert "AWS_ENDPOINT_URL_S3" in line


def test_a_server_that_hangs_is_given_up_after_so_many_waits(proxy, store, monkeypatch):
    monkeypatch.setenv("MATCHING_EXPERTS_READ_SECONDS", "0.3")
    proxy.spoil(hangs)
    start = time.monotonic()
    assert "does not answer" in fault(store)
    assert len(proxy.requests) == 3  # AWS_MAX_ATTEMPTS
    assert time.monotonic() - start < 10


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [(500, "InternalError", "keeps failing"), (503, "SlowDown", "slow down")],
)
def test_a_server_that_never_recovers_is_named(proxy, store, status, code, words):
    proxy.spoil(refusal(status, code))
    assert words in fault(store)
    assert len(proxy.requests) == 3


@pytest.mark.parametrize(
    "fault", [resets_after_request, resets_in_request, refusal(503, "SlowDown")]
)
def test_a_request_that_fails_for_the_moment_is_sent_again(proxy, store, fault):
    bucket = Bucket(read_address(store))
    proxy.spoil(fault, times=2)
    bucket.write("a", content=b"content")
    proxy.spoil(fault, times=2)
    assert bucket.read("a") == b"content"
    proxy.spoil(fault, times=2)
    assert [each.key for each in bucket.listed("")] == ["a"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_MAX_ATTEMPTS", "0"),
        ("MATCHING_EXPERTS_READ_SECONDS", "soon"),
        ("MATCHING_EXPERTS_CONNECT_SECONDS", "nan"),
    ],
)
def test_a_setting_that_is_no_number_is_named(store, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    assert f"{name}: found '{value}', expected" in fault(store)


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    """A server that shows a certificate which nobody else vouches for; and its text."""
    folder = tmp_path_factory.mktemp("tls")
    (folder / "served" / "bucket").mkdir(parents=True)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "store")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "certificate").write_bytes(certificate.public_bytes(pem))
    (folder / "key").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    flags = ("--cert", str(folder / "certificate"), "--key", str(folder / "key"))
    server = RestartedServer(folder / "served", *flags, scheme="https")
    server.start()
    yield server, (folder / "certificate").read_text()
    server.stop()


@pytest.fixture
def secured(tls, store, monkeypatch):
    """The store behind that server."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", tls[0].endpoint)
    return store


def test_a_private_authoritys_certificate_is_taken_from_the_environment(
    secured, tls, monkeypatch, capfd
):
    monkeypatch.setenv("MATCHING_EXPERTS_CA_CERTIFICATE", tls[1])
    bucket = Bucket(read_address(secured))
    bucket.write("a", content=b"content")
    assert bucket.read("a") == b"content"
    assert "CERTIFICATE" not in "".join(capfd.readouterr())


def test_an_unknown_authority_is_named_with_the_variable_and_not_waited_for(secured, monkeypatch):
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    start = time.monotonic()
    words = "certificate that is not trusted.*set MATCHING_EXPERTS_CA_CERTIFICATE"
    with pytest.raises(InputError, match=words):
        Bucket(read_address(secured), connect(wait=60)).read("a")
    assert time.monotonic() - start < 10


@pytest.mark.parametrize("text", ["-----BEGIN CERTIFICATE-----\nsecret\n", "sécret"])
def test_a_certificate_that_is_none_is_named_and_not_shown(store, monkeypatch, text):
    monkeypatch.setenv("MATCHING_EXPERTS_CA_CERTIFICATE", text)
    line = fault(store)
    assert f"MATCHING_EXPERTS_CA_CERTIFICATE: found {len(text)} characters" in line
    assert "cret" not in line
