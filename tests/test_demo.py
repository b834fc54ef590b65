"""The demo from end to end: what it learns, and that `dvc repro` does no more than it must."""

import json
import shutil

import pytest
from ruamel.yaml import YAML

from tests.conftest import ROOT

UNTAUGHT = ("gpt2-untrained", "gpt2-pretrained")
TAUGHT = ("gpt2-scratch", "gpt2-finetuned", "gpt2-neuro")


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
    shown = {cells[0]: cells[2] for cells in rows if cells[0] in (*UNTAUGHT, *TAUGHT)}
    assert shown == {
        variant: f"{demo.accuracy(variant)['human']:.3f}".removeprefix("0")
        for variant in (*UNTAUGHT, *TAUGHT)
    }


def test_a_second_run_does_nothing(demo):
    assert "Running stage" not in demo.run("dvc", "repro")
    assert "up to date" in demo.run("dvc", "status")


def test_metrics_are_shown(demo):
    shown = json.loads(demo.run("dvc", "metrics", "show", "--json"))
    found = shown[""]["data"]["artifacts/metrics/gpt2-neuro.json"]["data"]
    assert found["human"] == demo.accuracy("gpt2-neuro")["human"]


def test_plots_are_shown(demo):
    demo.run("dvc", "plots", "show")
    page = (demo.folder / "dvc_plots" / "index.html").read_text()
    assert "gpt2-neuro" in page
    shutil.rmtree(demo.folder / "dvc_plots")


def test_a_changed_variant_runs_alone_with_the_figures(demo):
    yaml = YAML()
    params = yaml.load(demo.folder / "params.yaml")
    params["variants"]["gpt2-neuro"]["epochs"] = 0
    yaml.dump(params, demo.folder / "params.yaml")
    output = demo.run("dvc", "repro")
    ran = {line.split("'")[1] for line in output.splitlines() if line.startswith("Running stage")}
    stages = {"training@gpt2-neuro", "brainbench@gpt2-neuro"}
    assert ran == stages | {"statistics", "evidence", "figures"}
    changes = json.loads(demo.run("dvc", "metrics", "diff", "--json"))
    assert set(changes) == {"artifacts/metrics/gpt2-neuro.json"}
    demo.run("git", "checkout", "--quiet", "params.yaml", "dvc.lock")
    assert "Running stage" not in demo.run("dvc", "repro")
