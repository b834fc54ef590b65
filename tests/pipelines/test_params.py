import math
import re

import pytest
from ruamel.yaml import YAML

from components.runtime.errors import InputError
from pipelines.study.params import RENAMED, read_params
from pipelines.study.validation import read_study


@pytest.fixture
def changed(tmp_path, pytestconfig):
    """Writes the repository's params.yaml with one value changed or removed."""

    def change(*keys, value=None):
        yaml = YAML(typ="safe", pure=True)
        params = yaml.load((pytestconfig.rootpath / "params.yaml").read_text())
        table = params
        for key in keys[:-1]:
            table = table[key]
        if value is None:
            del table[keys[-1]]
        else:
            table[keys[-1]] = value
        with (tmp_path / "params.yaml").open("w") as file:
            yaml.dump(params, file)
        return tmp_path / "params.yaml"

    return change


def test_the_paper_has_every_published_variant(pytestconfig):
    """With architecture, weights and epochs as published, and those of the demo by their names."""
    root = pytestconfig.rootpath
    published = YAML(typ="safe", pure=True).load(root / "published" / "params.yaml")["models"]
    paper = read_params(root / "params.paper.yaml").variants
    assert read_params(root / "params.yaml").variants.keys() <= paper.keys()
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


@pytest.mark.parametrize(
    ("keys", "value", "words"),
    [
        (
            ("variants", "gpt2-neuro", "tokenizer"),
            "domian",
            "variants.gpt2-neuro.tokenizer: found 'domian', expected one of domain, pretrained",
        ),
        (
            ("tokenizers", "pretrained"),
            None,
            "tokenizers.pretrained: missing, expected the tokenizer of the general corpus",
        ),
        (
            ("variants", "gpt2-neuro", "weights"),
            "rndom",
            "variants.gpt2-neuro.weights: found 'rndom', expected 'random' or 'pretrained'",
        ),
        (
            ("variants", "gpt2-neuro", "architecture"),
            "gpt3",
            "variants.gpt2-neuro.architecture: found 'gpt3', expected one of gpt2",
        ),
        (("variants", "gpt2-neuro", "epochs"), "5", "epochs: found '5', expected a valid integer"),
        (("variants", "gpt2-neuro", "epochs"), -1, "variants.gpt2-neuro: epochs -1: expected 0 to"),
        (("variants", "gpt2-neuro", "epochs"), None, "variants.gpt2-neuro.epochs: missing"),
        (
            ("variants", "gpt2-neuro", "epoch"),
            5,
            "variants.gpt2-neuro.epoch: unknown key, expected one of architecture, weights,",
        ),
        (("recipes", "modern", "precision"), "int8", "expected 'float32', 'bfloat16' or 'float16'"),
        (
            ("recipes", "modern", "attention"),
            "documents",
            "attention: found 'documents', expected 'sequence' or 'document'",
        ),
        (("training",), {}, "training: unknown key, its name is recipes now"),
        (
            ("recipes", "modern", "batch"),
            4,
            "recipes.modern.batch: unknown key, expected one of optimizer, batch_size,",
        ),
        (
            ("tokenizers", "domain", "vocabulary_size"),
            2000,
            "variants.gpt2-neuro: found a tokenizer of 2000 tokens, expected the model's",
        ),
        (
            ("resources", "training", "memory"),
            "32GB",
            "resources.training.memory: found '32GB', expected a size in GiB, 4Gi say",
        ),
        (
            ("resources", "training", "gpu"),
            1,
            "resources.training.gpu: unknown key, expected one of cpu, memory, storage, hours",
        ),
        (("brainbench", "prompt"), "a\nb", "prompt: found 'a\\nb', expected one line without"),
        (("brainbench", "prompt"), "-x", "found '-x', expected a text that does not begin with -"),
        (("brainbench", "prompt"), "{{x}}", "expected a text without \\${ and {{"),
        (("brainbench", "prompt"), "\U0001f600", "expected characters up to U+FFFF"),
        (("brainbench", "contexts"), ["isolated"], "expected 'full' among them"),
        (("tokenizers", "domain", "source"), "../x", "expected a folder in data/ or artifacts/"),
        (
            ("variants", "GPT2-Neuro"),
            {},
            "variants.GPT2-Neuro: found 'GPT2-Neuro', expected a name",
        ),
        (("variants", "human-experts"), {}, "expected another name: tables of results"),
        (("seed",), 2**32, "seed: found 4294967296, expected less than or equal to 4294967295"),
        (
            ("configurations",),
            {"gpt2": {"config": "data/llama", "vocabulary_size": 400}},
            "configurations.gpt2: found a row of architectures too, expected another name",
        ),
        (
            ("configurations",),
            {"llama": {"config": "owner/llama", "vocabulary_size": 400}},
            "configurations.llama.config: found 'owner/llama', expected a folder in data/",
        ),
        (("configurations",), None, "configurations: missing"),
        (("architectures", "gpt2", "num_heads"), 5, "gpt2: num_heads 5: expected to divide"),
        (
            ("recipes", "modern", "weight_decay"),
            math.inf,
            "modern: weight_decay inf: expected 0 to",
        ),
        (
            ("term_tagging", "tagger"),
            "gpt-4",
            "found 'gpt-4', expected 'keyness', 'published' or 'language-model'",
        ),
        (("term_tagging", "tagger"), "language-model", "term_tagging.model: missing, expected"),
        (("term_tagging", "endpoint"), "http://a:b@c/v1", "endpoint: found credentials, expected"),
        (("language_models",), {"m": {"rpm": 1}}, "unknown key m.rpm: language_models in params"),
        (("language_models",), {"m": {"most_cost": 1}}, "most_cost without prices"),
        (("seeds",), 1, "seeds: unknown key, expected one of seed, context_length,"),
    ],
)
def test_an_error_names_the_key_and_what_is_accepted(changed, keys, value, words):
    with pytest.raises(InputError) as error:
        read_params(changed(*keys, value=value))
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_a_former_key_is_answered_with_todays_name(tmp_path, pytestconfig):
    text = (pytestconfig.rootpath / "params.yaml").read_text()
    file = tmp_path / "params.yaml"
    for former, name in RENAMED.items():
        file.write_text(re.sub(rf"\b{name}:", f"{former}:", text))
        with pytest.raises(InputError, match=f"{former}: unknown key, its name is {name} now"):
            read_params(file)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"seed: [", "not YAML"),
        (b"seed: 1\nseed: 2\n", "not YAML"),
        (b"", "found None"),
        (b"caf\xe9: 1", "not UTF-8"),
    ],
)
def test_a_file_that_is_no_study_is_one_line(tmp_path, content, words):
    (tmp_path / "params.yaml").write_bytes(content)
    with pytest.raises(InputError, match=words) as error:
        read_params(tmp_path / "params.yaml")
    assert "\n" not in str(error.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match="no file at"):
        read_params(tmp_path / "params.yaml")


def test_the_demo_fits_nodes_of_four_cores_and_16_gib_beside_kubeflow(pytestconfig):
    for row in read_params(pytestconfig.rootpath / "params.yaml").resources.values():
        assert row.cpu <= 2
        assert int(row.memory.removesuffix("Gi")) <= 8


def test_documents_are_masked_only_where_their_ends_are_marked(tmp_path, pytestconfig):
    text = (pytestconfig.rootpath / "params.yaml").read_text()
    text = text.replace("attention: sequence", "attention: document")
    (tmp_path / "params.yaml").write_text(text)
    read_params(tmp_path / "params.yaml")
    (tmp_path / "params.yaml").write_text(text.replace("separator: end-of-text", "separator: none"))
    with pytest.raises(InputError, match="pretraining.gpt2: attention document with separator no"):
        read_params(tmp_path / "params.yaml")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda rows: rows.pop("overlap"), "resources: found no overlap, expected a row for each"),
        (lambda rows: rows.update(odd=rows["overlap"]), "resources: found odd, expected a row for"),
    ],
)
def test_resources_are_those_of_the_stages_of_dvc_yaml(tmp_path, pytestconfig, change, words):
    yaml = YAML(typ="safe", pure=True)
    params = yaml.load((pytestconfig.rootpath / "params.yaml").read_text())
    change(params["resources"])
    with (tmp_path / "params.yaml").open("w") as file:
        yaml.dump(params, file)
    with pytest.raises(InputError) as error:
        read_study(tmp_path / "params.yaml", definition=pytestconfig.rootpath / "dvc.yaml")
    assert words in str(error.value)
