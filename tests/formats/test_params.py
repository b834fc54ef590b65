import pytest
from ruamel.yaml import YAML

from components.formats.params import read_params, read_published_params
from components.runtime.errors import InputError
from tests.conftest import ROOT


def test_a_variant_knows_its_name_and_what_it_is():
    params = read_params(ROOT / "params.yaml")
    assert [each.name for each in params.variants.values()] == list(params.variants)
    neuro = params.variants["gpt2-neuro"]
    assert neuro.description == "random weights, domain tokenizer, 1 epoch"
    assert neuro.from_scratch
    assert not params.variants["gpt2-untrained"].from_scratch
    assert not params.variants["gpt2-finetuned"].from_scratch


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("seed: 1\nstatistics: {margin: 0.1}\nvariants: {}\n", "no variant in"),
        ("seed: 1\nstatistics: {margin: 0.1}\n", "no variants: "),
        ("seed: -1\nstatistics: {margin: 0.1}\nvariants: {}\n", "seed is -1, expected greater"),
        ("seed: 1\nstatistics: {}\nvariants: {}\n", "no statistics.margin: "),
        ("seed: 1\nstatistics: {margin: .nan}\nvariants: {}\n", "statistics.margin is nan"),
    ],
)
def test_what_is_missing_or_wrong_is_named(tmp_path, text, words):
    (tmp_path / "params.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=words):
        read_params(tmp_path / "params.yaml")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": ""}, r"models\.gpt2_init\.name is missing in .*params\.yaml"),
        ({"name": "GPT2-Neuro"}, "two variants named GPT2-Neuro and gpt2-neuro in .*: expected"),
        ({"name": "human-experts"}, "two variants named human-experts and human-experts in"),
        ({"name": "../gpt2"}, "variant '../gpt2' in .*: expected a name that files can have"),
    ],
)
def test_published_models_have_names_of_their_own(tmp_path, change, words):
    yaml = YAML(typ="safe", pure=True)
    params = yaml.load(ROOT / "published" / "params.yaml")
    params["models"]["gpt2_init"] |= change
    yaml.dump(params, tmp_path / "params.yaml")
    with pytest.raises(InputError, match=words):
        read_published_params(tmp_path / "params.yaml")
