import json

import pytest
from werkzeug import Request, Response

from components.language_model import batch
from tests.language_model_server import FakeModel, asked_terms, failure
from tests.term_tagging.test_language_model import journal_lines, quick, tag, tags  # noqa: F401


class BatchModel(FakeModel):
    """A model behind a Batch API; `broken` says which calls of the first batch fail."""

    def __init__(self):
        super().__init__()
        self.batches, self.files, self.polls = {}, {}, 0
        self.broken = lambda _number: False
        self.lose_answer = False

    def models(self, request):
        path = request.path.removeprefix("/v1/")
        if path == "models":
            return super().models(request)
        if path == "files":
            content = request.files["file"].read()
            return self.json({"id": self.keep(content), "object": "file"})
        if path.startswith("files/"):
            return Response(self.files[path.split("/")[1]])
        if path == "batches" and request.method == "GET":
            return self.json({"data": list(self.batches.values()), "has_more": False})
        if path == "batches":
            made = self.create(request.get_json())
            return failure(500)(None) if self.lose_answer else self.json(made)
        self.polls += 1
        found = self.batches[path.split("/")[1]]
        return self.json(found | {"status": "in_progress" if self.polls % 2 else "completed"})

    def create(self, body):
        answers, errors = [], []
        for line in map(json.loads, self.files[body["input_file_id"]].splitlines()):
            number = int(line["custom_id"])
            if not self.batches and self.broken(number):
                status, answer = 500, Response("{}")
            else:
                request = Request.from_values(method="POST", json=line["body"])
                answer = self.complete(request)
                status = answer.status_code
            response = {"status_code": status, "body": json.loads(answer.get_data())}
            row = {"custom_id": line["custom_id"], "response": response}
            (answers if status == 200 else errors).append(json.dumps(row))
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

    def json(self, content):
        return Response(json.dumps(content), content_type="application/json")


@pytest.fixture
def model():
    return BatchModel()


@pytest.fixture
def batched(tag, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setattr(batch, "POLL_SECONDS", 0.01)
    params = tmp_path / "params.yaml"
    params.write_text("language_models: {tiny: {batch: true}}")
    return lambda **changes: tag(params=params, **changes)


@pytest.mark.parametrize("profile", ["batched", "published"])
def test_what_fails_in_a_batch_goes_into_another(batched, model, tmp_path, profile):
    model.broken = lambda number: number == 0
    flags = {"profile": profile, "terms-per-call": 5}
    assert batched(**flags) is None
    domain, pretrained = tags(tmp_path / "terms")
    assert {term for term, each in domain.items() if each == "yes"} == {"axon"}
    assert set(pretrained.values()) == {"no"}
    assert len(model.batches) == 2
    keys = [key for line in journal_lines(tmp_path) for key in line["asked"]]
    assert len(keys) == len(set(keys)) == sum(model.asked.values())
    assert not list(tmp_path.glob("state/*/batch.json"))


def test_a_batch_is_found_again_and_not_submitted_twice(batched, model):
    flags = {"terms-per-call": 5}
    model.lose_answer = True
    assert "answered 500" in batched(**flags)
    model.lose_answer = False
    asked = sum(model.asked.values())
    assert batched(**flags) is None
    assert len(model.batches) == 1
    assert sum(model.asked.values()) == asked


def test_a_refusal_in_a_batch_is_recorded(batched, model, tmp_path):
    filtered = failure(400, "filtered", code="content_filter")
    model.change = lambda text, body: filtered(body) if asked_terms(body) == ["axon"] else text
    assert batched(profile="published") is None
    assert tags(tmp_path / "terms")[0]["axon"] == "filtered"
