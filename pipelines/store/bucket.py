"""The store's bucket: reading, writing and listing small objects by key."""

import base64
import functools
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError

from components.runtime.errors import InputError
from pipelines.dvc.remote import Address
from pipelines.store.connection import S3Client, connect
from pipelines.store.faults import CHECKSUM_HEADERS, WHERE, named_faults


@dataclass(frozen=True)
class Listed:
    """An object in a listing: its key below the store's prefix, size in bytes, last change."""

    key: str
    size: int
    modified: datetime


class Bucket:
    """The objects below a store's prefix; without a client it makes a new connection."""

    def __init__(self, address: Address, client: S3Client | None = None) -> None:
        self.address = address
        self.client = client or connect()
        self.endpoint: str = self.client.meta.endpoint_url
        self.client.retries.store = str(address)
        checksums = self.client.meta.config.request_checksum_calculation
        replace = functools.partial(_add_md5, instead=checksums == "when_required")
        self.client.meta.events.register("before-sign.s3.DeleteObjects", replace, "md5")

    def named_faults(self) -> AbstractContextManager[None]:
        """Turns each fault of the server into one line, as all methods do."""
        return named_faults(self.address, endpoint=self.endpoint)

    def place(self, key: str) -> dict[str, str]:
        """Bucket and key, as the client's calls take them."""
        return {"Bucket": self.address.bucket, "Key": self.address.key(key)}

    def read(self, key: str) -> bytes | None:
        """A small object's content, or None where there is no such object."""
        with self.named_faults():
            answer = _unless_missing(self.client.get_object, self.place(key))
            return answer["Body"].read() if answer else None

    def look_up(self, key: str) -> Listed | None:
        """An object's size and last change, or None where there is no such object."""
        with self.named_faults():
            answer = _unless_missing(self.client.head_object, self.place(key))
        return Listed(key, answer["ContentLength"], answer["LastModified"]) if answer else None

    def write(self, key: str, content: bytes) -> None:
        """Writes an object completely or not at all; the server checks its MD5."""
        with self.named_faults():
            answer = self.client.put_object(
                **self.place(key), Body=content, ContentMD5=_md5(content)
            )
        self._check_answer(answer, "ETag")

    def listed(self, prefix: str) -> Iterator[Listed]:
        """The objects whose keys begin with a prefix, in the order of their keys."""
        start = len(self.address.key(""))
        with self.named_faults():
            pages = self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.address.bucket, Prefix=self.address.key(prefix)
            )
            for page in pages:
                self._check_answer(page, "Name")
                for each in page.get("Contents", ()):
                    yield Listed(each["Key"][start:], each["Size"], each["LastModified"])

    def delete(self, keys: Sequence[str]) -> None:
        """Deletes up to 1,000 objects, for which pods have no right.

        Raises:
            InputError: Some could not be deleted, the others are.
        """
        named = [{"Key": self.address.key(key)} for key in keys]
        with self.named_faults():
            answer = self.client.delete_objects(
                Bucket=self.address.bucket, Delete={"Objects": named, "Quiet": True}
            )
        errors = [each for each in answer.get("Errors", ()) if each.get("Code") != "NoSuchKey"]
        if errors:
            raise InputError(
                f"{self.address}: {len(errors):,} of {len(keys):,} keys were not deleted, first"
                f" {errors[0].get('Key')} ({errors[0].get('Code')}): check the credentials and"
                " their policy (manifests/s3/collector-policy.json), then repeat"
            )

    def server_time(self) -> datetime:
        """The server's time, on which its objects' times are based."""
        with self.named_faults():
            answer = self.client.list_objects_v2(
                Bucket=self.address.bucket, Prefix=self.address.key(""), MaxKeys=1
            )
        return parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])

    def _check_answer(self, answer: dict[str, Any], field: str) -> None:
        """Refuses an answer without what S3 always gives: boto3 reads any page as an empty one."""
        if field not in answer:
            raise InputError(
                f"{self.address}: {self.endpoint} does not answer as an S3 server (no {field}):"
                f" {WHERE}"
            )

    def wait_no_more(self) -> None:
        """Makes requests that wait for the server fail at their next attempt, within 10 s."""
        self.client.retries.seconds = 0.0

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Ends the wait of other threads for the server when the block is interrupted."""
        try:
            yield
        except KeyboardInterrupt:
            self.wait_no_more()
            raise


def _unless_missing(call: Any, place: dict[str, str]) -> dict[str, Any] | None:  # noqa: ANN401
    """A client's answer about an object, or None where there is no such object."""
    try:
        answer: dict[str, Any] = call(**place)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
            return None
        raise
    return answer


def _md5(content: bytes) -> str:
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


def _add_md5(request: AWSRequest, *, instead: bool, **_: object) -> None:
    """Adds the checksum of a request that must have one in the form that all servers take.

    boto3 adds its own to such a request in any case; `instead` removes that.
    """
    request.headers["Content-MD5"] = _md5(request.body)
    for name in request.headers.keys() if instead else ():
        if name.lower().startswith(CHECKSUM_HEADERS):
            del request.headers[name]
