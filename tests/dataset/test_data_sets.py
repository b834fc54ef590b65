import json

import pytest

from components.dataset.data_sets import write_corpus
from components.dataset.source import parse_data_set
from components.formats.corpus import SPLITS, documents
from components.runtime.errors import InputError

pytestmark = pytest.mark.slow


@pytest.fixture
def get(tmp_path, data_sets):
    """Makes a corpus of a data set; returns its texts by split, and what is recorded of it."""

    def get(source):
        place = tmp_path / "corpus"
        place.mkdir(exist_ok=True)
        known = write_corpus(parse_data_set(str(source)), place)
        return {split: list(documents(place, split)) for split in SPLITS}, known

    return get


def test_a_folder_gives_both_splits_without_blank_rows(sources, get, capsys):
    texts, known = get(sources["domain_corpus"])
    assert texts == {"train": ["one", "two"], "validation": ["é"]}
    assert known == {
        "revision": None,
        "documents": {"train": 2, "validation": 1},
        "blank_rows": {"train": 1, "validation": 0},
    }
    assert "papers: 1 rows without a text left out" in capsys.readouterr().err


@pytest.mark.parametrize("suffix", ["jsonl", "csv"])  # read by us, and by datasets
def test_the_hub_gives_a_public_set_at_a_commit(
    get, data_hub, tmp_path, monkeypatch, capsys, suffix
):
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    (tmp_path / "set").mkdir()
    for split in SPLITS:
        rows = {"jsonl": '{"text": "one"}\n{"text": "two"}\n', "csv": "year,text\n1,one\n3,two\n"}
        (tmp_path / "set" / f"{split}.{suffix}").write_text(rows[suffix])
    data_hub.folders["datasets/owner/papers"] = tmp_path / "set"
    texts, known = get("owner/papers#main")
    assert texts == {"train": ["one", "two"], "validation": ["one", "two"]}
    assert known["revision"] == "1" * 40
    assert "secret" not in f"{known} {capsys.readouterr()}"


def test_the_other_columns_need_not_be_alike(get, tmp_path):
    folder = tmp_path / "set" / "data"
    folder.mkdir(parents=True)
    rows = [{"text": "a", "year": 1, "meta": {"x": 1}}, {"text": "b", "year": "two", "meta": [1]}]
    for number, row in enumerate([*rows, {"title": "no text"}, {"text": None}, {"text": "c"}]):
        (folder / f"train-0000{number}-of-00005.jsonl").write_text(json.dumps(row))
    (folder / "validation-00000-of-00001.jsonl").write_text('{"text": "d"}')
    texts, known = get(f"file://{tmp_path}/set")
    assert texts["train"] == ["a", "b", "c"]
    assert known["blank_rows"] == {"train": 2, "validation": 0}


def test_a_configuration_is_chosen_by_name(get, tmp_path):
    folder = tmp_path / "set"
    listed = ""
    for name in ("small", "large"):
        (folder / name).mkdir(parents=True)
        listed += f"- config_name: {name}\n  data_files:\n"
        for split in SPLITS:
            (folder / name / f"{split}.jsonl").write_text(json.dumps({"text": name}))
            listed += f"  - split: {split}\n    path: {name}/{split}.jsonl\n"
    (folder / "README.md").write_text(f"---\nconfigs:\n{listed}---\n")
    assert get(f"{folder}:large")[0]["train"] == ["large"]
    with pytest.raises(InputError, match=r"'tiny' not found. Available: \['small', 'large'\]"):
        get(f"{folder}:tiny")
    with pytest.raises(InputError, match=r"pick one among the available configs"):
        get(folder)


@pytest.mark.parametrize(
    ("split", "content", "found"),
    [
        ("train", b'{"body": "x"}\n', "no document in the split train .*: 1 rows without a text"),
        ("train", b'{"text": 1}\n', r"text is 1, expected a text: .*train\.jsonl, line 1"),
        ("train", None, "no split train in the data set .*: found validation"),
        ("validation", b'{"text": "\xe9"}\n', r"not UTF-8: .*validation\.jsonl, line 1"),
        ("validation", b'{"text": "x"}\n{"text": ', r"not JSON .*validation\.jsonl, line 2"),
        ("validation", b'{"text": "\\ud800"}', r"half a character.*validation\.jsonl, line 1"),
        ("validation", b"", "no document in the split validation"),
    ],
)
def test_a_damaged_split_is_one_line(sources, get, tmp_path, split, content, found):
    file = tmp_path / "papers" / f"{split}.jsonl"
    file.unlink() if content is None else file.write_bytes(content)
    with pytest.raises(InputError, match=found) as error:
        get(sources["domain_corpus"])
    assert sources["domain_corpus"] in str(error.value)
    assert "\n" not in str(error.value)


def test_a_folder_without_data_and_a_revision_of_a_folder_are_named(sources, get, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"cannot read the data set .*empty: "):
        get(tmp_path / "empty")
    with pytest.raises(InputError, match=r"a folder of data has no revision: .*#main, expected"):
        get(f"{sources['domain_corpus']}#main")
