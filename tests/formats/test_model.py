import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from components.formats.model import fuse_activations, read_model, read_model_tokenizer
from components.runtime.errors import InputError


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


def test_weights_that_are_missing_are_not_made_up(weights, tmp_path):
    shutil.copytree(weights, tmp_path / "model")
    file = tmp_path / "model" / "model.safetensors"
    tensors = load_file(file)
    del tensors["transformer.h.1.mlp.c_fc.weight"]
    save_file(tensors, file, metadata={"format": "pt"})
    with pytest.raises(InputError, match=r"missing weights in .*: transformer\.h\.1\.mlp"):
        read_model(tmp_path / "model")


def spoil(folder, name, change):
    """Changes a file of a model's folder: its new content, or the name to give it."""
    file = folder / name
    if isinstance(change, str):
        file.rename(folder / change)
    else:
        file.write_bytes(change(file.read_bytes()))


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("config.json", "other.json", r"no model at .*config\.json"),
        ("model.safetensors", "pytorch_model.bin", "no weights at"),  # pickles are not loaded
        ("model.safetensors", lambda content: content[:-1000], "cannot read the model at"),
        ("config.json", lambda _: b"{", "cannot read the model at"),
        ("config.json", lambda _: b'{"model_type": "unheard-of"}', "cannot read the model at"),
    ],
)
def test_a_folder_that_holds_no_model_is_named_in_one_line(weights, tmp_path, name, change, words):
    shutil.copytree(weights, tmp_path / "model")
    spoil(tmp_path / "model", name, change)
    with pytest.raises(InputError, match=words) as error:
        read_model(tmp_path / "model")
    assert "\n" not in str(error.value)


def test_a_tokenizer_of_another_vocabulary_is_refused(weights, tokenizer, reference):
    model = read_model(weights)
    assert len(read_model_tokenizer(tokenizer, model=model)) == 290
    with pytest.raises(InputError, match="no tokenizer at"):
        read_model_tokenizer(weights, model=model)
    with pytest.raises(
        InputError, match="50,257 tokens .*: expected the model's vocabulary of 290"
    ):
        read_model_tokenizer(reference / "tokenizers" / "gpt2", model=model)


def test_the_hubs_older_names_and_mask_buffers_are_read(weights, tmp_path):
    tensors = load_file(weights / "model.safetensors")
    older = {name.removeprefix("transformer."): value for name, value in tensors.items()}
    older |= {f"h.{number}.attn.bias": torch.ones(1, 1, 32, 32).tril() for number in range(2)}
    save_file(older, tmp_path / "model.safetensors", metadata={"format": "pt"})
    shutil.copy(weights / "config.json", tmp_path)
    pairs = zip(read_model(tmp_path).parameters(), read_model(weights).parameters(), strict=True)
    assert all(torch.equal(ours, theirs) for ours, theirs in pairs)
