"""The published study, as the figures stage reports it."""

import csv
import json
import shutil

import pytest

from components.brainbench.importing import import_published
from components.formats.cases import read_benchmark
from components.formats.field import Field, write_field
from components.formats.overlap import CaseOverlap, write_overlap
from components.formats.params import StudyVariant
from tests import made_up_study

MODELS = {
    "gpt2-untrained": ("gpt2_init", "random", "pretrained", 0),
    "gpt2-pretrained": ("gpt2", "pretrained", "pretrained", 0),
    "gpt2-scratch": ("gpt2_scratch", "random", "pretrained", 5),
    "gpt2-finetuned": ("finetune_gpt2", "pretrained", "pretrained", 5),
    "gpt2-neuro": ("gpt2_scratch_neuro_tokenizer", "random", "domain", 5),
}


@pytest.fixture
def published(reference, tmp_path):
    """The published results as inputs; vocabularies and overlap are made up."""
    inputs = tmp_path / "inputs"
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
    return inputs


@pytest.mark.slow
def test_the_report_shows_the_published_results(published, page, tmp_path):
    text = page(published)
    for words in (
        "gpt2-neuro chose the original abstract in 62.5% of 200 human-made cases",
        "63.4% of their 1,011 trials",
        "−0.9 percentage points (95% interval −8.2 to +6.4)",
        "the two are equivalent (p = 0.007); any margin above 7.1 points would show it",
        "Equivalent to human experts within ±10 points: gpt2-finetuned and gpt2-neuro",
        "No reference texts were scored",
        "protocol published, prompt not recorded, precision not recorded",
    ):
        assert words in text, words
    for words in ("Devices", "Validation perplexity</th>"):
        assert words not in text
    with (tmp_path / "outputs" / "statistics" / "models.csv").open(encoding="utf-8") as lines:
        shares = {row["variant"]: float(row["accuracy"]) for row in csv.DictReader(lines)}
    expected = dict(zip(MODELS, (0.46, 0.575, 0.58, 0.635, 0.625), strict=True))
    assert shares == pytest.approx(expected)
    metrics = json.loads((tmp_path / "outputs" / "metrics" / "gpt2-neuro.json").read_text())
    assert metrics["human"] == 0.625
    assert "perplexity" not in metrics
