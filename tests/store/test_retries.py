"""A server that is unavailable for a while costs time and nothing else."""

import random
import re
import signal
import threading
import time

import pytest
from botocore.exceptions import EndpointConnectionError
from s3transfer.manager import TransferConfig

from components.runtime.errors import InputError
from pipelines.dvc.lock_entries import place_in
from pipelines.dvc.remote import read_address
from pipelines.store import retries, transfer
from pipelines.store.bucket import Bucket
from pipelines.store.connection import connect, pod_wait
from pipelines.store.objects import Objects
from pipelines.store.retries import StoreUnavailableError
from tests.faulty_proxy import ends_in_body, hangs_in_body, refusal, resets_after_request
from tests.store.filled_store import cached

pytestmark = pytest.mark.slow

AWAY = 0.3  # seconds


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """Short pauses and timeouts, a line from the beginning, and no retries by botocore itself."""
    monkeypatch.setattr(retries, "LONGEST_PAUSE", 0.05)
    monkeypatch.setattr(retries, "SECONDS_UNTIL_LINE", 0.1)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("MATCHING_EXPERTS_READ_SECONDS", "3")


@pytest.fixture
def bucket(server):
    """A store whose server can be stopped, with a client that waits for it."""
    return Bucket(read_address("s3://bucket/store"), connect(wait=60))


@pytest.fixture
def content(bucket):
    """A large object: more than the buffers of a connection hold."""
    return random.Random(1).randbytes(1 << 20) * 16


def assert_printed_once(text):
    """All threads together print one line that the server is away and one that it is back.

    They print two pairs where a response that came before was read after the first failure.
    """
    words = (
        r"s3://bucket/store: the server http://127.0.0.1:\d+ is unavailable: waiting, 0 of 1 min"
    )
    away = re.findall(words, text)
    assert 1 <= len(away) <= 2
    assert text.count("is available again after") == len(away)


@pytest.mark.parametrize(
    ("event", "number"),
    [
        ("before-send.s3.PutObject", 1),
        ("before-send.s3.UploadPart", 3),
        ("before-send.s3.CompleteMultipartUpload", 1),
        ("before-send.s3.ListObjectsV2", 4),  # in the middle of a listing
        ("response-received.s3.GetObject", 3),  # while a large object arrives in parts
    ],
)
def test_all_goes_on_when_the_server_is_back(
    server, bucket, content, tmp_path, capsys, monkeypatch, event, number
):
    seen = []

    def go_away(**_):
        seen.append(None)
        if len(seen) == number:
            server.go_away(AWAY)

    parts = TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20)
    monkeypatch.setattr(transfer, "UPLOAD", parts)
    monkeypatch.setattr(transfer, "PART", 1 << 20)
    bucket.client.meta.events.register(event, go_away)
    bucket.client.meta.events.register(
        "before-parameter-build.s3.ListObjectsV2", lambda params, **_: params.update(MaxKeys=2)
    )
    objects, identifier = Objects(bucket), cached(tmp_path / "cache", content)
    names = [f"small/{number}" for number in range(5)]
    for name in names:
        bucket.write(name, b"content")
    objects.upload([identifier], tmp_path / "cache")
    assert [each.key for each in bucket.listed("small/")] == names
    assert bucket.read(names[0]) == b"content"
    objects.download(objects.held([identifier]), tmp_path / "other")
    assert place_in(tmp_path / "other", identifier).read_bytes() == content
    assert len(seen) >= number
    assert_printed_once(capsys.readouterr().err)


@pytest.mark.parametrize("endpoint", ["", "http://store.invalid:9000"], ids=["down", "no name"])
def test_a_server_that_does_not_come_back_is_named_with_a_line_each_minute(
    server, monkeypatch, capsys, endpoint
):
    monkeypatch.setattr(retries, "SECONDS_BETWEEN_LINES", 0.2)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint or server.endpoint)
    server.stop()
    bucket = Bucket(read_address("s3://bucket/store"), connect(wait=0.9))
    start = time.monotonic()
    with pytest.raises(StoreUnavailableError) as caught:
        bucket.read("a")
    assert re.search(r"is not reached.*, waited 0\.015 minutes$", str(caught.value))
    assert 0.9 <= time.monotonic() - start < 3
    lines = capsys.readouterr().err.splitlines()
    assert 2 <= len(lines) <= 4  # of some 15 tries
    assert not any("available again" in line for line in lines)


def test_a_fault_before_a_request_is_sent_was_not_waited_for(bucket):
    def unreached(**_):
        raise EndpointConnectionError(endpoint_url="http://who-gives-credentials")

    bucket.client.meta.events.register("before-sign.s3", unreached)
    with pytest.raises(InputError, match="is not reached") as caught:
        bucket.read("a")
    assert "waited" not in str(caught.value)


def test_an_upload_that_is_given_up_is_not_waited_for_twice(server, bucket, tmp_path, content):
    identifier = cached(tmp_path / "cache", content)
    client = connect(wait=0.3)
    client.meta.events.register("before-send.s3.UploadPart", lambda **_: server.stop())
    start = time.monotonic()
    with pytest.raises(InputError, match="waited"):
        Objects(Bucket(bucket.address, client)).upload([identifier], tmp_path / "cache")
    assert time.monotonic() - start < 4


@pytest.mark.parametrize("size", [10, 20 << 20])
def test_an_interruption_ends_the_wait_of_all_threads(server, bucket, tmp_path, size):
    objects = Objects(bucket)
    ids = [cached(tmp_path / "cache", bytes([each]) * size) for each in range(3)]
    objects.upload(ids, tmp_path / "cache")
    held = objects.held(ids)
    server.stop()
    for act in (
        lambda: objects.download(held, tmp_path / "other"),
        lambda: objects.upload(ids, tmp_path / "cache"),
    ):
        bucket.client.retries.seconds = 60.0
        main = threading.main_thread().ident
        threading.Timer(0.4, signal.pthread_kill, (main, signal.SIGINT)).start()
        start = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            act()
        assert time.monotonic() - start < 10


@pytest.mark.parametrize(
    "fault",
    [
        refusal(502, "?"),
        refusal(503, "SlowDown"),
        refusal(400, "RequestTimeout"),
        ends_in_body,
        resets_after_request,
    ],
)
def test_an_answer_that_fails_or_breaks_off_is_waited_for(proxy, store, monkeypatch, fault):
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    bucket = Bucket(read_address(store), connect(wait=10))
    proxy.spoil(fault, method="PUT", times=3)
    bucket.write("a", content=b"content" * 1000)
    proxy.spoil(fault, method="GET", times=7)
    assert bucket.read("a") == b"content" * 1000


def test_an_answer_that_hangs_half_way_is_given_up_after_the_wait(proxy, store, monkeypatch):
    monkeypatch.setenv("MATCHING_EXPERTS_READ_SECONDS", "0.3")
    bucket = Bucket(read_address(store), connect(wait=0.6))
    bucket.write("a", content=b"content" * 1000)
    proxy.spoil(hangs_in_body, method="GET")
    with pytest.raises(InputError, match=r"does not answer.*, waited 0\.01 minutes$"):
        bucket.read("a")


def test_the_wait_is_a_setting(monkeypatch):
    name = "MATCHING_EXPERTS_STORE_WAIT_MINUTES"
    for value, seconds in (("", 600), ("0", 0), ("0.5", 30)):
        monkeypatch.setenv(name, value)
        assert pod_wait() == seconds
    for value in ("soon", "-1", "inf"):
        monkeypatch.setenv(name, value)
        with pytest.raises(InputError, match=f"{name}: found '{value}', expected minutes"):
            pod_wait()
