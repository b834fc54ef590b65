from pathlib import Path

import pytest

from components.dataset.originals import originals
from components.dataset.published_files import CASES, CASES_SHA256, PARTICIPANTS
from components.formats.terms import ANSWERS
from components.runtime.errors import InputError
from tests.dataset.conftest import with_persons

EQUAL_VERSIONS = (
    b"doi,journal_section,original_abstract,incorrect_abstract,combined_abstract\n"
    b'10.1/1,Cells,It rose.,It rose.,"It [[rose, rose]]."\n'
)
EXPECTED = f"expected {CASES_SHA256[0]}"


@pytest.fixture
def get(tmp_path):
    """Gets one part from a source; returns the data folder."""

    def get(part, source, **options):
        data = tmp_path / "data"
        originals(data=data, parts=(part,), **{part: str(source)}, **options)
        return data

    return get


def test_files_take_their_place_with_their_bytes_unchanged(sources, get):
    human = Path(sources["brainbench"]) / "cases" / CASES[0]
    human.write_bytes(b"\xef\xbb\xbf" + human.read_bytes())  # a byte order mark stays
    answers = Path(sources["participants"]) / "data" / PARTICIPANTS
    for part in ("brainbench", "participants", "tags"):
        data = get(part, sources[part])
    assert (data / "brainbench" / "human.csv").read_bytes() == human.read_bytes()
    assert (data / "participants" / PARTICIPANTS).read_bytes() == answers.read_bytes()
    for name in ANSWERS.values():
        assert (data / "corpus" / "tags" / name).read_bytes() == b"the, no\r\naxon, yes\n"


def test_the_published_files_pass(reference, get):
    get("brainbench", f"file://{reference}/brainbench", brainbench_sha256=CASES_SHA256)
    data = get("participants", reference / "humans")
    assert len((data / "participants" / PARTICIPANTS).read_text().splitlines()) == 1 + 1514


def test_the_published_cases_have_their_checksums_and_others_those_asked_for(
    sources, get, monkeypatch
):
    human = get("brainbench", sources["brainbench"]) / "brainbench" / "human.csv"
    before = human.read_bytes()
    with pytest.raises(InputError, match=rf"unexpected sha256 of {CASES[0]} in .*, {EXPECTED}"):
        get("brainbench", sources["brainbench"], brainbench_sha256=CASES_SHA256)
    monkeypatch.setattr("components.dataset.originals.BRAINBENCH", sources["brainbench"])
    with pytest.raises(InputError, match=EXPECTED):
        get("brainbench", sources["brainbench"])
    assert human.read_bytes() == before


def test_what_answers_say_of_persons_stays_out_unless_it_is_asked_for(sources, get):
    file = Path(sources["participants"]) / "data" / PARTICIPANTS
    without = file.read_bytes()
    with_persons(file)
    got = get("participants", sources["participants"]) / "participants" / PARTICIPANTS
    assert got.read_bytes() == without
    get("participants", sources["participants"], all_columns=True)
    assert got.read_bytes() == file.read_bytes()


@pytest.mark.parametrize(
    ("part", "name", "content", "found"),
    [
        ("brainbench", CASES[1], None, "no {name} in {source}: found cases/BrainBench_Human"),
        ("brainbench", CASES[1], b"doi,title\n", "no column journal_section.* found doi, title"),
        ("brainbench", CASES[1], b"doi\xff", "not UTF-8"),
        ("brainbench", CASES[1], b"", "no column doi"),
        ("brainbench", CASES[1], EQUAL_VERSIONS, "{name} in {source}, row 1"),
        ("participants", PARTICIPANTS, None, "no {name} in {source}: found no .csv file"),
        ("participants", PARTICIPANTS, b"pid,correct\n1,1\n", "no column expertise, confidence, "),
        ("participants", PARTICIPANTS, b'pid\n"open', "not CSV"),
        ("participants", PARTICIPANTS, b"pid,age\n1,2\n1\n", "1 cells, .* header's 2: .* row 2"),
        ("participants", PARTICIPANTS, b"pid\n\xe9\n", "not CSV in UTF-8"),
        ("tags", ANSWERS["domain"], None, "no {name} in {source}: found deep/pretrain_filtered"),
        ("tags", ANSWERS["domain"], b"axon: yes\n", "'axon: yes', expected a term.*: {name} in "),
    ],
)
def test_a_file_that_is_missing_or_in_another_form_is_named_by_its_source(
    sources, get, tmp_path, part, name, content, found
):
    (file,) = Path(sources[part]).glob(f"*/{name}")
    file.unlink() if content is None else file.write_bytes(content)
    with pytest.raises(InputError, match=found.format(name=name, source=sources[part])) as error:
        get(part, sources[part])
    assert f"{name} in {sources[part]}" in str(error.value)
    assert not [each for each in (tmp_path / "data").rglob("*") if each.is_file()]
