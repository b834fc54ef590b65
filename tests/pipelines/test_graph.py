"""The graph that Kubeflow gets is DVC's."""

import pytest
from dvc.repo import Repo
from ruamel.yaml import YAML

from components.runtime.errors import InputError
from pipelines.dvc.graph import read_graph
from pipelines.study.params import parse_params
from tests.conftest import ROOT

PARAMS, DATA = ((ROOT / name).read_text() for name in ("params.yaml", "data.dvc"))


@pytest.fixture(scope="module")
def nodes():
    return read_graph(ROOT, params=PARAMS, data=DATA)


def edges(nodes):
    return {(before, node.stage) for node in nodes for before in node.after}


def test_its_edges_are_those_of_dvc_dag(nodes):
    done = set()
    for node in nodes:
        assert set(node.after) <= done  # each comes after those that it needs
        done.add(node.stage)
    with Repo(str(ROOT)) as repo:
        graph = repo.index.graph
        expected = {
            (before.name, after.name) for after, before in graph.edges if before.cmd and after.cmd
        }
        assert {stage.name for stage in graph if stage.cmd} == done
    assert edges(nodes) == expected


@pytest.mark.slow
def test_a_variant_more_is_two_nodes_more_and_another_architecture_one(nodes):
    row = "  gpt2-neuro: {architecture"
    params = PARAMS.replace(
        row,
        f"{row.replace('gpt2-neuro', 'llama')}: llama, weights: random,"
        f" tokenizer: domain, epochs: 9, recipe: *modern}}\n{row}",
    )
    table = "configurations:\n  llama: {config: data/configurations/llama, vocabulary_size: 400}\n#"
    params = params.replace("configurations:", table)
    more = read_graph(ROOT, params=params, data=DATA)
    assert {node.stage for node in more} - {node.stage for node in nodes} == {
        "configured-initialization@llama",
        "training@llama",
        "brainbench@llama",
    }
    assert ("configured-initialization@llama", "training@llama") in edges(more)


def one_stage(root, **entries):
    """The code of a study with one stage, tokenizer, which parameters have resources for."""
    (root / "components").mkdir()
    stage = {"cmd": "python -m components.tokenizer", "outs": ["artifacts/a"]}
    stage |= {"desc": "A tokenizer.", "meta": {"title": "tokenizer"}}
    definition = {"stages": {entries.pop("name", "tokenizer"): stage | entries}}
    with (root / "dvc.yaml").open("w") as file:
        YAML(typ="safe", pure=True).dump(definition, file)
    return root


def test_a_stage_is_what_its_entry_and_its_row_of_resources_say(tmp_path):
    (node,) = read_graph(one_stage(tmp_path), params=PARAMS, data=DATA)
    assert (node.stage, node.component, node.title) == ("tokenizer", "tokenizer", "tokenizer")
    assert (node.about, node.after, node.gpu) == ("A tokenizer.", (), None)
    assert node.resources == parse_params(PARAMS, where="").resources["tokenizer"]


@pytest.mark.parametrize(
    ("entries", "line"),
    [
        ({"cmd": "ls data"}, "dvc.yaml: tokenizer: found 'ls data', expected python -m components"),
        ({"cmd": "python -m elsewhere.x"}, "dvc.yaml: tokenizer: found 'python -m elsewhere.x'"),
        ({"cmd": "sh -c 'python -m x'"}, "dvc.yaml: tokenizer: found 'sh -c 'python -m x''"),
        ({"meta": {"gpu": True}}, "dvc.yaml: tokenizer: meta: found no title"),
        ({"desc": ""}, "dvc.yaml: tokenizer: found no desc"),
        (
            {"meta": {"title": "tokenizer", "gpu": True}},
            "dvc.yaml: tokenizer: meta: gpu: found True, expected one of training, scoring",
        ),
        ({"name": "odd"}, "params.yaml: resources: found no odd"),
        (  # of the checkout, not the copy that DVC reads
            {"cmd": "python -m components.tokenizer --seed ${sede}"},
            "DVC: failed to parse 'stages.tokenizer.cmd' in 'dvc.yaml': Could not find 'sede'",
        ),
        ({"depz": ["data"]}, "DVC: 'dvc.yaml' validation failed: extra keys not allowed"),
    ],
)
def test_what_an_entry_lacks_is_named(tmp_path, entries, line):
    with pytest.raises(InputError) as error:
        read_graph(one_stage(tmp_path, **entries), params=PARAMS, data=DATA)
    assert str(error.value).startswith(line)


def one_more_tokenizer(name):
    row = "source: data/corpus/domain, vocabulary_size: 400, separator: none"
    return "  domain: {", f"  {name}: {{{row}}}\n  domain: {{"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "line"),
    [
        (one_more_tokenizer("general"), "DVC: output 'artifacts/tokens/general' is"),
        (
            one_more_tokenizer("the-general-corpus"),
            "become one with 'tokens of the-general-corpus'",
        ),
        (("domain", "other"), "found artifacts/tokenizers/domain, expected code, data"),
        (("gpt2-random", "gpt2-randm"), "found artifacts/weights/gpt2-randm, expected code, data"),
        (("gpt2-random", "gpt2-pretrained"), "DVC: "),
    ],
    ids=["one output", "one task", "a name that dvc.yaml has", "a typo", "a cycle"],
)
def test_names_that_are_good_but_not_together_are_refused(change, line):
    params = PARAMS.replace("corpus/domain", "corpus/the-field").replace(*change)
    with pytest.raises(InputError) as error:
        read_graph(ROOT, params=params.replace("corpus/the-field", "corpus/domain"), data=DATA)
    assert line in str(error.value)
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("# A: b: c\na: b: c\n", "data.dvc: not YAML"),
        ("outs: 5\n", "data.dvc: outs: found 5, expected path, md5 and size"),
        ("outs:\n- path: data\n", "data.dvc: outs: found {'path': 'data'}, expected path, md5"),
    ],
)
def test_a_damaged_data_dvc_is_named_and_not_a_copy_of_it(data, words):
    with pytest.raises(InputError) as error:
        read_graph(ROOT, params=PARAMS, data=data)
    assert str(error.value).startswith(words)
