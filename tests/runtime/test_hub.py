import time

import pytest

from components.runtime.errors import InputError
from components.runtime.hub import hub_repository


def test_a_branch_becomes_a_commit(hub, model_folder):
    hub.folders["models/owner/tiny"] = model_folder
    repository = hub_repository("owner/tiny", revision="main", kind="model")
    assert repository.revision == "1" * 40
    assert "model.safetensors" in repository.files


@pytest.mark.parametrize("kind", ["model", "data set"])
def test_what_the_hub_does_not_give_is_one_line(hub, model_folder, kind):
    place = "models" if kind == "model" else "datasets"
    hub.folders[f"{place}/owner/tiny"] = model_folder
    hub.refused[f"{place}/owner/gated"] = "GatedRepo"
    hub.refused[f"{place}/owner/disabled"] = "Whatever"
    with pytest.raises(InputError, match=f"no {kind} owner/none on the Hub .*HF_TOKEN"):
        hub_repository("owner/none", revision=None, kind=kind)
    with pytest.raises(InputError, match=f"no revision v9 of the {kind} owner/tiny"):
        hub_repository("owner/tiny", revision="v9", kind=kind)
    with pytest.raises(InputError, match=f"the {kind} owner/gated is gated: accept its terms"):
        hub_repository("owner/gated", revision=None, kind=kind)
    with pytest.raises(InputError, match=r"owner/disabled from http.*: the Hub answered 403"):
        hub_repository("owner/disabled", revision=None, kind=kind)


def test_a_dead_hub_is_one_line_within_seconds(monkeypatch):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    start = time.monotonic()
    with pytest.raises(InputError, match=r"owner/x from http://127.0.0.1:9: Connection refused"):
        hub_repository("owner/x", revision=None, kind="model")
    assert time.monotonic() - start < 5


@pytest.mark.parametrize("identifier", ["a/b/c", "https://host/a", "../a", "a b", ""])
def test_an_address_that_is_no_id_is_refused_without_a_request(hub, identifier):
    with pytest.raises(InputError, match=r"no folder and no id of a model"):
        hub_repository(identifier, revision=None, kind="model")
    assert hub.asked == []
