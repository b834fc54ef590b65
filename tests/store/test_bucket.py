"""Small objects over a network that breaks."""

import pytest

from components.runtime.errors import InputError
from pipelines.store.bucket import Bucket, read_address
from pipelines.store.retries import BODY_ATTEMPTS
from tests.faulty_proxy import (
    ends_in_body,
    hangs_in_body,
    refusal,
    resets_in_body,
    resets_in_request,
)

CONTENT = b"content" * 1000


@pytest.fixture
def bucket(proxy, store):
    """A bucket with one object, behind the proxy."""
    bucket = Bucket(read_address(store))
    bucket.write("a", content=CONTENT)
    return bucket


@pytest.mark.parametrize("fault", [hangs_in_body, resets_in_body, ends_in_body])
def test_an_answer_that_breaks_off_is_asked_for_again(proxy, bucket, fault):
    proxy.spoil(fault, method="GET", times=1)
    assert bucket.read("a") == CONTENT
    proxy.spoil(fault, method="GET", times=1)
    assert [each.key for each in bucket.listed("")] == ["a"]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (hangs_in_body, "does not answer"),
        (resets_in_body, "is not reached"),
        (ends_in_body, "is not reached"),
    ],
)
def test_answers_that_always_break_off_are_named(proxy, bucket, fault, words):
    proxy.spoil(fault, method="GET")
    before = len(proxy.requests)
    with pytest.raises(InputError, match=words):
        bucket.read("a")
    assert len(proxy.requests) - before == BODY_ATTEMPTS


def test_a_write_that_breaks_off_is_sent_again(proxy, bucket):
    proxy.spoil(resets_in_request, method="PUT", times=2)
    bucket.write("b", content=CONTENT)
    assert bucket.read("b") == CONTENT


def test_a_write_that_is_not_allowed_names_the_policy(proxy, bucket):
    proxy.spoil(refusal(403, "AccessDenied"), method="PUT")
    with pytest.raises(InputError, match="PutObject is not allowed.*policy"):
        bucket.write("b", content=CONTENT)


def test_a_refused_write_changes_nothing(proxy, bucket):
    proxy.spoil(refusal(507, "InsufficientStorage"), method="PUT")
    with pytest.raises(InputError, match="the store is full"):
        bucket.write("a", content=b"other")
    assert bucket.read("a") == CONTENT
