"""The graph that Kubeflow gets is DVC's."""

import re

import pytest
from dvc.repo import Repo

from components.errors import InputError
from pipelines.graph import check_meta, read_graph
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def texts():
    return {
        "params": (ROOT / "params.yaml").read_text(),
        "data": (ROOT / "data.dvc").read_text(),
    }


@pytest.fixture(scope="module")
def nodes(texts):
    return read_graph(ROOT, **texts)


def edges(nodes):
    return {(before, node.stage) for node in nodes for before in node.inputs.values()}


def test_its_edges_are_those_of_dvc_dag(nodes):
    with Repo(str(ROOT)) as repo:
        graph = repo.index.graph
        expected = {
            (before.name, after.name) for after, before in graph.edges if before.cmd and after.cmd
        }
        assert {stage.name for stage in graph if stage.cmd} == {node.stage for node in nodes}
    assert edges(nodes) == expected


def test_each_stage_comes_after_those_that_it_needs(nodes):
    done = set()
    for node in nodes:
        assert set(node.inputs.values()) <= done
        done.add(node.stage)


def test_an_input_is_named_by_the_flag_that_takes_it(nodes):
    inputs = {node.stage: node.inputs for node in nodes}
    assert inputs["training@gpt2-neuro"] == {
        "tokens": "tokenization@domain",
        "weights": "initialization@gpt2",
    }
    assert inputs["brainbench@gpt2-neuro"] == {"model": "training@gpt2-neuro"}
    assert inputs["figures"]["scores_gpt2_neuro"] == "brainbench@gpt2-neuro"


def test_a_variant_more_is_two_nodes_more(texts, nodes):
    row = "  gpt2-neuro: {architecture"
    params = texts["params"].replace(
        row,
        f"{row.replace('neuro', 'long')}: gpt2, weights: random,"
        f" tokenizer: domain, epochs: 9}}\n{row}",
    )
    more = read_graph(ROOT, params=params, data=texts["data"])
    assert {node.stage for node in more} - {node.stage for node in nodes} == {
        "training@gpt2-long",
        "brainbench@gpt2-long",
    }


def test_parameters_that_dvc_yaml_needs_are_named(texts):
    params = texts["params"].replace("seed: 42\n", "")
    with pytest.raises(InputError, match="seed"):
        read_graph(ROOT, params=params, data=texts["data"])


@pytest.mark.parametrize("cmd", ["ls data", "python -m elsewhere.overlap", "sh -c 'python -m x'"])
def test_a_command_of_another_form_is_named(texts, tmp_path, cmd):
    definition = f"stages:\n  odd:\n    cmd: {cmd}\n    outs: [artifacts/odd]\n"
    (tmp_path / "components").mkdir()
    (tmp_path / "dvc.yaml").write_text(definition)
    with pytest.raises(InputError, match="dvc.yaml: odd: found .*, expected python -m components"):
        read_graph(tmp_path, **texts)


def test_an_input_that_no_flag_takes_is_named(texts, tmp_path):
    meta = "meta: {title: a, image: analysis, cpu: 1, memory: 1Gi, storage: 1Gi, hours: 1}"
    definition = (
        f"stages:\n  first: {{cmd: python -m components.first, outs: [artifacts/a], {meta}}}\n"
        f"  second: {{cmd: python -m components.second --a b, deps: [artifacts/a], {meta}}}\n"
    )
    (tmp_path / "components").mkdir()
    (tmp_path / "dvc.yaml").write_text(definition)
    with pytest.raises(InputError, match="second: no flag of its command takes its input artif"):
        read_graph(tmp_path, **texts)


def test_every_stage_says_what_it_asks_of_a_node(nodes):
    for node in nodes:
        asked = dict(node.meta)
        assert asked.pop("gpu", True) is True
        assert asked.keys() == {"title", "image", "cpu", "memory", "storage", "hours"}, node.stage
        assert re.fullmatch(r"\d+Gi", node.meta["memory"])
        assert re.fullmatch(r"\d+Gi", node.meta["storage"])


def test_tasks_are_named_by_titles_of_which_no_two_are_the_same(nodes):
    assert len({node.task for node in nodes}) == len(nodes)
    assert "train-gpt2-neuro" in {node.task for node in nodes}


def test_a_stage_that_does_not_say_what_it_asks_for_is_named(nodes):
    meta = dict(nodes[0].meta)
    check_meta("tokenizer", meta)
    del meta["memory"], meta["hours"]
    with pytest.raises(InputError, match=r"dvc.yaml: tokenizer: meta: found no memory, hours"):
        check_meta("tokenizer", meta)
