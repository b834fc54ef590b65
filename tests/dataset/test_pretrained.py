import pytest

from components.dataset.pretrained import get_configuration, get_pretrained, pretrained_name
from components.dataset.source import parse_source
from components.runtime.errors import InputError

TAKEN = ["config.json", "model.safetensors", "tokenizer.json"]


def names(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_a_folder_gives_its_model_and_tokenizer_and_nothing_else(model_folder, tmp_path):
    provenance = get_pretrained(parse_source(str(model_folder)), tmp_path / "model")
    assert names(tmp_path / "model") == TAKEN == list(provenance["sha256"])


def test_the_hub_gives_the_same(hub, model_folder, tmp_path):
    hub.folders["models/owner/tiny"] = model_folder
    provenance = get_pretrained(parse_source("owner/tiny"), tmp_path / "model")
    assert names(tmp_path / "model") == TAKEN
    assert provenance["revision"] == "1" * 40
    assert not [request for request in hub.asked if "pytorch_model" in request]


def test_a_configuration_comes_without_weights_from_a_folder_and_the_hub(
    hub, model_folder, tmp_path
):
    (model_folder / "model.safetensors").unlink()
    hub.folders["models/owner/tiny"] = model_folder
    for source, revision in ((str(model_folder), None), (f"owner/tiny#{'1' * 40}", "1" * 40)):
        provenance = get_configuration(parse_source(source), tmp_path / "configuration")
        assert names(tmp_path / "configuration") == ["config.json"] == list(provenance["sha256"])
        assert provenance["revision"] == revision
    (model_folder / "config.json").unlink()
    with pytest.raises(InputError, match="no config.json in the model owner/tiny: found README"):
        get_configuration(parse_source("owner/tiny"), tmp_path / "configuration")


@pytest.mark.slow
def test_what_transformers_saved_loads_again(tmp_path):
    transformers = pytest.importorskip("transformers")
    tokenizers = pytest.importorskip("tokenizers")
    saved = tmp_path / "saved"
    configuration = transformers.GPT2Config(vocab_size=3, n_embd=2, n_layer=1, n_head=1)
    transformers.GPT2LMHeadModel(configuration).save_pretrained(saved)
    words = tokenizers.models.WordLevel({"a": 0, "b": 1, "<unk>": 2}, unk_token="<unk>")
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizers.Tokenizer(words)
    ).save_pretrained(saved)
    get_pretrained(parse_source(str(saved)), tmp_path / "model")
    model = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "model")
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path / "model")
    assert model.config.n_embd == 2
    assert tokenizer("b")["input_ids"] == [1]


def test_weights_in_several_files_are_taken_with_their_index(model_folder, tmp_path):
    (model_folder / "model.safetensors").rename(model_folder / "model-00001-of-00001.safetensors")
    (model_folder / "model.safetensors.index.json").write_text("{}")
    get_pretrained(parse_source(str(model_folder)), tmp_path / "model")
    assert "model.safetensors.index.json" in names(tmp_path / "model")
    assert "model-00001-of-00001.safetensors" in names(tmp_path / "model")


@pytest.mark.parametrize(
    ("missing", "found"),
    [
        (
            "model.safetensors",
            "no model.safetensors in the model .*: found pytorch_model.bin.*pickle",
        ),
        ("config.json", "no config.json in the model"),
        (
            "tokenizer.json",
            "no tokenizer in the model .*expected tokenizer.json, found",
        ),
    ],
)
def test_a_missing_file_changes_nothing(hub, model_folder, tmp_path, missing, found):
    (model_folder / missing).unlink()
    hub.folders["models/owner/tiny"] = model_folder
    kept = tmp_path / "model"
    kept.mkdir()
    for source in (str(model_folder), "owner/tiny"):
        with pytest.raises(InputError, match=found):
            get_pretrained(parse_source(source), kept)
    assert kept.is_dir()
    assert not names(kept)
    assert not list(tmp_path.glob("*.partial"))
    assert not [request for request in hub.asked if "resolve" in request]


@pytest.mark.parametrize(
    ("code", "found"),
    [("Forbidden", "owner/tiny from http.*: the Hub answered 403"), ("GatedRepo", "is gated")],
)
def test_a_download_that_breaks_off_changes_nothing(hub, model_folder, tmp_path, code, found):
    hub.folders["models/owner/tiny"] = model_folder
    hub.refused_files["model.safetensors"] = code
    with pytest.raises(InputError, match=found):
        get_pretrained(parse_source("owner/tiny"), tmp_path / "model")
    assert not list(tmp_path.glob("model*"))


def test_a_model_is_kept_under_the_last_part_of_its_id(tmp_path):
    assert pretrained_name(parse_source("openai-community/gpt2#main")) == "gpt2"
    assert pretrained_name(parse_source(f"{tmp_path}/")) == tmp_path.name
    for address in ("owner/", "/"):
        with pytest.raises(InputError, match=r"no name of a model"):
            pretrained_name(parse_source(address))
