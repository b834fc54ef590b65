import pytest

from components.dataset.pretrained import pretrained_name, write_configuration, write_pretrained
from components.dataset.source import parse_source
from components.runtime.errors import InputError

COMMIT = "1" * 40


def names(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


@pytest.fixture(params=["folder", "hub"])
def source(request, hub, model_folder):
    """The same model as a folder and on the Hub, with its revision."""
    hub.folders["models/owner/tiny"] = model_folder
    return (str(model_folder), None) if request.param == "folder" else ("owner/tiny", COMMIT)


@pytest.fixture
def write(tmp_path):
    """Writes of a model what one of both functions takes; returns their names and the revision."""

    def write(function, source):
        folder = tmp_path / "taken"
        folder.mkdir()
        known = function(parse_source(source), folder)
        return names(folder), known["revision"]

    return write


def test_a_model_and_its_tokenizer_are_taken_and_nothing_else(source, write, hub):
    taken = ["config.json", "model.safetensors", "tokenizer.json"]
    assert write(write_pretrained, source[0]) == (taken, source[1])
    assert not [request for request in hub.asked if "pytorch_model" in request]


def test_weights_in_several_files_are_taken_with_their_index(source, write, model_folder):
    weights = ["model-00001-of-00001.safetensors", "model.safetensors.index.json"]
    (model_folder / "model.safetensors").rename(model_folder / weights[0])
    (model_folder / weights[1]).write_text("{}")
    taken, _ = write(write_pretrained, source[0])
    assert taken == ["config.json", *weights, "tokenizer.json"]


def test_a_configuration_comes_without_weights(source, write, model_folder):
    (model_folder / "model.safetensors").unlink()
    assert write(write_configuration, source[0]) == (["config.json"], source[1])


@pytest.mark.parametrize(
    ("function", "missing", "found"),
    [
        (write_configuration, "config.json", "no config.json in the model .*: found README"),
        (write_pretrained, "config.json", "no config.json in the model"),
        (write_pretrained, "model.safetensors", "no model.safetensors in the model .*: .*pickle"),
        (write_pretrained, "tokenizer.json", "no tokenizer in the model .*expected tokenizer.json"),
    ],
)
def test_a_missing_file_is_named_before_any_is_downloaded(
    source, write, hub, model_folder, function, missing, found
):
    (model_folder / missing).unlink()
    with pytest.raises(InputError, match=found):
        write(function, source[0])
    assert not [request for request in hub.asked if "resolve" in request]


@pytest.mark.parametrize(
    ("code", "found"),
    [("Forbidden", "owner/tiny from http.*: the Hub answered 403"), ("GatedRepo", "is gated")],
)
def test_a_download_that_breaks_off_is_one_line(hub, model_folder, write, code, found):
    hub.folders["models/owner/tiny"] = model_folder
    hub.refused_files["model.safetensors"] = code
    with pytest.raises(InputError, match=found):
        write(write_pretrained, "owner/tiny")


@pytest.mark.slow
def test_what_transformers_saved_loads_again(write, tmp_path):
    transformers = pytest.importorskip("transformers")
    tokenizers = pytest.importorskip("tokenizers")
    saved = tmp_path / "saved"
    configuration = transformers.GPT2Config(vocab_size=3, n_embd=2, n_layer=1, n_head=1)
    transformers.GPT2LMHeadModel(configuration).save_pretrained(saved)
    words = tokenizers.models.WordLevel({"a": 0, "b": 1, "<unk>": 2}, unk_token="<unk>")
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizers.Tokenizer(words)
    ).save_pretrained(saved)
    write(write_pretrained, str(saved))
    model = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "taken")
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path / "taken")
    assert model.config.n_embd == 2
    assert tokenizer("b")["input_ids"] == [1]


def test_a_model_is_kept_under_the_last_part_of_its_id(tmp_path):
    assert pretrained_name(parse_source("openai-community/gpt2#main")) == "gpt2"
    assert pretrained_name(parse_source(f"{tmp_path}/")) == tmp_path.name
    for address in ("owner/", "/"):
        with pytest.raises(InputError, match=r"no name of a model"):
            pretrained_name(parse_source(address))


def test_a_folder_of_a_model_has_no_revision(model_folder, write):
    with pytest.raises(InputError, match="a folder of a model has no revision: .*tiny#v1"):
        write(write_pretrained, f"{model_folder}#v1")
