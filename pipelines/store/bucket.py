"""A store's small objects: read, written and listed by key."""

import base64
import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

from botocore.exceptions import (
    ClientError,
    FlexibleChecksumError,
    IncompleteReadError,
    ReadTimeoutError,
    ResponseStreamingError,
)

from pipelines.store.address import Address
from pipelines.store.connection import S3Client, connect, named_faults

ATTEMPTS = 5
BROKEN_OFF = (
    FlexibleChecksumError,
    IncompleteReadError,
    ReadTimeoutError,
    ResponseStreamingError,
)


@dataclass(frozen=True)
class Listed:
    """An object in a listing: its key below the store's prefix, size in bytes, last change."""

    key: str
    size: int
    modified: datetime


class Bucket:
    """The objects below a store's prefix.

    Args:
        address: The store.
        client: The connection to its server; a new one by default.
    """

    def __init__(self, address: Address, client: S3Client | None = None) -> None:
        self.address = address
        self.client = client or connect()
        self.client.patience.store = str(address)

    def read(self, *parts: str, span: tuple[int, int] | None = None) -> bytes | None:
        """An object's content, or nothing where there is no such object.

        An answer that breaks off is asked for again, five times or as long as the client's patience
        lasts.

        Args:
            parts: Of its key.
            span: First byte and the one after the last, if it is not all of it.

        Raises:
            InputError: The server is not reached or refuses.
        """
        asked = self.place(*parts)
        if span:
            asked["Range"] = f"bytes={span[0]}-{span[1] - 1}"
        with named_faults(self.address):
            return self._whole(asked)

    def write(self, *parts: str, content: bytes) -> None:
        """Writes an object whole or not at all; the server checks its MD5.

        Raises:
            InputError: The server is not reached or refuses.
        """
        digest = base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
        with named_faults(self.address):
            self.client.put_object(**self.place(*parts), Body=content, ContentMD5=digest)

    def listed(self, *parts: str) -> Iterator[Listed]:
        """The objects whose keys begin with some parts, in the order of their keys.

        Raises:
            InputError: The server is not reached or refuses.
        """
        start = len(self.address.key("-")) - 1
        with named_faults(self.address):
            pages = self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.address.bucket, Prefix=self.address.key(*parts)
            )
            for page in pages:
                for each in page.get("Contents", ()):
                    yield Listed(each["Key"][start:], each["Size"], each["LastModified"])

    def wait_no_more(self) -> None:
        """Lets requests that wait for a server that is away fail at their next try, and later ones.

        That is after ten seconds at most.
        """
        self.client.patience.seconds = 0.0

    @contextmanager
    def hurried(self) -> Iterator[None]:
        """Ends the wait of other threads for the server when the block is interrupted."""
        try:
            yield
        except KeyboardInterrupt:
            self.wait_no_more()
            raise

    def place(self, *parts: str) -> dict[str, str]:
        """Bucket and key, as the client's calls take them."""
        return {"Bucket": self.address.bucket, "Key": self.address.key(*parts)}

    def _whole(self, asked: dict[str, str]) -> bytes | None:
        request: dict[str, Any] = {}
        for attempt in count(1):
            if not (answer := self._answer(asked)):
                return None
            try:
                content: bytes = answer["Body"].read()
            except BROKEN_OFF as error:  # the client itself tries again only until an answer begins
                pause = self.client.patience.pause(request, fault=error)
                if pause is None and attempt >= ATTEMPTS:
                    raise
                time.sleep(pause or 0)
            else:
                return content
        raise AssertionError

    def _answer(self, asked: dict[str, str]) -> dict[str, Any] | None:
        try:
            answer: dict[str, Any] = self.client.get_object(**asked)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                return None
            raise
        return answer
