"""The stage on a small made-up study."""

import csv
import json

import pytest

from components.formats.statistics import read_study
from components.runtime.errors import InputError
from components.statistics.stage import statistics
from tests.made_up_study import statistics_arguments, write_inputs

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


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The outputs of a run; read only."""
    folder = tmp_path_factory.mktemp("statistics")
    write_inputs(folder / "inputs")
    statistics(**statistics_arguments(folder / "inputs", folder / "outputs"))
    return folder / "outputs"


def rows(file):
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


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
    study = read_study(folder)
    assert (study.margin, study.seed) == (0.1, 1)
    assert set(study.authors) == {"human", "machine"}
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


def test_clean_cases_sentences_and_texts_are_counted_by_author(finished):
    study = read_study(finished / "statistics")
    assert study.clean["human"]["tiny-field"].total == 4
    assert study.clean["machine"]["tiny-untrained"].correct == 0
    assert study.num_clean == {"human": 4, "machine": 2}
    memorisation = study.memorisation["tiny-field"]
    assert (memorisation.num_benchmark, memorisation.num_reference) == (10, 8)
    sentences = study.contexts["isolated"]["human"]["tiny-field"]
    assert (sentences.correct, sentences.total) == (12, 12)
    assert sentences.effective_total == 6  # sentences of one abstract count as one


def test_a_failed_run_leaves_the_results_of_the_last_one(tmp_path):
    write_inputs(tmp_path / "inputs")
    arguments = statistics_arguments(tmp_path / "inputs", tmp_path / "outputs")
    statistics(**arguments)
    before = (tmp_path / "outputs" / "metrics" / "tiny-field.json").read_bytes()
    (tmp_path / "inputs" / "scores" / "tiny-field" / "full.csv").unlink()
    with pytest.raises(InputError, match="no scores of variant tiny-field"):
        statistics(**arguments)
    assert (tmp_path / "outputs" / "metrics" / "tiny-field.json").read_bytes() == before
