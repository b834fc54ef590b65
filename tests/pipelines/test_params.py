import math
import re

import pytest
from ruamel.yaml import YAML

from components.runtime.errors import InputError
from pipelines.study.params import RENAMED, parse_params, read_params
from tests.conftest import ROOT

DEMO = (ROOT / "params.yaml").read_text()


def refusal(text):
    """The line that parameters are refused with."""
    with pytest.raises(InputError) as error:
        parse_params(text, where="params.yaml")
    assert "\n" not in str(error.value)
    return str(error.value)


def test_the_paper_has_every_published_variant():
    """With architecture, weights and epochs as published, and those of the demo by their names."""
    published = YAML(typ="safe", pure=True).load(ROOT / "published" / "params.yaml")["models"]
    paper = read_params(ROOT / "params.paper.yaml").variants
    assert read_params(ROOT / "params.yaml").variants.keys() <= paper.keys()
    assert [row["name"] for row in published.values()] == list(paper)
    for row in published.values():
        variant = paper[row["name"]]
        separated = "-separator" if row["name"].endswith("-separator") else ""
        assert variant.tokenizer == row["tokenizer"] + separated
        assert all(getattr(variant, key) == row[key] for key in ("architecture", "weights"))
        assert variant.epochs == row["epochs"]
        batch_size = {"gpt2": 512, "gpt2-medium": 256, "gpt2-large": 128}[row["architecture"]]
        assert variant.recipe.batch_size == batch_size
        rate = 2e-6 if row["name"].endswith("lr2e-6") else 2e-5
        assert variant.recipe.peak_learning_rate == rate


NEURO, RECIPE = "variants.gpt2-neuro", "recipes.modern"
TWICE = {"gpt2": {"config": "data/llama", "vocabulary_size": 400}}
ELSEWHERE = {"llama": {"config": "owner/llama", "vocabulary_size": 400}}


@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("seed", 2**32, "seed: found 4294967296, expected less than or equal to 4294967295"),
        ("seeds", 1, "seeds: unknown key, expected one of seed, context_length,"),
        ("configurations", None, "configurations: missing"),
        (
            "configurations",
            TWICE,
            "gpt2: found a row of architectures too, expected another",
        ),
        ("configurations", ELSEWHERE, "llama.config: found 'owner/llama', expected a folder in"),
        ("tokenizers.pretrained", None, "pretrained: missing, expected the tokenizer of the gener"),
        ("tokenizers.domain.source", "../x", "expected a folder in data/ or artifacts/"),
        (
            "tokenizers.domain.vocabulary_size",
            2000,
            "gpt2-neuro: found a tokenizer of 2000 tok",
        ),
        ("architectures.gpt2.num_heads", 5, "gpt2: num_heads 5: expected to divide"),
        (f"{RECIPE}.precision", "int8", "expected 'float32', 'bfloat16' or 'float16'"),
        (
            f"{RECIPE}.attention",
            "documents",
            "'documents', expected 'sequence' or 'document'",
        ),
        (f"{RECIPE}.batch", 4, "recipes.modern.batch: unknown key, expected one of optimizer, b"),
        (f"{RECIPE}.weight_decay", math.inf, "recipes.modern: weight_decay inf: expected 0 to"),
        (f"{NEURO}.tokenizer", "domian", "found 'domian', expected one of domain, pretrained"),
        (f"{NEURO}.weights", "rndom", "found 'rndom', expected 'random' or 'pretrained'"),
        (f"{NEURO}.architecture", "gpt3", "architecture: found 'gpt3', expected one of gpt2"),
        (f"{NEURO}.epochs", "5", "variants.gpt2-neuro.epochs: found '5', expected a valid integer"),
        (f"{NEURO}.epochs", -1, "variants.gpt2-neuro: epochs -1: expected 0 to"),
        (f"{NEURO}.epochs", None, "variants.gpt2-neuro.epochs: missing"),
        (f"{NEURO}.epoch", 5, "variants.gpt2-neuro.epoch: unknown key, expected one of archite"),
        ("variants.GPT2-Neuro", {}, "variants.GPT2-Neuro: found 'GPT2-Neuro', expected a name"),
        ("variants.human-experts", {}, "expected another name: tables of results"),
        ("brainbench.prompt", "a\nb", "prompt: found 'a\\nb', expected one line without"),
        ("brainbench.prompt", "-x", "found '-x', expected a text that does not begin with -"),
        ("brainbench.prompt", "{{x}}", "expected a text without \\${ and {{"),
        ("brainbench.prompt", "\U0001f600", "expected characters up to U+FFFF"),
        ("brainbench.contexts", ["isolated"], "expected 'full' among them"),
        ("term_tagging.tagger", "x", "expected 'keyness', 'published' or 'language-model'"),
        ("term_tagging.tagger", "language-model", "term_tagging.model: missing, expected"),
        ("term_tagging.endpoint", "http://a:b@c/v1", "endpoint: found credentials, expected"),
        ("language_models", {"m": {"rpm": 1}}, "unknown key m.rpm: language_models in params"),
        ("language_models", {"m": {"most_cost": 1}}, "most_cost without prices"),
        ("resources.training.memory", "32GB", "found '32GB', expected a size in GiB, 4Gi say"),
        ("resources.training.gpu", 1, "unknown key, expected one of cpu, memory, storage, hours"),
    ],
)
def test_an_error_names_the_key_and_what_is_accepted(tmp_path, key, value, line):
    yaml = YAML(typ="safe", pure=True)
    params = yaml.load(DEMO)
    *above, last = key.split(".")
    table = params
    for each in above:
        table = table[each]
    table[last] = value
    if value is None:
        del table[last]
    with (tmp_path / "params.yaml").open("w") as file:
        yaml.dump(params, file)
    assert line in refusal((tmp_path / "params.yaml").read_text())


def test_a_former_key_is_answered_with_todays_name():
    for former, name in RENAMED.items():
        line = refusal(re.sub(rf"\b{name}:", f"{former}:", DEMO))
        assert f"{former}: unknown key, its name is {name} now" in line


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"seed: [", "not YAML"),
        (b"seed: 1\nseed: 2\n", "not YAML"),
        (b"", "found None"),
        (b"caf\xe9: 1", "not UTF-8"),
        (None, "no file at"),
    ],
)
def test_a_file_that_is_no_study_is_one_line(tmp_path, content, words):
    if content is not None:
        (tmp_path / "params.yaml").write_bytes(content)
    with pytest.raises(InputError, match=words) as error:
        read_params(tmp_path / "params.yaml")
    assert "\n" not in str(error.value)


def test_the_demo_fits_nodes_of_four_cores_and_16_gib_beside_kubeflow():
    for row in read_params(ROOT / "params.yaml").resources.values():
        assert row.cpu <= 2
        assert int(row.memory.removesuffix("Gi")) <= 8


def test_documents_are_masked_only_where_their_ends_are_marked():
    text = DEMO.replace("attention: sequence", "attention: document")
    parse_params(text, where="params.yaml")
    line = refusal(text.replace("separator: end-of-text", "separator: none"))
    assert "pretraining.gpt2: attention document with separator none" in line


@pytest.mark.parametrize(("num", "words"), [(1, "1 variant"), (2, "2 variants")])
def test_one_variant_is_in_the_singular(num, words):
    study = parse_params(DEMO, where="params.yaml")
    some = dict(list(study.variants.items())[:num])
    assert study.model_copy(update={"variants": some}).counted_variants == words
