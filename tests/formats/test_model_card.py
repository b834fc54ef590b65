import re
from dataclasses import replace

import pytest
from huggingface_hub import ModelCard

from components.formats.field import Field
from components.formats.model_card import CardResult, write_model_card
from components.formats.training_record import EpochRecord, TrainingRecord

TRAINED = TrainingRecord(
    settings={"weights": "gpt2-random", "peak_learning_rate": 3e-3, "seed": 1},
    num_parameters=124_000_000,
    num_training_tokens=5_000_000,
    training_seconds=61.2,
    validation_perplexity=20.125,
    validation_bits_per_byte=0.98,
    epochs=(EpochRecord(1, 10, 4.0, 30.0, 1.1), EpochRecord(2, 20, 3.5, 20.125, 0.98)),
    losses=(),
    device="cuda",
    num_processes=4,
    versions={"python": "3.11.7", "torch": "2.13.0"},
)
SCORES = [
    CardResult("BrainBench, human-made cases, whole abstracts", "accuracy", 0.625, "accuracy")
]


@pytest.mark.parametrize("scores", [(), SCORES])
def test_the_hub_reads_a_card_with_its_results(scores, tmp_path):
    write_model_card(tmp_path, TRAINED, name="gpt2-neuro", scores=scores)
    card = ModelCard.load(tmp_path / "README.md")
    assert card.data.library_name == "transformers"
    assert card.data.pipeline_tag == "text-generation"
    assert card.data.model_name == "gpt2-neuro"
    found = {each.metric_type: each.metric_value for each in card.data.eval_results}
    expected = {"perplexity": 20.125, "bits_per_byte": 0.98}
    assert found == expected | {each.metric: each.value for each in scores}
    (kept,) = {(each.task_type, each.dataset_type) for each in card.data.eval_results} - {
        ("text-generation", "brainbench")
    }
    assert kept == ("text-generation", "validation")
    assert "| accuracy | 0.625 |" in card.text or not scores
    assert "trained on 5,000,000 tokens" in card.text
    assert "| peak learning rate | `0.003` |" in card.text


@pytest.mark.parametrize(
    ("source", "datasets"),
    [
        ({"source": "owner/corpus:part#v1", "revision": "abc"}, ["owner/corpus"]),
        ({"source": "my/folder", "revision": None}, None),
        ("demo --seed 1", None),
    ],
)
def test_a_card_names_the_field_and_a_corpus_of_the_hub(source, datasets, tmp_path):
    field = Field("brook lore", made_up=False, sources={"corpus/domain": source})
    write_model_card(tmp_path, TRAINED, name="own", scores=SCORES, field=field)
    card = ModelCard.load(tmp_path / "README.md")
    assert card.data.datasets == datasets
    assert "The field is brook lore. Its literature: `" in card.text
    assert "Made-up" not in card.text
    untrained = replace(TRAINED, epochs=())
    write_model_card(tmp_path, untrained, name="own", field=replace(field, made_up=True))
    card = ModelCard.load(tmp_path / "README.md")
    assert card.data.datasets is None
    assert "> **Made-up field: the papers" in card.text


def test_a_results_metadata_name_what_it_was_measured_on(tmp_path):
    texts = [f"BrainBench, {author}-made cases, whole abstracts" for author in ("human", "machine")]
    scores = [CardResult(text, "accuracy", 0.5, "accuracy") for text in texts]
    write_model_card(tmp_path, TRAINED, name="own", scores=scores)
    found = ModelCard.load(tmp_path / "README.md").data.eval_results
    assert [each.dataset_name for each in found if each.metric_type == "accuracy"] == texts


def test_every_table_of_a_card_is_whole(tmp_path):
    """Each row has its header's columns, and an empty line is in front of each header."""
    write_model_card(tmp_path, TRAINED, name="gpt2-neuro", scores=SCORES)
    lines = (tmp_path / "README.md").read_text().splitlines()
    for number, line in enumerate(lines):
        if re.fullmatch(r"\|[-:|]+\|", line):
            assert not lines[number - 2]
            rows = lines[number - 1 :]
            size = next(size for size, row in enumerate(rows) if not row.startswith("|"))
            assert size > 2
            assert {row.count("|") for row in rows[:size]} == {line.count("|")}
