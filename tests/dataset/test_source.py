import pytest

from components.dataset.source import parse_data_set, parse_source
from components.runtime.errors import InputError, without_credentials


@pytest.mark.parametrize(
    ("text", "address", "configuration", "revision"),
    [
        ("https://host/owner/repository#v0.1", "https://host/owner/repository", None, "v0.1"),
        ("owner/set:small#main", "owner/set", "small", "main"),
        ("owner/set:small", "owner/set", "small", None),
    ],
)
def test_a_configuration_and_a_revision_stand_behind_an_address(
    text, address, configuration, revision
):
    source = parse_data_set(text)
    assert (source.address, source.configuration) == (address, configuration)
    assert (source.revision, source.folder) == (revision, None)
    assert str(source) == text


@pytest.mark.parametrize("form", ["{0}", "file://{0}", "file://localhost{0}"])
def test_a_folder_may_be_a_path_or_a_file_url(tmp_path, form):
    (tmp_path / "a b").mkdir()
    assert parse_source(form.format(tmp_path)).folder == tmp_path
    assert parse_data_set(form.format(tmp_path) + ":small").folder == tmp_path
    assert parse_source(form.format(tmp_path) + "#v1").revision == "v1"
    escaped = "a b" if form == "{0}" else "a%20b"
    assert parse_source(f"{form.format(tmp_path)}/{escaped}").folder == tmp_path / "a b"


def test_a_folder_may_have_any_name(tmp_path):
    folder = tmp_path / "odd#name:with marks"
    folder.mkdir()
    source = parse_data_set(str(folder))
    assert (source.folder, source.configuration) == (folder, None)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("./missing#v1", r"no folder at \./missing"),
        ("", "expected ADDRESS"),
        ("#v1", "expected ADDRESS"),
        ("https://host/repository#", "expected ADDRESS"),
        ("file://host/folder", "names the machine host"),
        ("papers.jsonl", r"^papers\.jsonl is a file: expected a folder"),
        ("papers.jsonl:small", r"^papers\.jsonl is a file: expected a folder"),
    ],
)
def test_what_names_no_source_is_refused(text, found, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "papers.jsonl").touch()
    with pytest.raises(InputError, match=found):
        parse_data_set(text)


def test_credentials_are_never_shown():
    assert str(parse_source("https://user:secret@host/x#v1")) == "https://host/x#v1"
    assert "secret" not in without_credentials("at https://secret@host/x and http://a:secret@b/")
