"""A language model that answers over HTTP, for tests: chat completions and the Batch API."""

import json
import re
from collections import Counter

import certifi
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

KEY = "sk-test-0123456789abcdef"


class FakeModel:
    """Tags terms by a rule; what it was asked is recorded.

    Attributes:
        terms: Texts that belong to the field.
        faults: Functions of a call's body, each for one call; None lets the call go on.
        change: Gives the answer instead of an answer's text, by the call's body.
        broken: Says which calls of the first batch fail, by their number.
        lose_answer: Whether the answer to a batch that is handed in is lost.
        statuses: Of the batch that is asked for, one for each time; completed afterwards.
    """

    def __init__(self):
        self.terms, self.model = {"axon"}, "tiny-2026-11-01"
        self.bodies, self.asked = [], Counter()
        self.faults = []
        self.change = lambda text, _body: text
        self.listed = [{"id": "tiny", "object": "model"}]
        self.batches, self.files, self.statuses = {}, {}, ["in_progress"]
        self.broken = lambda _number: False
        self.lose_answer = False

    def respond(self, request):
        match request.path.removeprefix("/v1/").split("/"):
            case ["chat", "completions"]:
                return self.complete(request.get_json())
            case ["models"]:
                return as_json({"data": self.listed})
            case ["files"]:
                return as_json({"id": self.keep(request.files["file"].read()), "object": "file"})
            case ["files", name, *_]:
                return Response(self.files[name])
            case ["batches"] if request.method == "GET":
                return as_json({"data": list(self.batches.values()), "has_more": False})
            case ["batches"]:
                made = self.create(request.get_json())
                return failure(500)(None) if self.lose_answer else as_json(made)
            case ["batches", name]:
                if name not in self.batches:
                    return failure(404)(None)
                status = self.statuses.pop(0) if self.statuses else "completed"
                return as_json(self.batches[name] | {"status": status})

    def complete(self, body):
        self.bodies.append(body)
        if self.faults and (response := self.faults.pop(0)(body)):
            return response
        text = self.change(self.text(body), body)
        return text if isinstance(text, Response) else completion(text, model=self.model)

    def text(self, body):
        terms = asked_terms(body)
        self.asked.update(terms)
        tags = ["yes" if each in self.terms else "no" for each in terms]
        if not is_batched(body):
            return f"{tags[0].capitalize()}."
        rows = [
            {"index": number, "term": each, "answer": tag}
            for number, (each, tag) in enumerate(zip(terms, tags, strict=True), 1)
        ]
        return json.dumps({"answers": rows}, ensure_ascii=False)

    def create(self, body):
        """A batch, whose calls are answered at once."""
        answers, errors = [], []
        for line in map(json.loads, self.files[body["input_file_id"]].splitlines()):
            fails = not self.batches and self.broken(int(line["custom_id"]))
            answer = Response("{}", 500) if fails else self.complete(line["body"])
            status = answer.status_code
            response = {"status_code": status, "body": json.loads(answer.get_data())}
            row = {"custom_id": line["custom_id"], "response": response}
            (answers if status == 200 else errors).append(json.dumps(row, ensure_ascii=False))
        identifier = f"batch-{len(self.batches)}"
        self.batches[identifier] = {
            "id": identifier,
            "object": "batch",
            "metadata": body["metadata"],
            "output_file_id": self.keep("\n".join(answers).encode()),
            "error_file_id": self.keep("\n".join(errors).encode()),
        }
        return self.batches[identifier] | {"status": "validating"}

    def keep(self, content):
        name = f"file-{len(self.files)}"
        self.files[name] = content
        return name


def is_batched(body):
    return len(body["messages"]) == 2


def asked_terms(body):
    content = body["messages"][-1]["content"]
    if is_batched(body):
        return [row["term"] for row in json.loads(content)]
    return [content.removeprefix("Is '").partition("' a term")[0]]


def completion(text, *, model="tiny-2026-11-01", refusal=None):
    message = {"role": "assistant", "content": text, "refusal": refusal}
    usage = {
        "prompt_tokens": 100,
        "completion_tokens": 10,
        "total_tokens": 110,
        "prompt_tokens_details": {"cached_tokens": 40},
        "completion_tokens_details": {"reasoning_tokens": 3},
    }
    choices = [{"index": 0, "finish_reason": "stop", "message": message}]
    told = {"id": "1", "object": "chat.completion", "created": 1, "model": model}
    return as_json({**told, "choices": choices, "usage": usage})


def as_json(content):
    return Response(json.dumps(content), content_type="application/json")


def failure(status, message="broken", *, headers=(), **fields):
    """A fault: an error of the server."""
    content = json.dumps({"error": {"message": message, **fields}})
    return lambda _body: Response(content, status, dict(headers), content_type="application/json")


def serve(model, server):
    """The URL of the model on a server, in the place of the one that it served before."""
    server.clear()
    server.expect_request(re.compile("/v1/.*")).respond_with_handler(
        lambda request: model.respond(request)
    )
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


@pytest.fixture
def quick(monkeypatch):
    """No waiting between attempts or for a batch."""
    monkeypatch.setattr("components.language_model.pacing.LONGEST_PAUSE", 0.01)
    monkeypatch.setattr("components.language_model.batch.POLL_SECONDS", 0.01)
