"""Where the store is."""

import pytest

from components.runtime.errors import InputError
from pipelines.store.bucket import Address, address_of, read_address
from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("s3://bucket", Address("bucket", "")),
        ("s3://bucket/", Address("bucket", "")),
        ("s3://my.bucket-1/a/b", Address("my.bucket-1", "a/b")),
        ("s3://bucket/größe/", Address("bucket", "größe")),
    ],
)
def test_a_url_gives_bucket_and_prefix(url, address):
    assert read_address(url) == address


@pytest.mark.parametrize("url", ["", "bucket", "gs://bucket/a", "s3://", "s3://B", "s3:///a"])
def test_other_urls_are_refused_with_the_form_that_is_expected(url):
    with pytest.raises(InputError, match="expected s3://bucket/prefix"):
        read_address(url)


def test_keys_lie_below_the_prefix_and_may_lie_at_the_root():
    assert Address("bucket", "a").key("runs", "b") == "a/runs/b"
    assert Address("bucket", "").key("runs", "b") == "runs/b"


def test_an_address_is_its_url():
    for url in ("s3://bucket", "s3://bucket/a/b"):
        assert str(read_address(url)) == url


def test_this_checkout_has_a_store():
    assert address_of(None, root=ROOT) == Address("matching-experts", "store")


def test_without_a_remote_there_is_one_line(tmp_path):
    (tmp_path / ".dvc").mkdir()
    with pytest.raises(InputError, match="no default remote"):
        address_of(None, root=tmp_path)


def test_a_remote_elsewhere_is_no_store(tmp_path):
    (tmp_path / ".dvc").mkdir()
    (tmp_path / ".dvc" / "config").write_text(
        "[core]\n    remote = local\n['remote \"local\"']\n    url = /tmp/somewhere\n"
    )
    with pytest.raises(InputError, match="expected s3://bucket/prefix"):
        address_of(None, root=tmp_path)
