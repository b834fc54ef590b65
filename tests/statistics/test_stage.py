"""The stage on a small made-up study."""

import csv
import json

import pandas as pd
import pytest

from components.figures.table import read_table
from components.formats.statistics import read_study
from components.runtime.errors import InputError
from components.statistics.stage import statistics
from components.statistics.tables import tables
from tests import made_up_study
from tests.made_up_study import statistics_arguments, write_inputs


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


def test_a_variants_metrics_depend_on_no_other_variant(finished, tmp_path):
    write_inputs(tmp_path / "inputs")
    untrained = made_up_study.VARIANTS["tiny-untrained"]
    made_up_study.write_variant(tmp_path / "inputs" / "scores" / "tiny-field", untrained)
    statistics(**statistics_arguments(tmp_path / "inputs", tmp_path / "outputs"))
    files = sorted((finished / "metrics").iterdir())
    texts = {each.stem: (tmp_path / "outputs" / "metrics" / each.name, each) for each in files}
    assert {name for name, (new, old) in texts.items() if new.read_bytes() != old.read_bytes()} == {
        "tiny-field"
    }


def test_the_tables_hold_the_records_numbers_in_full_precision(finished):
    folder = finished / "statistics"
    study = read_study(folder)
    found = tables(study)
    assert {each.name for each in folder.iterdir()} == {
        "study.json",
        *(f"{name}.csv" for name in found),
    }
    assert (study.margin, study.seed, len(found)) == (0.1, 1, 10)
    for name, table in found.items():
        texts = read_table(folder / f"{name}.csv")
        assert len(texts) == len(table) > 0, name
        for column in table:
            for value, text in zip(table[column], texts[column], strict=True):
                if value is None:
                    assert pd.isna(text)
                else:
                    assert type(value)(text) == value


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


def test_cases_of_the_same_abstracts_are_joined_and_counted_once(tmp_path, monkeypatch):
    monkeypatch.setattr(made_up_study, "doi", lambda author, number: f"10.1/{number}")
    write_inputs(tmp_path / "inputs")
    statistics(**statistics_arguments(tmp_path / "inputs", tmp_path / "outputs"))
    study = read_study(tmp_path / "outputs" / "statistics")
    memorisation = study.memorisation["tiny-field"]
    assert (memorisation.num_benchmark, memorisation.num_reference) == (6, 8)
    assert study.authors["machine"].people.num_cases == 1
    assert study.authors["machine"].against_people["tiny-field"].difficulty.num_cases == 1


def test_a_failed_run_leaves_the_results_of_the_last_one(tmp_path):
    write_inputs(tmp_path / "inputs")
    arguments = statistics_arguments(tmp_path / "inputs", tmp_path / "outputs")
    for name in ("statistics", "metrics", "plots"):
        arguments[name].mkdir(parents=True)
        (arguments[name] / "last.txt").write_text("the last run's")
    (tmp_path / "inputs" / "scores" / "tiny-field" / "full.csv").unlink()
    with pytest.raises(InputError, match="no scores of variant tiny-field"):
        statistics(**arguments)
    for name in ("statistics", "metrics", "plots"):
        assert [each.name for each in arguments[name].iterdir()] == ["last.txt"]
