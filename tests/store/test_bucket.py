"""Small objects over a network with faults."""

import pytest

from components.runtime.errors import InputError
from pipelines.dvc.remote import read_address
from pipelines.store.bucket import Bucket
from pipelines.store.retries import BODY_ATTEMPTS
from tests.faulty_proxy import ends_in_body, hangs_in_body, resets_in_body

CONTENT = b"content" * 1000


@pytest.fixture
def bucket(proxy, store):
    """A bucket with one object, behind the proxy."""
    bucket = Bucket(read_address(store))
    bucket.write("a", CONTENT)
    return bucket


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
