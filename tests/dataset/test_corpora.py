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


def test_both_splits_take_their_place_without_blank_rows(corpus_folder, tmp_path):
    provenance = get_corpus(parse_data_set(str(corpus_folder)), tmp_path / "corpus")
    assert list(documents(tmp_path / "corpus", "train")) == ["one", "two"]
    assert list(documents(tmp_path / "corpus", "validation")) == ["é"]
    assert provenance["documents"] == {"train": 2, "validation": 1}
    assert provenance["blank_rows"] == {"train": 1, "validation": 0}


def test_parquet_is_read_as_well(tmp_path):
    import pyarrow
    from pyarrow import parquet

    texts = [f"document {number}" for number in range(3000)]
    for split in ("train", "validation"):
        file = tmp_path / "set" / "data" / f"{split}-00000-of-00001.parquet"
        file.parent.mkdir(parents=True, exist_ok=True)
        parquet.write_table(
            pyarrow.table({"year": list(range(3000)), "text": texts}), file, row_group_size=100
        )
    get_corpus(parse_data_set(f"file://{tmp_path}/set"), tmp_path / "corpus")
    assert list(documents(tmp_path / "corpus", "train")) == texts


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
        (
            "train",
            b'{"body": "x", "title": "y"}\n',
            "no column text in the split train .*: found b",
        ),
        ("train", b'{"text": 1}\n', "no text in row 1 of the split train .*: found 1"),
        ("train", b"", "empty file in the data set"),
        ("train", None, "no split train in the data set .*: found validation"),
        ("validation", b'{"body": "x"}\n', "cannot read the data set .*column names don't match"),
        ("validation", b'{"text": "x"}\n{"text": null}\n', "no text in row 2 of .*: found null"),
        ("validation", b'{"text": "\xe9"}\n', "not UTF-8: byte 0xe9 in the data set"),
        ("validation", b'{"text": ', "cannot read the data set .*: JSON parse error"),
        ("validation", b'{"text": "\\ud800"}', "surrogate"),
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


def test_a_truncated_parquet_file_is_named(tmp_path):
    import pyarrow
    from pyarrow import parquet

    (tmp_path / "set").mkdir()
    for split in ("train", "validation"):
        file = tmp_path / "set" / f"{split}.parquet"
        parquet.write_table(pyarrow.table({"text": [f"{n} " * 50 for n in range(999)]}), file)
        content = bytearray(file.read_bytes())
        content[20:200] = bytes(180)
        file.write_bytes(content)
    with pytest.raises(InputError, match=r"cannot read the data set .*set: "):
        get_corpus(parse_data_set(str(tmp_path / "set")), tmp_path / "corpus")


def test_a_folder_without_data_is_named(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"cannot read the data set .*empty: "):
        get_corpus(parse_data_set(str(tmp_path / "empty")), tmp_path / "corpus")


def test_a_folder_has_no_revision(corpus_folder, tmp_path):
    with pytest.raises(InputError, match=r"has no revision"):
        get_corpus(parse_data_set(f"{corpus_folder}#main"), tmp_path / "corpus")
