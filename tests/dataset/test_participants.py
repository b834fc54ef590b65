import pytest

from components.dataset.participants import get_participants
from components.dataset.source import parse_source
from components.runtime.errors import InputError


def test_the_file_takes_its_place_with_every_column(participants_folder, tmp_path):
    published = participants_folder / "data" / "participant_data.csv"
    provenance = get_participants(parse_source(str(participants_folder)), tmp_path / "participants")
    copy = tmp_path / "participants" / "participant_data.csv"
    assert copy.read_bytes() == published.read_bytes()
    assert provenance["source"] == str(participants_folder)


def test_the_published_file_passes(reference, tmp_path):
    get_participants(parse_source(str(reference / "humans")), tmp_path / "participants")
    lines = (tmp_path / "participants" / "participant_data.csv").read_text().splitlines()
    assert len(lines) == 1 + 1514


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"pid,correct\n1,1\n", "no column expertise, confidence, abstract_id, journal_section in"),
        (b'pid\n"open', "not CSV"),
    ],
)
def test_a_file_in_another_form_is_named(participants_folder, tmp_path, content, found):
    (participants_folder / "data" / "participant_data.csv").write_bytes(content)
    with pytest.raises(InputError, match=f"{found}.*") as error:
        get_participants(parse_source(str(participants_folder)), tmp_path / "x")
    assert f"participant_data.csv in {participants_folder}" in str(error.value)
    assert not list(tmp_path.glob("x*"))
