"""Where the store is: a bucket and a prefix in it."""

import re
from dataclasses import dataclass
from pathlib import Path

from components.runtime.errors import InputError
from pipelines.dvc.remote import default_remote

URL = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(/(?P<prefix>.*))?")


@dataclass(frozen=True)
class Address:
    """A bucket, and the prefix of all the store's keys in it, without slashes at its ends."""

    bucket: str
    prefix: str

    def key(self, *parts: str) -> str:
        """The key of an object: the prefix and some parts, joined by slashes."""
        return "/".join(part for part in (self.prefix, *parts) if part)

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")


def read_address(url: str) -> Address:
    """The address that a URL gives.

    Args:
        url: `s3://bucket` or `s3://bucket/prefix`. The endpoint is no part of it: it comes from
            AWS_ENDPOINT_URL_S3, or is AWS's own.

    Raises:
        InputError: The URL has another form.
    """
    if not (match := URL.fullmatch(url)):
        raise InputError(f"the store's URL: found '{url}', expected s3://bucket/prefix")
    return Address(match["bucket"], (match["prefix"] or "").strip("/"))


def configured_address(root: Path) -> Address:
    """The address of a checkout's default DVC remote.

    Args:
        root: The checkout's folder.

    Raises:
        InputError: No default remote is configured, or it is not in S3.
    """
    return read_address(default_remote(root))


def address_of(url: str | None, *, root: Path) -> Address:
    """The address that a URL gives, or without one a checkout's configuration."""
    return read_address(url) if url else configured_address(root)
