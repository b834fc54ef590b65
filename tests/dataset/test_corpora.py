import json

import pytest

from components.dataset.corpora import get_corpus
from components.dataset.source import parse_data_set
from components.formats.corpus import documents
from components.runtime.errors import InputError

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Where `datasets` keeps its locks; torch, which it would import, is not needed here."""
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.setattr(datasets.config, "TORCH_AVAILABLE", False)


def test_both_splits_take_their_place_without_blank_rows(corpus_folder, tmp_path, capsys):
    provenance = get_corpus(parse_data_set(str(corpus_folder)), tmp_path / "corpus")
    assert list(documents(tmp_path / "corpus", "train")) == ["one", "two"]
    assert list(documents(tmp_path / "corpus", "validation")) == ["é"]
    assert provenance["documents"] == {"train": 2, "validation": 1}
    assert provenance["blank_rows"] == {"train": 1, "validation": 0}
    assert "papers: 1 rows without a text left out" in capsys.readouterr().err


def test_the_other_columns_need_not_be_alike(tmp_path):
    folder = tmp_path / "set" / "data"
    folder.mkdir(parents=True)
    rows = [{"text": "a", "year": 1, "meta": {"x": 1}}, {"text": "b", "year": "two", "meta": [1]}]
    for number, row in enumerate([*rows, {"title": "no text"}, {"text": None}, {"text": "c"}]):
        (folder / f"train-0000{number}-of-00005.jsonl").write_text(json.dumps(row))
    (folder / "validation-00000-of-00001.jsonl").write_text('{"text": "d"}')
    provenance = get_corpus(parse_data_set(f"file://{tmp_path}/set"), tmp_path / "corpus")
    assert list(documents(tmp_path / "corpus", "train")) == ["a", "b", "c"]
    assert provenance["blank_rows"] == {"train": 2, "validation": 0}


def test_forms_of_other_programs_are_read_as_well(tmp_path):
    (tmp_path / "set").mkdir()
    for split in ("train", "validation"):
        (tmp_path / "set" / f"{split}.csv").write_text("year,text\n1,one\n2,\n3,two\n")
    get_corpus(parse_data_set(str(tmp_path / "set")), tmp_path / "corpus")
    assert list(documents(tmp_path / "corpus", "train")) == ["one", "two"]


def test_a_configuration_is_chosen_by_name(tmp_path):
    folder = tmp_path / "set"
    listed = ""
    for name in ("small", "large"):
        (folder / name).mkdir(parents=True)
        listed += f"- config_name: {name}\n  data_files:\n"
        for split in ("train", "validation"):
            (folder / name / f"{split}.jsonl").write_text(json.dumps({"text": name}))
            listed += f"  - split: {split}\n    path: {name}/{split}.jsonl\n"
    (folder / "README.md").write_text(f"---\nconfigs:\n{listed}---\n")
    get_corpus(parse_data_set(f"{folder}:large"), tmp_path / "corpus")
    assert list(documents(tmp_path / "corpus", "train")) == ["large"]
    with pytest.raises(InputError, match=r"'tiny' not found. Available: \['small', 'large'\]"):
        get_corpus(parse_data_set(f"{folder}:tiny"), tmp_path / "corpus")
    with pytest.raises(InputError, match=r"pick one among the available configs"):
        get_corpus(parse_data_set(str(folder)), tmp_path / "corpus")


@pytest.mark.parametrize(
    ("split", "content", "found"),
    [
        ("train", b'{"body": "x"}\n', "no document in the split train .*: 1 rows without a text"),
        ("train", b'{"text": 1}\n', r"text is 1, expected a text: .*train\.jsonl, line 1"),
        ("train", None, "no split train in the data set .*: found validation"),
        ("validation", b'{"text": "\xe9"}\n', r"not UTF-8: .*validation\.jsonl, line 1"),
        ("validation", b'{"text": "x"}\n{"text": ', r"not JSON .*validation\.jsonl, line 2"),
        ("validation", b'{"text": "\\ud800"}', r"half a character.*validation\.jsonl, line 1"),
        ("validation", b'{"text": " "}\n', "no document in the split validation"),
        ("validation", b"", "no document in the split validation"),
        ("validation", None, "no split validation in the data set .*: found train"),
    ],
)
def test_a_damaged_split_changes_nothing(corpus_folder, tmp_path, split, content, found):
    kept = tmp_path / "corpus"
    get_corpus(parse_data_set(str(corpus_folder)), kept)
    before = {file.name: file.read_bytes() for file in kept.iterdir()}
    (corpus_folder / "train.jsonl").write_text('{"text": "another"}\n')
    (corpus_folder / f"{split}.jsonl").unlink()
    if content is not None:
        (corpus_folder / f"{split}.jsonl").write_bytes(content)
    with pytest.raises(InputError, match=found) as error:
        get_corpus(parse_data_set(str(corpus_folder)), kept)
    assert str(corpus_folder) in str(error.value)
    assert "\n" not in str(error.value)
    assert {file.name: file.read_bytes() for file in kept.iterdir()} == before
    assert not list(tmp_path.glob("*.partial"))


def test_a_folder_without_data_is_named(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"cannot read the data set .*empty: "):
        get_corpus(parse_data_set(str(tmp_path / "empty")), tmp_path / "corpus")


def test_a_folder_has_no_revision(corpus_folder, tmp_path):
    with pytest.raises(InputError, match=r"has no revision"):
        get_corpus(parse_data_set(f"{corpus_folder}#main"), tmp_path / "corpus")
