import json
from pathlib import Path

import pytest

from components.dataset.field import checksums
from components.dataset.originals import PARTS, originals
from components.formats.field import Field, write_field
from components.runtime.atomic import folder_lock
from components.runtime.errors import InputError


def contents(data: Path) -> dict[str, bytes]:
    files = (file for file in data.rglob("*") if file.is_file())
    return {file.relative_to(data).as_posix(): file.read_bytes() for file in files}


@pytest.fixture
def get(sources, tmp_path):
    """Gets parts of the sources; returns what is in the data folder then."""

    def get(**options):
        originals(**{"data": tmp_path / "data", **sources, **options})
        return contents(tmp_path / "data")

    return get


def test_every_part_lies_where_the_pipeline_reads_it_the_same_each_time(get, tmp_path):
    data = tmp_path / "data"
    found = get(parts=PARTS, name="astronomy")
    assert sorted(found) == [
        "brainbench/human.csv",
        "brainbench/machine.csv",
        "configurations/tiny/config.json",
        "corpus/domain/train.jsonl",
        "corpus/domain/validation.jsonl",
        "corpus/general/train.jsonl",
        "corpus/general/validation.jsonl",
        "corpus/tags/neuro_filtered__neuro_term_tagging_results.txt",
        "corpus/tags/pretrain_filtered__neuro_term_tagging_results.txt",
        "field.json",
        "participants/participant_data.csv",
        "pretrained/tiny/config.json",
        "pretrained/tiny/model.safetensors",
        "pretrained/tiny/tokenizer.json",
    ]
    field = json.loads(found["field.json"])
    assert (field["name"], field["made_up"], field["notice"]) == ("astronomy", False, "")
    for place, source in field["sources"].items():
        assert source["sha256"] == checksums(data / place)
    assert get(parts=PARTS, name="astronomy") == found


def test_parts_not_asked_for_stay(get):
    before = get(parts=("pretrained", "participants"))
    after = get(parts=("brainbench",))
    field = json.loads(after["field.json"])
    assert list(field["sources"]) == ["brainbench", "participants", "pretrained/tiny"]
    del before["field.json"]
    assert {file: after[file] for file in before} == before


def test_a_part_that_fails_leaves_it_and_the_later_ones_as_they_were(get, sources, tmp_path):
    before = get()
    human = Path(sources["brainbench"]) / "cases" / "BrainBench_Human_v0.1.csv"
    human.write_text(human.read_text().replace("rose", "sank"))
    Path(sources["participants"], "data", "participant_data.csv").write_text("pid\n1\n")
    with pytest.raises(InputError, match=r"no column expertise"):
        get()
    after = contents(tmp_path / "data")
    assert b"sank" in after["brainbench/human.csv"]
    changed = {file for file in before if before[file] != after.pop(file)}
    assert (changed, after) == ({"brainbench/human.csv", "field.json"}, {})


def test_a_second_process_waits_its_turn(get, tmp_path):
    data = tmp_path / "data"
    with folder_lock(data), pytest.raises(InputError, match="another process is writing to .*data"):
        get()
    assert not contents(data)


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"domain_corpus": "./missing"}, r"no folder at \./missing"),  # before any part is got
        ({"pretrained": ("tiny", "owner/tiny")}, "two models for pretrained/tiny"),
        (
            {"parts": ("pretrained",), "pretrained": ("owner/x",)},
            "cannot get the model owner/x from http://127.0.0.1:9: .*; and no folder of this name$",
        ),
        (
            {"parts": ("general-corpus",), "general_corpus": "owner/x"},
            "cannot get the data set owner/x from http://127.0.0.1:9",
        ),
        (
            {"brainbench": "http://secret@127.0.0.1:9/x"},
            "no git repository that can be read at http://127.0.0.1:9/x: ",
        ),
    ],
)
def test_what_cannot_be_got_is_one_line_and_writes_nothing(
    get, tmp_path, monkeypatch, options, found
):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=f"^{found}") as error:
        get(**options)
    assert "\n" not in str(error.value)
    assert "secret" not in str(error.value)
    assert not contents(tmp_path / "data")


@pytest.mark.parametrize(
    ("field", "found"),
    [
        (Field("neuroscience", made_up=True), "holds the made-up field 'neuroscience', expected"),
        (Field("astronomy", made_up=False), "holds the field 'astronomy', expected 'neuroscience'"),
        (None, r"not JSON .*field\.json"),
    ],
)
def test_fields_do_not_mix(get, tmp_path, field, found):
    file = tmp_path / "data" / "field.json"
    file.parent.mkdir()
    write_field(file, field) if field else file.write_text("{")
    with pytest.raises(InputError, match=found):
        get()
    assert list(contents(tmp_path / "data")) == ["field.json"]
