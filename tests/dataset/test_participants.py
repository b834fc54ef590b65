import pytest

from components.dataset.participants import get_participants
from components.dataset.source import parse_source
from components.runtime.errors import InputError


def get(folder, target, *, all_columns=False):
    return get_participants(parse_source(str(folder)), target, all_columns=all_columns)


def with_persons(file):
    """Adds the columns that the public file has about its persons, as it names them."""
    header, *lines = file.read_text().splitlines()
    rows = [f"{header},age,country,current position,experience,sex"]
    rows += [f'{line},41,"Utopia, the new",Postdoc,7,sixth' for line in lines]
    file.write_text("\n".join(rows) + "\n")


def test_a_file_without_other_columns_keeps_its_bytes(participants_folder, tmp_path):
    published = participants_folder / "data" / "participant_data.csv"
    provenance = get(participants_folder, tmp_path / "participants")
    copy = tmp_path / "participants" / "participant_data.csv"
    assert copy.read_bytes() == published.read_bytes()
    assert provenance["source"] == str(participants_folder)


def test_what_it_says_of_persons_stays_out_unless_it_is_asked_for(participants_folder, tmp_path):
    file = participants_folder / "data" / "participant_data.csv"
    without = file.read_bytes()
    with_persons(file)
    get(participants_folder, tmp_path / "some")
    get(participants_folder, tmp_path / "all", all_columns=True)
    assert (tmp_path / "some" / file.name).read_bytes() == without
    assert (tmp_path / "all" / file.name).read_bytes() == file.read_bytes()


def test_the_published_file_passes(reference, tmp_path):
    get(reference / "humans", tmp_path / "participants")
    lines = (tmp_path / "participants" / "participant_data.csv").read_text().splitlines()
    assert len(lines) == 1 + 1514


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"pid,correct\n1,1\n", "no column expertise, confidence, abstract_id, journal_section in"),
        (b'pid\n"open', "not CSV"),
        (b"pid,age\n1,2\n1\n", "1 cells, expected the header's 2: .* row 2"),
        (b"pid\n\xe9\n", "not CSV in UTF-8"),
    ],
)
def test_a_file_in_another_form_is_named(participants_folder, tmp_path, content, found):
    (participants_folder / "data" / "participant_data.csv").write_bytes(content)
    with pytest.raises(InputError, match=found) as error:
        get(participants_folder, tmp_path / "x")
    assert f"participant_data.csv in {participants_folder}" in str(error.value)
    assert not list(tmp_path.glob("x*"))
