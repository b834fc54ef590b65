"""The store's URL, s3://bucket/prefix: that of a checkout's default DVC remote."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from components.runtime.errors import InputError

# S3's rules for the names of buckets, by a pattern of what breaks each. Some servers take more, but
# boto3 and other servers do not.
BUCKET_RULES = {
    r"@": "user names and keys belong in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    r":": "a tenant follows from the keys, and a port belongs in AWS_ENDPOINT_URL_S3",
    r"[^a-z0-9.-]": "expected small letters a to z, digits, '-' and '.'",
    r"^[.-]|[.-]$": "expected a letter or digit first and last",
    r"\.\.": "expected no two dots in a row",
    r"^\d+\.\d+\.\d+\.\d+$": "expected a name, not an IP address",
    r"^(xn--|sthree-|amzn-s3-demo-)": "S3 reserves this beginning",
}


@dataclass(frozen=True)
class Address:
    """A bucket, and the prefix of all the store's keys in it, without slashes at its ends."""

    bucket: str
    prefix: str

    def key(self, key: str) -> str:
        """A key of the store as a key of the bucket."""
        return f"{self.prefix}/{key}" if self.prefix else key

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")


def read_address(url: str) -> Address:
    """The address that a URL gives: `s3://bucket` or `s3://bucket/prefix`.

    The endpoint is no part of it: it comes from AWS_ENDPOINT_URL_S3, or is AWS's own.

    Raises:
        InputError: The URL has another form, or S3, its servers or DVC do not take its names.
    """
    scheme, _, place = url.partition("://")
    bucket, _, prefix = place.partition("/")
    if problem := next(_problems(scheme, bucket, prefix.removesuffix("/")), None):
        shown = re.sub(r"(://)[^/]*@", r"\1...@", url)  # keys
        raise InputError(
            f"the store's URL: found {shown!r}, expected s3://bucket/prefix: {problem}"
        )
    return Address(bucket, prefix.removesuffix("/"))


def address_of(url: str | None, *, root: Path) -> Address:
    """The address that a URL gives, or without one a checkout's default DVC remote.

    Raises:
        InputError: The URL is refused, or no default remote is configured.
    """
    if not (found := url or default_remote(root)):
        raise InputError(
            f"{root / '.dvc/config'}: no default remote, expected one"
            " (dvc remote add --default store s3://bucket/prefix), or --store"
        )
    return read_address(found)


def default_remote(root: Path) -> str | None:
    """The URL of a checkout's default DVC remote, if it has one.

    Raises:
        InputError: DVC cannot read its configuration.
    """
    from dvc.config import Config, ConfigError

    file = root / ".dvc/config"
    try:
        config = Config(dvc_dir=str(root / ".dvc"))
        name = config["core"].get("remote")
        return str(config["remote"][name]["url"]) if name else None
    except ConfigError as error:
        raise InputError(f"{file}: {' '.join(str(error).split())}") from None
    except KeyError as error:
        raise InputError(
            f"{file}: found no remote {error}, expected the one of core.remote"
        ) from None
    except TypeError:  # of a list, as DVC reads it
        raise InputError(
            f"{file}: found ',' in a remote's URL, expected s3://bucket/prefix"
        ) from None


def _problems(scheme: str, bucket: str, prefix: str) -> Iterator[str]:
    if scheme in ("http", "https"):
        yield "the server's address belongs in AWS_ENDPOINT_URL_S3"
    if scheme != "s3":
        yield "it does not begin with s3://"
    if not bucket:
        yield "the bucket is missing"
    for pattern, rule in BUCKET_RULES.items():
        if match := re.search(pattern, bucket):
            yield f"the bucket's name has {match[0]!r}: {rule}"
    if not 3 <= (length := len(bucket)) <= 63:
        yield f"the bucket's name has {length} characters, expected 3 to 63"
    parts = prefix.split("/") if prefix else []
    if "" in parts:  # S3 keeps it, servers on file systems do not
        yield "the prefix has two slashes in a row or one at its start, expected one between names"
    if found := {".", ".."}.intersection(parts):
        yield f"the prefix has the part {min(found)!r}, expected names"
    # DVC cuts at '?', its configuration at '#'.
    if match := re.search(r"[^\w.=+@:~!$&'()%/-]", prefix):
        yield f"the prefix has {match[0]!r}, expected letters, digits, '-', '_' and '.'"
