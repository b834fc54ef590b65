import pytest

from components.dataset.source import parse_data_set, parse_source
from components.runtime.errors import InputError, without_credentials


def test_a_revision_stands_behind_a_hash():
    source = parse_source("https://host/owner/repository#v0.1")
    assert (source.address, source.revision) == ("https://host/owner/repository", "v0.1")
    assert source.folder is None


def test_a_configuration_stands_behind_a_colon():
    source = parse_data_set("Salesforce/wikitext:wikitext-103-raw-v1#main")
    assert source.address == "Salesforce/wikitext"
    assert (source.configuration, source.revision) == ("wikitext-103-raw-v1", "main")
    assert str(source) == "Salesforce/wikitext:wikitext-103-raw-v1#main"


@pytest.mark.parametrize("form", ["{0}", "file://{0}", "file://localhost{0}"])
def test_a_folder_may_be_a_path_or_a_file_url(tmp_path, form):
    assert parse_source(form.format(tmp_path)).folder == tmp_path
    assert parse_data_set(form.format(tmp_path) + ":small").folder == tmp_path
    assert parse_source(form.format(tmp_path) + "#v1").revision == "v1"


def test_a_folder_may_have_any_name(tmp_path):
    folder = tmp_path / "odd#name:with marks"
    folder.mkdir()
    assert parse_source(str(folder)).folder == folder
    assert parse_data_set(str(folder)).configuration is None


def test_a_file_url_may_hold_escapes(tmp_path):
    (tmp_path / "a b").mkdir()
    assert parse_source(f"file://{tmp_path}/a%20b").folder == tmp_path / "a b"


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(InputError, match=r"no folder at .*missing"):
        parse_source(f"{tmp_path}/missing#v1")


@pytest.mark.parametrize("text", ["", "#v1", "https://host/repository#"])
def test_address_and_revision_are_not_empty(text):
    with pytest.raises(InputError, match=r"ADDRESS"):
        parse_source(text)


def test_a_file_url_of_another_machine_is_named():
    with pytest.raises(InputError, match=r"names the machine host"):
        parse_source("file://host/folder")


def test_credentials_are_never_shown():
    source = parse_source("https://user:secret@host/repository#v1")
    assert str(source) == "https://host/repository#v1"
    assert "secret" not in without_credentials("at https://secret@host/x and http://a:secret@b/")
