import csv
import json
import re
import subprocess
import sys

import pytest

from components.figures.sheet import text_width
from components.figures.style import NARROW, SMALL
from components.formats.field import Field
from components.runtime.errors import InputError
from tests.made_up_study import write_evidence

pytestmark = pytest.mark.slow

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
TABLES = (
    "against_people",
    "calibration",
    "clean",
    "comparisons",
    "confidence",
    "contexts",
    "memorisation",
    "models",
    "people",
    "sections",
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


def test_the_metrics_are_a_file_a_variant(finished):
    metrics = {
        file.stem: json.loads(file.read_text(encoding="utf-8"))
        for file in (finished / "metrics").iterdir()
    }
    assert set(metrics) == {"human-experts", "tiny-untrained", "tiny-field"}
    assert metrics["tiny-field"]["human"] == 1.0
    assert metrics["tiny-untrained"]["machine"] == 0.0
    assert (metrics["tiny-field"]["perplexity"], metrics["tiny-field"]["bits_per_byte"]) == (8, 1.5)
    experts = metrics["human-experts"]
    assert experts["human_low"] < experts["human"] < experts["human_high"]
    assert experts["human"] == pytest.approx(2 / 3)


def test_the_statistics_are_a_record_and_tables(finished):
    folder = finished / "statistics"
    assert {each.name for each in folder.iterdir()} == {
        "study.json",
        *(f"{name}.csv" for name in TABLES),
    }
    study = json.loads((folder / "study.json").read_text(encoding="utf-8"))
    assert study["margin"] == 0.1
    assert set(study["authors"]) == {"human", "machine"}
    for name in TABLES:
        assert rows(folder / f"{name}.csv"), name


def test_the_plots_are_tables(finished):
    accuracies = rows(finished / "plots" / "accuracy.csv")
    assert [row["variant"] for row in accuracies] == [
        "human-experts",
        "tiny-untrained",
        "tiny-field",
    ]
    assert (accuracies[2]["human"], accuracies[1]["machine"]) == ("1.0", "0.0")
    epochs = {
        name: [row["epoch"] for row in rows(finished / "plots" / "validation" / f"{name}.csv")]
        for name in ("tiny-untrained", "tiny-field")
    }
    assert epochs == {"tiny-untrained": ["0"], "tiny-field": ["1", "2"]}


def test_every_figure_of_a_made_up_field_says_so(inputs, finished, run_here, tmp_path):
    replace(inputs / "field.json", "true", "false")
    run_here()
    for name in NAMES:
        heights = [
            float(re.search(r'height="([\d.]+)pt"', (folder / f"{name}.svg").read_text())[1])
            for folder in (finished / "figures", tmp_path / "outputs" / "figures")
        ]
        assert heights[0] > heights[1], name  # by the line that says it


def test_the_line_of_a_made_up_field_fits_the_narrowest_figure():
    warning = Field("x", made_up=True, notice="", sources={}).warning
    assert text_width(warning, size=SMALL) < NARROW - 8


def test_a_failed_run_leaves_the_results_of_the_last_one(inputs, run_here, tmp_path):
    run_here()
    before = (tmp_path / "outputs" / "metrics" / "tiny-field.json").read_bytes()
    (inputs / "scores" / "tiny-field" / "full.csv").unlink()
    with pytest.raises(InputError):
        run_here()
    assert (tmp_path / "outputs" / "metrics" / "tiny-field.json").read_bytes() == before
    assert (tmp_path / "outputs" / "report.html").is_file()


def test_missing_scores_are_one_line_with_variant_and_path(inputs, draw, assert_one_line, tmp_path):
    metrics = inputs / "scores" / "tiny-field" / "metrics.json"
    metrics.unlink()
    assert_one_line(draw(inputs, tmp_path / "outputs"), "variant tiny-field", metrics)


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("scores/tiny-field/full.csv", "correct", "right", "no column correct in"),
        ("scores/tiny-field/full.csv", "31,1", "31,2", "correct is '2', expected 1 or 0"),
        ("scores/tiny-field/full.csv", "human,0,", "person,0,", "author is 'person'"),
        ("scores/tiny-field/full.csv", "human,0,", "human,-1,", "case is '-1'"),
        ("scores/tiny-field/full.csv", "human,0,10.1/human.0", "human,1,10.1/human.1", "second"),
        ("scores/tiny-field/full.csv", "10.1/human.5", "10.1/human.6", "no such human-made case"),
        ("scores/tiny-field/full.csv", "human,5", "human,6", "no such human-made case"),
        ("scores/tiny-field/metrics.json", '"device": "cpu"', '"device": 3', "model.device is 3"),
        ("scores/tiny-field/metrics.json", "8.0", "NaN", "validation_perplexity is nan"),
        ("scores/tiny-field/metrics.json", '"protocol"', '"network"', "no protocol in"),
        ("scores/tiny-field/metrics.json", "{", "[", "not JSON"),
        ("evidence/summary.json", '"num_misfits"', '"misfits"', "no num_misfits"),
        ("terms/metrics.json", '"shared_tokens": 270', '"shared_tokens": 301', "301 shared"),
        ("terms/metrics.json", '"domain": 0.1', '"domain": 1.1', "domain_term_share above 1"),
        ("terms/domain.csv", "40.5", "much", "keyness is 'much'"),
        ("terms/domain.csv", "yes", "maybe", "tag is 'maybe', expected yes or no"),
        ("field.json", '"made_up": true', '"made_up": "yes"', "made_up is 'yes'"),
        ("params.yaml", "variants", "rows", "no variants in"),
        ("params.yaml", "epochs: 2", "epochs: two", "variants.tiny-field.epochs is 'two'"),
        ("params.yaml", "tiny-field", "124", "names a value 124"),
        ("data.dvc", "md5: ", "etag: ", "no outs[0].md5"),
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


@pytest.mark.parametrize("name", ["scores/tiny-field/full.csv", "terms/domain.csv"])
def test_an_empty_table_is_refused(inputs, run_here, name):
    (inputs / name).write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="no column"):
        run_here()


def test_unscored_cases_are_refused(inputs, run_here):
    file = inputs / "scores" / "tiny-field" / "full.csv"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(lines[:-1]), encoding="utf-8")
    with pytest.raises(InputError, match=r"3 machine-made cases in .*: expected the benchmark's 4"):
        run_here()


def test_it_imports_neither_torch_nor_transformers_nor_kfp():
    code = "import sys, components.figures.stage; print(sorted(sys.modules))"
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
