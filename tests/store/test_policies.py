"""The policies of pods and of the collector, on a server that enforces them.

moto ignores conditions in users' policies, and checks the permission to delete several keys on the
bucket instead of on the keys.
"""

import json
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session
from moto import settings
from moto.core.authorization import enable_iam_authentication
from moto.server import ThreadedMotoServer

from components.runtime.errors import InputError
from pipelines.dvc.lock_entries import run_cache_key
from pipelines.store import collect as module
from pipelines.store.bucket import Bucket
from pipelines.store.collect import collect
from pipelines.store.layout import CHECK
from pipelines.store.run_cache import records
from pipelines.store.transfer import MIB
from tests.store.filled_store import FilledStore, collected, key_of_record, mirrored

pytestmark = pytest.mark.slow

POLICIES = Path(__file__).parents[2] / "manifests" / "s3"
URL = "s3://bucket/some/store"
UNKNOWN = {"scores": {"a": b"unknown"}}


def policy(name):
    """A file of manifests/s3 for the tests' bucket and prefix."""
    text = (POLICIES / name).read_text()
    return json.loads(text.replace("BUCKET", "bucket").replace("PREFIX", "some/store"))


@pytest.fixture
def server(monkeypatch):
    """A server with a bucket, which does not enforce policies yet."""
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    urlopen(f"http://{host}:{port}/moto-api/reset", data=b"")  # this process's other servers' too
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "owner",
        "AWS_SECRET_ACCESS_KEY": "owner",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL_S3", raising=False)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it remembers credentials
    monkeypatch.setattr(module, "SECONDS_FOR_PODS", 0.0)
    in_an_hour = datetime.now(UTC) + timedelta(hours=1)  # so that everything written now is old
    monkeypatch.setattr(Bucket, "server_time", lambda _bucket: in_an_hour)
    boto3.client("s3").create_bucket(Bucket="bucket")
    yield
    server.stop()


@pytest.fixture
def become(server, monkeypatch):
    """Makes this process a user with some policies; the server enforces them from then on."""
    enforced = enable_iam_authentication()

    def become(*policies):
        iam = boto3.client("iam")
        iam.create_user(UserName="user")
        for number, document in enumerate(policies):
            iam.put_user_policy(
                UserName="user", PolicyName=f"policy-{number}", PolicyDocument=json.dumps(document)
            )
        key = iam.create_access_key(UserName="user")["AccessKey"]
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
        enforced.__enter__()

    before = settings.INITIAL_NO_AUTH_ACTION_COUNT
    yield become
    if before != settings.INITIAL_NO_AUTH_ACTION_COUNT:
        enforced.__exit__(None, None, None)


@pytest.fixture
def owned(server, tmp_path):
    """The owner's view of a store with one study and one run that no study knows."""
    owned = FilledStore(URL, folder=tmp_path / "nowhere", cache=tmp_path / "cache")
    owned.run("train", {"model": {"weights": b"known"}}, run="run-1")
    owned.unknown = owned.run("test", UNKNOWN)
    return owned


def delete_on_the_bucket():
    """The additional permission that moto demands for deleting several keys at once."""
    statement = {"Effect": "Allow", "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::bucket"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def assert_denied(call, **arguments):
    with pytest.raises(ClientError) as refusal:
        call(Bucket="bucket", **arguments)
    assert refusal.value.response["Error"]["Code"] in ("AccessDenied", "403")


@pytest.fixture
def sent(monkeypatch):
    """The requests that boto3 sends during the test."""
    sent = []
    send = URLLib3Session.send

    def watch(self, request):
        sent.append(request)
        return send(self, request)

    monkeypatch.setattr(URLLib3Session, "send", watch)
    return sent


def assert_only_the_store_is_listed(sent, name):
    """Applies the condition on listings, which moto ignores."""
    (statement,) = [each for each in policy(name)["Statement"] if "Condition" in each]
    assert statement["Action"] == "s3:ListBucket"
    assert statement["Resource"] == "arn:aws:s3:::bucket"
    patterns = statement["Condition"]["StringLike"]["s3:prefix"]
    urls = [urlsplit(each.url) for each in sent if each.method in ("GET", "HEAD")]
    prefixes = [parse_qs(url.query).get("prefix", [""])[0] for url in urls if url.path == "/bucket"]
    assert prefixes
    assert all(any(fnmatchcase(each, pattern) for pattern in patterns) for each in prefixes)
    assert not any(fnmatchcase("some/store-2/files", pattern) for pattern in patterns)


def test_a_pods_policy_permits_all_its_requests(become, sent, tmp_path):
    become(policy("policy.json"))
    pod = FilledStore(URL, folder=tmp_path / "nowhere", cache=tmp_path / "cache")
    entry = pod.run("train", {"model": {"weights": b"w" * 17 * MIB}, "scores": b"1"}, run="run-1")
    assert records(pod.bucket, run_cache_key(entry)) == [entry]
    pulled = pod.pull(tmp_path / "pulled")
    assert {content[:1] for content in pulled.values()} == {b"w", b"1", b"[", b"d"}
    pod.bucket.write(CHECK, content=b"x")
    pod.bucket.write("corrupt/" + "0" * 32, content=b"")
    state = b"s" * 17 * MIB
    assert mirrored(pod.bucket, tmp_path, state) == state
    assert_only_the_store_is_listed(sent, "policy.json")


def test_a_pod_may_neither_delete_nor_change_the_bucket(owned, become, tmp_path, monkeypatch):
    become(policy("policy.json"))
    monkeypatch.chdir(tmp_path)
    collect(store=URL, plan=tmp_path / "plan.json", days=0)
    with pytest.raises(InputError, match=r"1 of 1 keys were not deleted, first some/store/runs/"):
        collect(store=URL, plan=tmp_path / "plan.json", execute=True)
    client = boto3.client("s3")
    key = f"some/store/{key_of_record(owned.unknown)}"
    assert_denied(client.delete_object, Key=key)
    answer = client.delete_objects(Bucket="bucket", Delete={"Objects": [{"Key": key}]})
    assert [each["Code"] for each in answer["Errors"]] == ["AccessDenied"]
    assert client.get_object(Bucket="bucket", Key=key)
    assert_denied(client.put_bucket_versioning, VersioningConfiguration={"Status": "Suspended"})
    assert_denied(client.delete_bucket_lifecycle)
    assert_denied(client.put_bucket_policy, Policy="{}")
    assert_denied(client.put_object, Key="some/store/other", Body=b"")
    assert_denied(client.put_object, Key="other/files/md5/ab/c", Body=b"")


def test_the_collector_may_collect_and_read_no_state(owned, become, sent, tmp_path):
    become(policy("collector-policy.json"), delete_on_the_bucket())
    collector = FilledStore(URL, folder=tmp_path / "nowhere", cache=tmp_path / "cache")
    collected(collector, tmp_path / "plan.json", root=tmp_path, days=0)
    assert not collector.holds(owned.unknown)
    assert list(collector.pull(tmp_path / "pulled"))
    assert_only_the_store_is_listed(sent, "collector-policy.json")
    digests = [each.headers.get("Content-MD5") for each in sent if "?delete" in each.url]
    assert [len(each) for each in digests] == [24] * 3  # of requests: records, manifests, files
    client = boto3.client("s3")
    assert_denied(client.get_object, Key="some/store/state/train/k.json")
    for place in ("studies/run-1/data.dvc", "state/train/k.json", "state/train/k/a/0", "check"):
        assert_denied(client.delete_object, Key=f"some/store/{place}")
        assert_denied(client.put_object, Key=f"some/store/{place}", Body=b"")
    for place in ("files/md5/ab/" + "0" * 30, "runs/ab/x/y", "corrupt/x"):
        client.delete_object(Bucket="bucket", Key=f"some/store/{place}")
        assert_denied(client.delete_object, Key=place)


def test_collected_keys_can_be_restored_in_a_bucket_with_versions(owned, tmp_path):
    client = boto3.client("s3")
    client.put_bucket_versioning(Bucket="bucket", VersioningConfiguration={"Status": "Enabled"})
    collected(owned, tmp_path / "plan.json", root=tmp_path, days=0)
    assert not owned.holds(owned.unknown)
    assert not records(owned.bucket, run_cache_key(owned.unknown))
    for marker in client.list_object_versions(Bucket="bucket")["DeleteMarkers"]:
        client.delete_object(Bucket="bucket", Key=marker["Key"], VersionId=marker["VersionId"])
    assert owned.holds(owned.unknown)
    assert records(owned.bucket, run_cache_key(owned.unknown)) == [owned.unknown]


def test_the_lifecycle_aborts_uploads_and_deletes_old_state_only(server):
    client = boto3.client("s3")
    client.put_bucket_lifecycle_configuration(
        Bucket="bucket", LifecycleConfiguration=policy("lifecycle.json")
    )
    rules = client.get_bucket_lifecycle_configuration(Bucket="bucket")["Rules"]
    assert rules[1]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}
    assert [(each["Filter"], each.get("Expiration")) for each in rules] == [
        ({"Prefix": "some/store/"}, None),
        ({"Prefix": "some/store/state/"}, {"Days": 30}),
    ]
    assert rules[0]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
