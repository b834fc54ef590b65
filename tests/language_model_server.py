"""A language model that answers over HTTP, for tests."""

import json
import re
import time
from collections import Counter

import certifi
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

KEY = "sk-test-0123456789abcdef"


class FakeModel:
    """Answers by a rule; what it was asked is recorded.

    Args:
        terms: Texts that belong to the field.
        model: The id that it returns.
    """

    def __init__(self, terms=("axon",), model="tiny-2026-11-01"):
        self.terms, self.model = set(terms), model
        self.bodies, self.asked = [], Counter()
        self.faults = []  # functions of the body; each serves once, None goes on
        self.change = lambda text, _body: text
        self.listed = [{"id": "tiny", "object": "model"}]
        self.delay = 0.0

    def models(self, request):
        return Response(json.dumps({"data": self.listed}), content_type="application/json")

    def complete(self, request):
        body = request.get_json()
        self.bodies.append(body)
        if self.faults and (response := self.faults.pop(0)(body)):
            return response
        time.sleep(self.delay)
        terms = asked_terms(body)
        self.asked.update(terms)
        text = self.change(self.text(terms, body), body)
        return text if isinstance(text, Response) else completion(text, model=self.model)

    def text(self, terms, body):
        tags = ["yes" if each in self.terms else "no" for each in terms]
        if not is_batched(body):
            return f"{tags[0].capitalize()}."
        rows = [
            {"index": number, "term": each, "answer": tag}
            for number, (each, tag) in enumerate(zip(terms, tags, strict=True), 1)
        ]
        return json.dumps({"answers": rows}, ensure_ascii=False)


def is_batched(body):
    return len(body["messages"]) == 2


def asked_terms(body):
    content = body["messages"][-1]["content"]
    if is_batched(body):
        return [row["term"] for row in json.loads(content)]
    return [content.removeprefix("Is '").partition("' a term")[0]]


def completion(text, *, model="tiny-2026-11-01", refusal=None, reason="stop"):
    message = {"role": "assistant", "content": text, "refusal": refusal}
    usage = {
        "prompt_tokens": 100,
        "completion_tokens": 10,
        "total_tokens": 110,
        "prompt_tokens_details": {"cached_tokens": 40},
        "completion_tokens_details": {"reasoning_tokens": 3},
    }
    content = {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": model,
        "choices": [{"index": 0, "finish_reason": reason, "message": message}],
        "usage": usage,
    }
    return Response(json.dumps(content), content_type="application/json")


def failure(status, message="broken", *, headers=(), **fields):
    """A fault: an error of the server."""
    content = json.dumps({"error": {"message": message, **fields}})
    return lambda _body: Response(content, status, dict(headers), content_type="application/json")


def serve(model, server):
    """The URL of the model on a server, in the place of the one that it served before."""
    server.clear()
    server.expect_request("/v1/chat/completions").respond_with_handler(model.complete)
    server.expect_request(re.compile("/v1/.*")).respond_with_handler(model.models)
    return server.url_for("/v1")


@pytest.fixture(scope="package")
def server():
    """A server for all tests: each takes half a second to stop."""
    with HTTPServer(threaded=True) as server:
        yield server


@pytest.fixture(autouse=True, scope="package")
def one_certificate(tmp_path_factory):
    """Lets clients, which ask no server over TLS here, load one certificate and not 140."""
    file = tmp_path_factory.mktemp("certificates") / "one.pem"
    first, end, _ = certifi.contents().partition("-----END CERTIFICATE-----\n")
    file.write_text(first + end)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(file))
        yield
