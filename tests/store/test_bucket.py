"""The store's URL, and small objects over a network with faults."""

import pytest

from components.runtime.errors import InputError
from pipelines.store.bucket import Address, Bucket, address_of, read_address
from pipelines.store.retries import BODY_ATTEMPTS
from tests.conftest import ROOT
from tests.faulty_proxy import ends_in_body, hangs_in_body, resets_in_body

CONTENT = b"content" * 1000


@pytest.fixture
def bucket(proxy, store):
    """A bucket with one object, behind the proxy."""
    bucket = Bucket(read_address(store))
    bucket.write("a", CONTENT)
    return bucket


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("s3://bucket/", Address("bucket", "")),
        ("s3://my.bucket-1/a/b", Address("my.bucket-1", "a/b")),
        ("s3://bucket/größe/", Address("bucket", "größe")),
    ],
)
def test_a_url_gives_bucket_and_prefix_and_back(url, address):
    assert read_address(url) == address
    assert str(address) == url.rstrip("/")
    assert address.key("runs/b") == f"{address.prefix}/runs/b".lstrip("/")


@pytest.mark.parametrize("url", ["", "bucket", "gs://bucket/a", "s3://", "s3://B", "s3:///a"])
def test_other_urls_are_refused_with_the_form_that_is_expected(url):
    with pytest.raises(InputError, match="expected s3://bucket/prefix"):
        read_address(url)


def test_this_checkout_has_a_store():
    assert address_of(None, root=ROOT) == Address("matching-experts", "store")


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("", "no default remote"),
        ("[core]\nremote = a\n['remote \"a\"']\nurl = /tmp/a\n", "expected s3://bucket/prefix"),
    ],
)
def test_a_checkout_without_a_remote_in_s3_has_none(tmp_path, config, words):
    (tmp_path / ".dvc").mkdir()
    (tmp_path / ".dvc" / "config").write_text(config)
    with pytest.raises(InputError, match=words):
        address_of(None, root=tmp_path)


@pytest.mark.parametrize(
    "fault",
    [pytest.param(hangs_in_body, marks=pytest.mark.slow), resets_in_body, ends_in_body],
)
def test_an_answer_that_breaks_off_is_asked_for_again(proxy, bucket, fault):
    proxy.spoil(fault, method="GET", times=1)
    assert bucket.read("a") == CONTENT
    proxy.spoil(fault, method="GET", times=1)
    assert [each.key for each in bucket.listed("")] == ["a"]


@pytest.mark.parametrize("fault", [resets_in_body, ends_in_body])
def test_answers_that_always_break_off_are_named(proxy, bucket, fault):
    proxy.spoil(fault, method="GET")
    before = len(proxy.requests)
    with pytest.raises(InputError, match="is not reached"):
        bucket.read("a")
    assert len(proxy.requests) - before == BODY_ATTEMPTS
