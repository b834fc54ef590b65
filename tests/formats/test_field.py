import pytest

from components.formats.field import Field, read_field, write_field
from components.runtime.errors import InputError


def test_a_made_up_field_says_so_wherever_it_is_shown():
    real, made_up = (Field("brook lore", made_up=each) for each in (False, True))
    assert (real.experts, real.warning) == ("Human experts", "")
    assert made_up.experts == "Simulated experts"
    assert made_up.warning.startswith("Made-up field")


def test_origins_are_sources_with_their_revision(tmp_path):
    sources = {"a": "demo --seed 1", "b": {"source": "here", "revision": "abc"}, "c": {}}
    write_field(tmp_path / "field.json", Field("brook lore", made_up=False, sources=sources))
    assert read_field(tmp_path / "field.json").origins == {
        "a": "demo --seed 1",
        "b": "here, revision abc",
        "c": "not recorded",
    }


def test_a_field_needs_a_name(tmp_path):
    (tmp_path / "field.json").write_text('{"name": "", "made_up": false}', encoding="utf-8")
    with pytest.raises(InputError, match="name is '', expected at least 1 character"):
        read_field(tmp_path / "field.json")
