import time

import pytest
from huggingface_hub import constants

from components.runtime.errors import InputError
from components.runtime.hub import hub_repository


@pytest.mark.parametrize(("kind", "place"), [("model", "models"), ("data set", "datasets")])
def test_the_hub_gives_a_commit_or_one_line_why_not(hub, model_folder, kind, place):
    hub.folders[f"{place}/owner/tiny"] = model_folder
    hub.refused |= {f"{place}/owner/gated": "GatedRepo", f"{place}/owner/disabled": "Whatever"}
    repository = hub_repository("owner/tiny", revision="main", kind=kind)
    assert repository.revision == "1" * 40
    assert "model.safetensors" in repository.files
    for name, revision, line in (
        ("none", None, f"no {kind} owner/none on the Hub .*HF_TOKEN"),
        ("tiny", "v9", f"no revision v9 of the {kind} owner/tiny"),
        ("gated", None, f"the {kind} owner/gated is gated: accept its terms"),
        ("disabled", None, r"owner/disabled from http.*: the Hub answered 403"),
    ):
        with pytest.raises(InputError, match=line):
            hub_repository(f"owner/{name}", revision=revision, kind=kind)


def test_a_dead_hub_is_one_line_within_seconds(monkeypatch):
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    start = time.monotonic()
    with pytest.raises(InputError, match=r"owner/x from http://127.0.0.1:9: Connection refused"):
        hub_repository("owner/x", revision=None, kind="model")
    assert time.monotonic() - start < 5


def test_an_address_that_is_no_id_is_refused_without_a_request(hub):
    for identifier in ("a/b/c", "https://host/a", "../a", "a b", ""):
        with pytest.raises(InputError, match=r"no folder and no id of a model"):
            hub_repository(identifier, revision=None, kind="model")
    assert hub.asked == []
