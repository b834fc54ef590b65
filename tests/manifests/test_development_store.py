"""The store of the development cluster, run as its container is."""

import os
import shutil
import subprocess
import sys
import time
from base64 import b64decode
from pathlib import Path

import boto3
import pytest

from pipelines.dvc.remote import address_of
from pipelines.store.serve import HOST, free_port, listens
from tests.conftest import ROOT
from tests.manifests.conftest import of_kind, pods

pytestmark = pytest.mark.slow


def test_it_serves_the_bucket_of_this_checkout_to_who_has_its_keys(built, tmp_path):
    objects = built("laptop")
    (secret,) = of_kind(objects, "Secret")
    keys = {name: b64decode(value).decode() for name, value in secret["data"].items()}
    (pod,) = pods(objects).values()
    port, program = free_port(), shutil.which("rclone", path=Path(sys.executable).parent)

    def command(container):
        assert f"rclone/rclone:{version(program)}" in container["image"]
        places = {"/data": str(tmp_path), ":9000": f"{HOST}:{port}"}
        args = [places.get(each, each) for each in container["args"]]
        return [program, *(each.replace("/data/", f"{tmp_path}/") for each in args)]

    def environment(container):
        found = dict(os.environ)
        for each in container["env"]:
            value = each.get("value") or keys[each["valueFrom"]["secretKeyRef"]["key"]]
            for name in keys:
                value = value.replace(f"$({name})", keys[name])
            found[each["name"]] = value
        return found

    (bucket,), (server,) = pod["initContainers"], pod["containers"]
    subprocess.run(command(bucket), env=environment(bucket), check=True)
    with subprocess.Popen(command(server), env=environment(server)) as running:
        try:
            end = time.monotonic() + 15
            while not listens(port) and time.monotonic() < end:
                time.sleep(0.05)
            client = boto3.client(
                "s3",
                endpoint_url=f"http://{HOST}:{port}",
                region_name=keys["AWS_DEFAULT_REGION"],
                aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
            )
            name = address_of(None, root=ROOT).bucket
            client.put_object(Bucket=name, Key="store/check", Body=b"here")
            assert client.get_object(Bucket=name, Key="store/check")["Body"].read() == b"here"
            assert (tmp_path / name / "store" / "check").read_bytes() == b"here"
        finally:
            running.terminate()
    (service,) = of_kind(objects, "Service")
    assert keys["AWS_ENDPOINT_URL_S3"] == f"http://{service['metadata']['name']}:9000"


def version(program):
    shown = subprocess.run([program, "version"], capture_output=True, text=True, check=True).stdout
    return shown.split()[1].removeprefix("v")
