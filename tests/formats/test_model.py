import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import (
    BertConfig,
    BertLMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    XLMConfig,
    XLMWithLMHeadModel,
)

from components.formats.model import fuse_activations, read_model, read_model_tokenizer
from components.runtime.errors import InputError

LAYERS = {"num_hidden_layers": 2, "num_attention_heads": 2, "hidden_size": 16}
SIZES = {"vocab_size": 60, "intermediate_size": 32, **LAYERS}
XLM_SIZES = {"vocab_size": 60, "emb_dim": 16, "n_layers": 2, "n_heads": 2}


def test_a_fused_activation_is_the_same_function(weights):
    plain, fused = read_model(weights), read_model(weights)
    fuse_activations(fused)
    assert "NewGELU" in str(plain)
    assert "NewGELU" not in str(fused)
    ids = torch.arange(8)[None]
    for model in (plain, fused):
        model(ids, labels=ids).loss.backward()
    torch.testing.assert_close(fused(ids).logits, plain(ids).logits)
    for one, other in zip(fused.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad)


@pytest.fixture
def folder(weights, tmp_path):
    """A model's folder, to be changed."""
    return shutil.copytree(weights, tmp_path / "model")


def configured(**values):
    """Changes values of a model's configuration."""

    def change(folder):
        content = json.loads((folder / "config.json").read_text()) | values
        (folder / "config.json").write_text(json.dumps(content))

    return change


def replaced(name, change):
    """Changes a file of a model's folder: its new content, or the name to give it."""

    def replace(folder):
        file = folder / name
        if isinstance(change, str):
            file.rename(folder / change)
        else:
            file.write_bytes(change(file.read_bytes() if file.is_file() else b""))

    return replace


WEIGHTS = "model.safetensors"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (replaced("config.json", "other.json"), "no config.json in "),
        (replaced(WEIGHTS, "pytorch_model.bin"), "pickles run code when they are read"),
        (replaced(WEIGHTS, "model-00001-of-00002.safetensors"), "cannot read the model at"),
        (replaced(WEIGHTS, lambda content: content[:-1000]), "cannot read the model at"),
        (replaced(WEIGHTS, lambda content: b"\xff" + content[1:]), "cannot read the model at"),
        (replaced("config.json", lambda _: b"{"), "not JSON"),
        (replaced("config.json", lambda _: b"[]"), "the content is []"),
        (replaced("config.json", lambda _: b'{"n_embd": 16}'), "model_type None"),
        (replaced("config.json", lambda _: b'{"model_type": "t5"}'), "model_type t5"),
        (replaced("config.json", "adapter_config.json"), "merge_and_unload"),
        (replaced("adapter_config.json", lambda _: b"{}"), "merge_and_unload"),  # beside a model
        (configured(n_embd=32), ".h.0.attn.c_attn.bias (of 28)"),
        (configured(n_embd=10**5), "expected 300000 by"),
        (configured(n_embd=10**9), "cannot read the model"),
        (configured(n_layer=10**9), "1,000,000,000 layers"),
        (configured(n_layer=3), ": transformer.h.2.attn.c_attn.bias (of 12)"),
        (configured(n_layer=1), "unexpected weights in"),
        (configured(n_head="two"), "cannot read the model"),
        (configured(num_labels=10**9), "num_labels 1000000000"),
        (configured(attn_implementation="someone/kernel"), "its code is never run"),
        (configured(quantization_config={"quant_method": "awq", "bits": 4}), "gptqmodel"),
    ],
)
def test_a_folder_that_holds_no_whole_model_is_named_in_one_line(folder, change, words):
    change(folder)
    with pytest.raises(InputError) as error:
        read_model(folder)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_the_hubs_older_names_and_constants_are_read(weights, tmp_path):
    tensors = load_file(weights / "model.safetensors")
    older = {name.removeprefix("transformer."): value for name, value in tensors.items()}
    for number in range(2):
        older[f"h.{number}.attn.bias"] = torch.ones(1, 1, 32, 32).tril()
        older[f"h.{number}.attn.masked_bias"] = torch.tensor(-1e4)
    save_file(older, tmp_path / "model.safetensors", metadata={"format": "pt"})
    shutil.copy(weights / "config.json", tmp_path)
    pairs = zip(read_model(tmp_path).parameters(), read_model(weights).parameters(), strict=True)
    assert all(torch.equal(ours, theirs) for ours, theirs in pairs)


def test_code_in_a_folder_is_never_run(folder, tokenizer, monkeypatch):
    def ask(*_):
        raise AssertionError("a question")

    monkeypatch.setattr("builtins.input", ask)
    for name in ("config", "model", "tokenizer"):
        (folder / f"{name}_code.py").write_text(f"open({str(folder / 'ran')!r}, 'w')\nclass X: ...")
    code = {"AutoConfig": "config_code.X", "AutoModelForCausalLM": "model_code.X"}
    configured(auto_map=code)(folder)
    shutil.copy(tokenizer / "tokenizer.json", folder)
    named = {"tokenizer_class": "X", "auto_map": {"AutoTokenizer": ["tokenizer_code.X", 0]}}
    (folder / "tokenizer_config.json").write_text(json.dumps(named))
    read_model_tokenizer(folder, model=read_model(folder))  # GPT-2, which transformers knows
    configured(model_type="of-its-own")(folder)
    with pytest.raises(InputError, match="code in the folder is never run"):
        read_model(folder)
    assert not (folder / "ran").exists()


@pytest.mark.parametrize(
    ("model", "dtype", "causal"),
    [
        (lambda: BertLMHeadModel(BertConfig(**SIZES)), torch.float32, False),
        (lambda: BertLMHeadModel(BertConfig(**SIZES)), torch.bfloat16, False),
        (lambda: BertLMHeadModel(BertConfig(**SIZES, is_decoder=True)), torch.float32, True),
        (lambda: XLMWithLMHeadModel(XLMConfig(**XLM_SIZES)), torch.float32, False),
        (lambda: LlamaForCausalLM(LlamaConfig(**SIZES)), torch.bfloat16, True),
        (
            lambda: LlamaForCausalLM(LlamaConfig(**SIZES, max_position_embeddings=1)),
            torch.float32,
            True,
        ),
    ],
)
def test_a_model_that_sees_the_future_is_refused(model, dtype, causal, tmp_path):
    torch.manual_seed(1)
    made = model()
    with torch.no_grad():
        for parameter in made.parameters():
            if parameter.ndim > 1:
                parameter.normal_(std=0.3)
    made.save_pretrained(tmp_path)
    if causal:
        assert read_model(tmp_path, dtype=dtype).dtype == dtype
    else:
        with pytest.raises(InputError, match="sees the tokens that follow"):
            read_model(tmp_path, dtype=dtype)


def test_bad_weights_are_not_taken_for_a_look_ahead(folder):
    tensors = load_file(folder / WEIGHTS)
    tensors["transformer.wte.weight"][200:] = float("nan")  # in one token of the probe only
    save_file(tensors, folder / WEIGHTS, metadata={"format": "pt"})
    assert read_model(folder).config.n_embd == 16


def test_a_tokenizer_of_another_vocabulary_is_refused(weights, tokenizer, folder):
    model = read_model(weights)
    assert read_model_tokenizer(tokenizer, model=model).get_vocab_size() == 290
    with pytest.raises(InputError, match="no tokenizer in"):
        read_model_tokenizer(weights, model=model)
    content = json.loads((tokenizer / "tokenizer.json").read_text())
    content["model"]["vocab"]["behind a gap"] = 300
    (folder / "tokenizer.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match="301 tokens .*: expected the model's vocabulary of 290"):
        read_model_tokenizer(folder, model=model)
