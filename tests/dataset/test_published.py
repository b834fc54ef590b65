import numpy as np
import pytest

from components.dataset import published as module
from components.dataset.published import published
from components.formats.absence import absence
from components.formats.field import Field, read_field, write_field
from components.formats.params import read_params
from components.formats.terms import ANSWERS
from components.runtime.errors import InputError


@pytest.fixture
def source(sources, tmp_path, monkeypatch):
    """A folder in the public repositories' layout, with one model."""
    monkeypatch.setattr(module, "CASES_SHA256", None)
    place = tmp_path / "experts" / "analyses" / "model_results" / "gpt2" / "human_abstracts"
    place.mkdir(parents=True)
    np.save(place / "PPL_A_and_B.npy", np.ones((1, 2)))
    (place / "notes.txt").write_text("x")
    return [sources["brainbench"], sources["participants"], str(tmp_path / "experts")]


def files(folder):
    return sorted(
        each.relative_to(folder).as_posix() for each in folder.rglob("*") if each.is_file()
    )


def test_what_a_source_lacks_is_said_in_its_place(source, tmp_path):
    published(sources=tuple(source), data=tmp_path / "data")
    assert files(tmp_path / "data") == [
        "brainbench/human.csv",
        "brainbench/machine.csv",
        "field.json",
        "params.yaml",
        "participants/participant_data.csv",
        "results/gpt2-pretrained/human_abstracts/PPL_A_and_B.npy",
        "tags/absent.txt",
        "tokenizers/absent.txt",
        "training_logs/absent.txt",
    ]
    assert absence(tmp_path / "data" / "tags") == "The source of this study holds no tags."
    assert not read_field(tmp_path / "data" / "field.json").made_up


@pytest.mark.parametrize(
    ("places", "labels"),
    [
        (
            [
                "training_logs/gpt2.log",
                "tokenizers/gpt2/tokenizer.json",
                "tokenizers/neuro/tokenizer.json",
                "results/big/labels.npy",
            ],
            "labels.npy",
        ),
        (
            [
                "model_training/exp/gpt2/log.txt",
                "model_training/exp/finetune_gpt2_lr2e-6/checkpoint.1_10000/tokenizer.json",
                "model_training/exp/gpt2-large_scratch_neuro_tokenizer/checkpoint.4/tokenizer.json",
                "analyses/model_results/big/llm_abstracts/swap_seed42/labels.npy",
            ],
            "llm_abstracts/swap_seed42/labels.npy",
        ),
    ],
)
def test_both_layouts_hold_every_part(source, sources, tmp_path, places, labels):
    root = tmp_path / "experts"
    for number, place in enumerate(places):
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        (root / place).write_text(str(number))
    published(sources=(*source, sources["tags"]), data=tmp_path / "data")
    found = {
        each: (tmp_path / "data" / each).read_text()
        for each in files(tmp_path / "data")
        if not each.endswith("A_and_B.npy")
    }
    assert found["training_logs/gpt2-pretrained.log"] == "0"
    assert found[f"tags/{ANSWERS['domain']}"] == "the, no\naxon, yes\n"
    assert found["tokenizers/pretrained/tokenizer.json"] == "1"
    assert found["tokenizers/domain/tokenizer.json"] == "2"
    variants = read_params(tmp_path / "data" / "params.yaml").variants
    assert list(variants) == ["gpt2-pretrained", "big"]  # the known ones first
    assert "not recorded" in variants["big"].description
    assert found[f"results/big/{labels}"] == "3"


@pytest.mark.parametrize(
    ("left_out", "words"),
    [
        (0, "no BrainBench_Human_v0.1.csv in "),
        (1, "no participant_data.csv in "),
        (2, "no model_results/MODEL"),
    ],
)
def test_a_source_without_a_needed_part_changes_nothing(source, tmp_path, left_out, words):
    published(sources=tuple(source), data=tmp_path / "data")
    before = files(tmp_path / "data")
    del source[left_out]
    with pytest.raises(InputError, match=words):
        published(sources=tuple(source), data=tmp_path / "data")
    assert files(tmp_path / "data") == before


def test_data_of_another_study_are_not_replaced(source, tmp_path):
    (tmp_path / "data").mkdir()
    write_field(tmp_path / "data" / "field.json", Field("plant ecology", made_up=False))
    with pytest.raises(InputError, match="data holds other data, expected published results"):
        published(sources=tuple(source), data=tmp_path / "data")
    assert files(tmp_path / "data") == ["field.json"]


def test_two_files_for_one_place_are_refused(source, tmp_path):
    other = tmp_path / "experts" / "results" / "gpt2" / "human_abstracts" / "PPL_A_and_B.npy"
    other.parent.mkdir(parents=True)
    other.write_bytes(b"other")
    with pytest.raises(InputError, match=r"two different files PPL_A_and_B\.npy for human_abs"):
        published(sources=tuple(source), data=tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_an_unreachable_source_is_one_line(source, tmp_path):
    with pytest.raises(InputError, match=r"^no folder at \./nowhere$"):
        published(sources=(*source, "./nowhere"), data=tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_the_pins_are_whole_commits():
    assert all(len(each.partition("#")[2]) in (0, 40) for each in module.SOURCES)
