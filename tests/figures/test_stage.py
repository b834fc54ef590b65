import csv
import re
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from components.runtime.errors import InputError
from tests.made_up_study import write_evidence

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
NAMES = (
    "accuracy",
    "calibration",
    "contexts",
    "differences",
    "memorisation",
    "sections",
    "segmentation",
    "vocabulary",
)
FILES = [f"{name}.{kind}" for name in NAMES for kind in ("pdf", "png", "svg")]


def rows(file):
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def replace(file, old, new, count=-1):
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, count), encoding="utf-8")


def test_it_writes_every_figure_in_every_format(finished):
    assert sorted(each.name for each in (finished / "figures").iterdir()) == sorted(
        [*FILES, "table.md"]
    )


def test_the_same_inputs_give_the_same_bytes(finished, inputs, draw, tmp_path):
    process = draw(inputs, tmp_path / "again", REVISION="v1-3-gabc", PYTHONHASHSEED="2")
    assert process.returncode == 0, process.stderr
    for name in FILES:
        again = (tmp_path / "again" / "figures" / name).read_bytes()
        assert again == (finished / "figures" / name).read_bytes(), name
    assert (tmp_path / "again" / "report.html").read_bytes() == (
        finished / "report.html"
    ).read_bytes()


def test_a_pdf_embeds_its_fonts(finished):
    content = (finished / "figures" / "accuracy.pdf").read_bytes()
    assert b"/FontFile2" in content
    assert b"DejaVuSans" in content


def test_standard_output_is_the_table_and_the_reports_path(finished):
    table = (finished / "figures" / "table.md").read_text(encoding="utf-8")
    printed = (finished / "stdout.txt").read_text(encoding="utf-8")
    assert printed == f"{table}\n{finished / 'report.html'}\n"
    assert len({len(line) for line in table.splitlines()}) == 1
    assert "| tiny-field        | random weights, domain tokenizer, 2 epochs" in table


def test_every_figure_of_a_made_up_field_says_so(inputs, finished, run_here, tmp_path):
    replace(inputs / "field.json", "true", "false")
    run_here()
    for name in NAMES:
        heights = [
            float(re.search(r'height="([\d.]+)pt"', (folder / f"{name}.svg").read_text())[1])
            for folder in (finished / "figures", tmp_path / "outputs" / "figures")
        ]
        assert heights[0] > heights[1], name  # by the line that says it


def test_a_failed_run_leaves_the_results_of_the_last_one(inputs, run_here, tmp_path):
    run_here()
    before = (tmp_path / "outputs" / "report.html").read_bytes()
    (inputs / "terms" / "domain.csv").unlink()
    with pytest.raises(InputError):
        run_here()
    assert (tmp_path / "outputs" / "report.html").read_bytes() == before


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("evidence/summary.json", '"num_misfits"', '"misfits"', "no num_misfits"),
        ("terms/domain.csv", "yes", "maybe", "tag is 'maybe', expected 'yes' or 'no'"),
        ("field.json", '"made_up": true', '"made_up": "yes"', "made_up is 'yes'"),
        ("data.dvc", "md5: ", "etag: ", "no outs.0.md5"),
        ("brainbench/machine.csv", "doi", "id", "no column doi"),
    ],
)
def test_a_bad_input_is_named_with_what_is_wrong(inputs, run_here, name, old, new, words):
    replace(inputs / name, old, new, 1)
    with pytest.raises(InputError) as caught:
        run_here()
    assert words in str(caught.value)
    assert name.split("/")[-1] in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("file", ["templates/report.html.jinja", "style.py"])
def test_a_changed_template_or_colour_runs_the_figures_only(file):
    stages = YAML(typ="safe", pure=True).load(ROOT / "dvc.yaml")["stages"]
    inputs = {name: stage.get("do", stage)["deps"] for name, stage in stages.items()}
    changed = {Path("components/figures", file), *map(Path, stages["figures"]["outs"])}
    readers = {
        name
        for name, paths in inputs.items()
        if any(each.is_relative_to(path) for each in changed for path in paths)
    }
    assert readers == {"figures"}


def test_it_imports_neither_torch_nor_transformers_nor_kfp():
    modules = "components.figures.pictures, components.figures.report"
    code = f"import sys, {modules}; print(sorted(sys.modules))"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    for name in ("torch", "transformers", "kfp", "matplotlib.pyplot"):
        assert f"'{name}'" not in answer.stdout, name


def test_a_field_may_have_human_made_cases_only(inputs, draw, tmp_path):
    (inputs / "brainbench" / "machine.csv").unlink()
    scores = [*inputs.glob("scores/*/*.csv"), *inputs.glob("scores/*/tokens.jsonl")]
    for file in [*scores, inputs / "overlap" / "cases.csv"]:
        if file.name == "reference.csv":
            continue
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if not line.startswith(("machine", '{"author":"machine"'))]
        assert len(kept) < len(lines)
        file.write_text("".join(kept), encoding="utf-8")
    write_evidence(inputs)
    process = draw(inputs, tmp_path / "out")
    assert process.returncode == 0, process.stderr
    assert "machine-made cases (n" not in (tmp_path / "out" / "report.html").read_text()
