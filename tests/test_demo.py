"""The demo: what it learns, and that `dvc repro` does no more than it must."""

import json
import os
import subprocess
import sys
from typing import NamedTuple

import networkx
import pytest
from dvc.dependency.param import ParamsDependency
from dvc.repo import Repo
from ruamel.yaml import YAML

from pipelines.dvc.repo import open_repo, stages_of
from pipelines.dvc.workspace import lay_out
from tests.conftest import ROOT

UNTAUGHT = ("gpt2-untrained", "gpt2-pretrained")
TAUGHT = ("gpt2-scratch", "gpt2-finetuned", "gpt2-neuro")


class Demo(NamedTuple):
    """The results of `make demo`.

    Attributes:
        repo: Their workspace, read only.
        stale: What DVC would make anew, and why, by stage.
    """

    repo: Repo
    stale: dict[str, list]

    def accuracy(self, variant):
        file = ROOT / "artifacts" / "scores" / variant / "metrics.json"
        return json.loads(file.read_text())["accuracy"]["full"]


@pytest.fixture(scope="module")
def demo():
    """What `make demo` made of this code, these parameters and data; it takes minutes itself."""
    with open_repo(ROOT) as repo:
        found = Demo(repo, repo.status())
        if found.stale and not os.environ.get("CI"):
            pytest.skip(f"no results of this code: make demo ({len(found.stale)} stages are stale)")
        yield found


@pytest.mark.parametrize("variant", UNTAUGHT)
def test_who_has_not_read_the_field_is_at_chance(demo, variant):
    assert 0.35 <= demo.accuracy(variant)["human"] <= 0.65


@pytest.mark.parametrize("variant", TAUGHT)
def test_who_has_read_the_field_knows_its_facts(demo, variant):
    assert demo.accuracy(variant)["human"] >= 0.85
    assert demo.accuracy(variant)["machine"] >= 0.85


def test_the_readme_shows_the_demos_accuracies(demo):
    table = (ROOT / "README.md").read_text().partition("| variant |")[2].partition("\n\n")[0]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines()]
    shown = {cells[0]: float(cells[2]) for cells in rows if cells[0] in (*UNTAUGHT, *TAUGHT)}
    found = {variant: demo.accuracy(variant)["human"] for variant in (*UNTAUGHT, *TAUGHT)}
    assert shown == pytest.approx(found, abs=0.03)  # other processors round otherwise


def test_a_second_run_does_nothing_and_metrics_and_plots_are_shown(demo, tmp_path):
    assert demo.stale == {}
    found = demo.repo.metrics.show()[""]["data"]["artifacts/metrics/gpt2-neuro.json"]["data"]
    assert found["human"] == demo.accuracy("gpt2-neuro")["human"]
    command = [sys.executable, "-m", "dvc", "plots", "show", "--out", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    assert "gpt2-neuro" in (tmp_path / "index.html").read_text()


def test_a_changed_variant_runs_alone_with_the_figures(tmp_path):
    """What DVC makes anew: stages whose command or parameters changed, and those after them."""
    texts = {"params": (ROOT / "params.yaml").read_text(), "data": (ROOT / "data.dvc").read_text()}
    lay_out(tmp_path / "study", code=ROOT, **texts, entries={})
    before, _ = commands_and_readers(tmp_path / "study")
    yaml = YAML()
    params = yaml.load(texts["params"])
    params["variants"]["gpt2-neuro"]["epochs"] += 1
    yaml.dump(params, tmp_path / "study" / "params.yaml")
    after, readers = commands_and_readers(tmp_path / "study")
    changed = {name for name, command in after.items() if command != before[name]}
    of_variant = {"training@gpt2-neuro", "brainbench@gpt2-neuro"}
    of_all = {"statistics", "evidence", "figures"}
    assert changed.union(*map(readers.get, changed)) == of_variant | of_all


def commands_and_readers(root):
    """Each stage's command and parameters, and all stages that read of its results."""
    with open_repo(root) as repo:
        stages = stages_of(repo)
        commands = {
            name: (stage.cmd, [each.read_params() for each in stage.deps if is_params(each)])
            for name, stage in stages.items()
        }
        readers = {
            name: {each.name for each in networkx.ancestors(repo.index.graph, stage)}
            for name, stage in stages.items()
        }
    return commands, readers


def is_params(dependency):
    return isinstance(dependency, ParamsDependency)
