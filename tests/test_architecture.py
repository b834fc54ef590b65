"""What docs/architecture.md states follows from dvc.yaml and the published logs."""

import importlib
import re
import statistics
import subprocess
import sys
from itertools import pairwise

import pytest
from ruamel.yaml import YAML

from pipelines.kubeflow.pipeline import image_of
from pipelines.study.params import read_params
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "architecture.md").read_text()
DEFINITION = YAML(typ="safe", pure=True).load((ROOT / "dvc.yaml").read_text())
PARAMETERS = {"124M": 124_439_808, "355M": 354_823_168, "774M": 774_030_080}
TOKENS = 1_131_533 * 1024 * 5  # of gpt2-scratch
RUNS = {
    "gpt2_scratch": "gpt2-scratch, 124M",
    "finetune_gpt2": "gpt2-finetuned, 124M",
    "gpt2_scratch_neuro_tokenizer": "gpt2-neuro, 124M",
}


def rows(heading):
    """The rows of a section's tables, by their first cell."""
    section = PAGE.partition(f"{heading}\n")[2].partition("\n## ")[0].partition("\n### ")[0]
    lines = [line.strip("| ").split(" | ") for line in section.splitlines() if line[:1] == "|"]
    return {cells[0].strip("`"): cells[1:] for cells in lines}


def number(cell):
    return float(re.match(r"[\d,.]+", cell)[0].replace(",", ""))


def test_the_table_of_what_stages_ask_of_a_node_is_the_published_studys():
    table = rows("## What each stage asks of a node, and why")
    resources = read_params(ROOT / "params.paper.yaml").resources
    for name, stage in DEFINITION["stages"].items():
        entry = stage.get("do", stage)
        component = entry["cmd"].split()[2].removeprefix("components.")
        declared = getattr(importlib.import_module(f"components.{component}.component"), component)
        image = image_of(declared).removeprefix("matching-experts-")
        gpu = "yes" if entry["meta"].get("gpu") else "-"
        asked = [image, gpu, *map(str, resources[name].model_dump().values())]
        assert table[name][:-1] == asked, f"docs/architecture.md: {name}"
        assert len(table[name][-1]) > 10, f"docs/architecture.md: {name}: why?"


@pytest.mark.slow
def test_the_picture_is_the_graph_of_dvc():
    command = [sys.executable, "-m", "dvc", "dag", "--md"]
    drawn = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert drawn.startswith("```mermaid\n")
    assert drawn.strip() in PAGE, "docs/architecture.md: put what dvc dag --md prints there"


def test_from_a_laptop_to_a_cluster_are_ten_commands():
    section = PAGE.partition("## From a laptop to a cluster")[2].partition("\n## ")[0]
    assert len([line for line in section.splitlines() if line.startswith("    ")]) == 10


@pytest.mark.parametrize("run", RUNS)
def test_the_original_rates_are_those_of_its_logs(reference, run):
    text = (reference / "training_logs" / f"{run}.log").read_text()
    times = [float(each) for each in re.findall(r"Batch \d+/\d+ .* time ([\d.]+)", text)]
    steps = [later - earlier for earlier, later in pairwise(times)]
    seconds = statistics.median(step / 1000 for step in steps if step > 0)
    rate = 16 * 1024 / seconds
    samples = int(re.search(r"Loading (\d+) samples", text)[1])
    stated = rows("### Measured: the original study")[RUNS[run]]
    assert number(stated[0]) == pytest.approx(seconds, abs=5e-4)
    assert number(stated[1]) == pytest.approx(rate, abs=50)
    assert number(stated[2]) == pytest.approx(6 * PARAMETERS["124M"] * rate / 1e12, abs=0.05)
    assert number(stated[3]) == pytest.approx(5 * samples * 1024 / rate / 3600, abs=0.5)


def test_memory_is_bytes_a_parameter():
    table = rows("## What each stage asks of a node, and why")
    for name, count in PARAMETERS.items():
        stated = table[f"GPT-2 {name}"]
        assert number(stated[0]) == count
        for cell, per_parameter in zip(stated[1:], (4, 16, 12), strict=True):
            assert number(cell) == pytest.approx(per_parameter * count / 1e9, abs=0.05)


def test_extrapolated_hours_follow_from_peaks_and_utilisation():
    table = rows("### Extrapolated: other GPUs")
    for gpu in ("T4", "V100 SXM2", "L4", "A100 SXM", "H100 SXM"):
        _, peak, rate, slow, fast = table[gpu]
        operations = 6 * PARAMETERS["124M"]
        at = {share: share * number(peak) * 1e12 / operations for share in (0.1, 0.25)}
        assert number(rate) == pytest.approx(at[0.1], rel=0.01)
        assert number(slow) == pytest.approx(TOKENS / at[0.1] / 3600, abs=0.5)
        assert number(fast) == pytest.approx(TOKENS / at[0.25] / 3600, abs=0.5)
