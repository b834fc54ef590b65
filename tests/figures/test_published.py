"""The published study, as the figures stage reports it."""

import csv
import json
import shutil

import pytest

from components.brainbench.importing import import_published
from components.figures.stage import figures
from components.formats.cases import read_benchmark
from components.formats.field import Field, write_field
from components.formats.overlap import CaseOverlap, write_overlap
from components.formats.params import StudyVariant
from components.statistics.stage import statistics
from tests import made_up_study
from tests.figures.conftest import stage_arguments

MODELS = {
    "gpt2-untrained": ("gpt2_init", "random", "pretrained", 0),
    "gpt2-pretrained": ("gpt2", "pretrained", "pretrained", 0),
    "gpt2-scratch": ("gpt2_scratch", "random", "pretrained", 5),
    "gpt2-finetuned": ("finetune_gpt2", "pretrained", "pretrained", 5),
    "gpt2-neuro": ("gpt2_scratch_neuro_tokenizer", "random", "domain", 5),
}


@pytest.fixture(scope="module")
def outputs(reference, tmp_path_factory):
    """The outputs of a run on the published results; vocabularies and overlap are made up."""
    folder = tmp_path_factory.mktemp("published")
    inputs = folder / "inputs"
    made_up_study.write_inputs(inputs)
    for name in ("scores", "brainbench", "overlap"):
        shutil.rmtree(inputs / name)
    (inputs / "brainbench").mkdir()
    shutil.copyfile(
        reference / "brainbench" / "BrainBench_Human_v0.1.csv", inputs / "brainbench" / "human.csv"
    )
    shutil.copyfile(reference / "humans" / "participant_data.csv", inputs / "participants.csv")
    for variant, (model, *_) in MODELS.items():
        import_published(
            results=reference / "results" / model,
            cases=inputs / "brainbench",
            scores=inputs / "scores" / variant,
        )
    (inputs / "overlap").mkdir()
    rows = [
        CaseOverlap("human", number, case.doi, *[0] * 8, None, clean=True)
        for number, case in enumerate(read_benchmark(inputs / "brainbench")["human"])
    ]
    write_overlap(inputs / "overlap", rows, ngram_length=13, num_documents=5, num_words=90)
    write_field(inputs / "field.json", Field("neuroscience", made_up=False))
    variants = {name: StudyVariant("gpt2", *row) for name, (_, *row) in MODELS.items()}
    made_up_study.write_params(inputs / "params.yaml", variants, seed=42)
    made_up_study.write_evidence(inputs)
    statistics(**made_up_study.statistics_arguments(inputs, folder / "outputs"))
    figures(**stage_arguments(inputs, folder / "outputs"))
    return folder / "outputs"


def table(outputs, name, *key):
    with (outputs / "statistics" / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return {tuple(row[each] for each in key): row for row in csv.DictReader(lines)}


def test_the_published_accuracies_come_out(outputs):
    found = table(outputs, "models", "variant")
    shares = {name: float(row["accuracy"]) for (name,), row in found.items()}
    assert shares == pytest.approx(
        dict(zip(MODELS, (0.46, 0.575, 0.58, 0.635, 0.625), strict=True))
    )
    metrics = json.loads((outputs / "metrics" / "gpt2-neuro.json").read_text())
    assert metrics["human"] == 0.625
    assert "perplexity" not in metrics


def test_finetuning_and_pretraining_differ_in_17_and_5_cases(outputs):
    pair = table(outputs, "comparisons", "one", "other")["gpt2-finetuned", "gpt2-pretrained"]
    assert (pair["only_one"], pair["only_other"]) == ("17", "5")
    assert float(pair["mcnemar_p"]) == pytest.approx(0.0169, abs=1e-4)
    assert float(pair["difference"]) == pytest.approx(0.06)


def test_the_neuro_model_is_equivalent_to_people_within_ten_points(outputs):
    row = table(outputs, "against_people", "variant")[("gpt2-neuro",)]
    ends = [round(float(row[f"difference{end}"]), 3) for end in ("", "_low", "_high")]
    assert ends == [-0.009, -0.082, 0.064]
    assert row["verdict"] == "equivalent"
    assert round(float(row["smallest_margin"]), 3) == 0.071


def test_people_are_right_in_641_of_1011_trials_that_tell_less_than_as_many(outputs):
    found = table(outputs, "people", "whose")
    everybody, published = found[("all",)], found[("top fifth, as published",)]
    assert (everybody["share_correct"], everybody["share_total"]) == ("641", "1011")
    assert everybody["effective_trials"] == "678"
    assert round(float(published["share"]), 4) == 0.6615
    assert published["abstracts_dropped"] == "70"


def test_the_report_says_so(outputs):
    page = (outputs / "report.html").read_text(encoding="utf-8")
    page = " ".join(page.split())
    for words in (
        "gpt2-neuro chose the original abstract in 62.5% of 200 human-made cases",
        "63.4% of their 1,011 trials",
        "−0.9 percentage points (95% interval −8.2 to +6.4)",
        "the two are equivalent (p = 0.007); any margin above 7.1 points would show it",
        "Equivalent to human experts within ±10 points: gpt2-finetuned and gpt2-neuro",
        "No reference texts were scored",
        "protocol published, prompt not recorded, precision not recorded",
    ):
        assert words in page, words
    for words in ("Devices", "Validation perplexity</th>"):
        assert words not in page
