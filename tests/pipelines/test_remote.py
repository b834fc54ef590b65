"""The store's URL."""

import pytest

from components.runtime.errors import InputError
from pipelines.dvc import validation
from pipelines.dvc.remote import Address, address_of, read_address
from tests.conftest import ROOT

REMOTE = "[core]\nremote = a\n['remote \"a\"']\nurl = {}\n"


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


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("", "it does not begin with s3://"),
        ("gs://bucket/a", "it does not begin with s3://"),
        (" s3://bucket/a", "it does not begin with s3://"),
        (
            "https://bucket.s3.amazonaws.com/a",
            "the server's address belongs in AWS_ENDPOINT_URL_S3",
        ),
        ("s3://", "the bucket is missing"),
        ("s3://B", "the bucket's name has 'B': expected small letters"),
        ("s3://My_Bucket/p", "has 'M'"),
        ("s3://my_bucket/p", "has '_'"),
        ("s3://bücket/p", "has 'ü'"),
        ("s3://bucket\n/p", r"has '\n'"),
        ("s3://tenant:bucket/p", "has ':': a tenant follows from the keys"),
        ("s3://arn:aws:s3:::bucket/p", "has ':'"),
        ("s3://key:secret@bucket/p", "has '@': user names and keys belong in AWS_ACCESS_KEY_ID"),
        ("s3://ab/p", "has 2 characters, expected 3 to 63"),
        (f"s3://{'a' * 64}/p", "has 64 characters"),
        ("s3://-bucket/p", "has '-': expected a letter or digit first and last"),
        ("s3://my..bucket/p", "has '..': expected no two dots"),
        ("s3://192.168.5.4/p", "has '192.168.5.4': expected a name"),
        ("s3://xn--bucket/p", "has 'xn--': S3 reserves"),
        ("s3://bucket//a", "the prefix has two slashes in a row or one at its start"),
        ("s3://bucket/a//b", "two slashes in a row"),
        ("s3://bucket/a/../b", "the prefix has the part '..'"),
        ("s3://bucket/a?versionId=1", "the prefix has '?'"),
        ("s3://bucket/a,b", "the prefix has ','"),
        ("s3://bucket/a b", "the prefix has ' '"),
        ("s3://bucket/a\n", r"the prefix has '\n'"),
    ],
)
def test_other_urls_are_refused_with_what_is_wrong(url, problem):
    with pytest.raises(InputError) as caught:
        read_address(url)
    assert "expected s3://bucket/prefix: " in str(caught.value)
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("", "no default remote"),
        (REMOTE.format("/tmp/a"), "found '/tmp/a', expected s3://bucket/prefix"),
        (REMOTE.format("s3://My_Bucket/p"), "the bucket's name has 'M'"),
        (REMOTE.format("s3://bucket/a,b"), "config: found ',' in a remote's URL"),
        ("[core]\nremote = a\n", "config: found no remote 'a'"),
        ("[core\n", "config: config file error: Invalid line"),
    ],
)
def test_a_checkout_without_a_remote_in_s3_has_none(tmp_path, config, words):
    (tmp_path / ".dvc").mkdir()
    (tmp_path / ".dvc" / "config").write_text(config)
    with pytest.raises(InputError, match=words):
        address_of(None, root=tmp_path)


@pytest.mark.slow
def test_a_study_whose_remote_no_server_takes_is_refused_before_anything_runs(monkeypatch):
    monkeypatch.chdir(ROOT)
    assert address_of(None, root=ROOT) == Address("matching-experts", "store")
    monkeypatch.setattr(validation, "default_remote", lambda _: "s3://My_Bucket/p")
    with pytest.raises(InputError, match="the bucket's name has 'M'"):
        validation.validate()
    monkeypatch.setattr(validation, "default_remote", lambda _: "/a/folder")
    validation.validate()
