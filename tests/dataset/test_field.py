import pytest

from components.dataset.field import check_field, record
from components.formats.field import Field, read_field, write_field
from components.runtime.errors import InputError


def test_a_new_field_is_not_made_up(tmp_path):
    record(tmp_path, "neuroscience", "brainbench", {"source": "here"})
    assert read_field(tmp_path / "field.json") == Field(
        "neuroscience", made_up=False, sources={"brainbench": {"source": "here"}}
    )


def test_what_is_said_of_other_parts_stays(tmp_path):
    for place, source in (("b", "old"), ("a", "other"), ("b", "new")):
        record(tmp_path, "neuroscience", place, {"source": source})
    sources = read_field(tmp_path / "field.json").sources
    assert sources == {"a": {"source": "other"}, "b": {"source": "new"}}


def test_fields_do_not_mix(tmp_path):
    write_field(tmp_path / "field.json", Field("neuroscience", made_up=True))
    with pytest.raises(InputError, match=r"holds the made-up field 'neuroscience'"):
        check_field(tmp_path, "neuroscience")
    write_field(tmp_path / "field.json", Field("astronomy", made_up=False))
    with pytest.raises(InputError, match=r"holds the field 'astronomy', expected 'neuroscience'"):
        check_field(tmp_path, "neuroscience")


def test_a_damaged_description_is_named(tmp_path):
    (tmp_path / "field.json").write_text("{")
    with pytest.raises(InputError, match=r"not JSON .*field.json"):
        check_field(tmp_path, "neuroscience")
