import time
from pathlib import Path

import pytest

from components.dataset.repository import opened_tree
from components.dataset.source import parse_source
from components.runtime.errors import InputError


def content(address: str) -> bytes:
    with opened_tree(parse_source(address)) as tree:
        return tree.content("f.csv")


def test_a_tag_a_branch_and_a_commit_are_read_byte_for_byte(git, repository, served):
    git(repository, "branch", "side/line", "v1")
    commit = git(repository, "rev-parse", "v1^{commit}")
    for revision in ("v1", "v2", "side/line", commit, commit[:8]):
        for address in (f"file://{repository}", served):
            with opened_tree(parse_source(f"{address}#{revision}")) as tree:
                assert tree.content("f.csv") == b"old\r\n"
                assert tree.revision == commit


def test_the_newest_commit_is_the_default(git, repository, served, tmp_path):
    git(tmp_path, "clone", "--bare", str(repository), "bare")
    for address in (served, f"{tmp_path}/bare"):
        with opened_tree(parse_source(address)) as tree:
            assert tree.content("f.csv") == b"new\n"
            assert tree.revision == git(repository, "rev-parse", "HEAD")


def test_a_local_folder_is_read_as_it_is_unless_a_revision_is_named(repository):
    (repository / "deep" / "f.csv").write_text("changed just now")
    assert content(str(repository)) == b"changed just now"
    assert content(f"{repository}#main") == b"new\n"


def test_an_unknown_revision_is_one_line(repository, served):
    for address in (repository, served):
        with pytest.raises(InputError, match=r"no revision v9 in .*repository: expected a branch"):
            content(f"{address}#v9")


def test_a_repository_without_a_commit_is_one_line(git, repository, served):
    for reference in git(repository, "for-each-ref", "--format=%(refname)").splitlines():
        git(repository, "update-ref", "-d", reference)
    for address in (served, repository / ".git"):
        with pytest.raises(InputError, match=r"no commit in the repository"):
            content(str(address))
        with pytest.raises(InputError, match=r"no revision main in .*repository"):
            content(f"{address}#main")


def test_a_folder_that_is_no_repository_has_no_revision(tmp_path):
    with pytest.raises(InputError, match=r"a plain folder has no revision v1"):
        content(f"{tmp_path}#v1")


def test_what_is_no_repository_is_one_line(hub, served):
    for address in (served.replace("/repository", "/nothing"), f"{hub.url}/page"):
        with pytest.raises(InputError, match=r"no git repository that can be read at .*/") as error:
            content(address)
        assert "\n" not in str(error.value)


def test_a_dead_host_is_one_line_within_seconds_and_without_the_password():
    start = time.monotonic()
    with pytest.raises(InputError) as error:
        content("http://user:secret@127.0.0.1:9/owner/repository#v1")
    expected = "no git repository that can be read at http://127.0.0.1:9/owner/repository#v1: "
    assert str(error.value).startswith(expected)
    assert "127.0.0.1 port 9" in str(error.value)
    assert "secret" not in str(error.value)
    assert time.monotonic() - start < 5


def test_a_machine_without_git_is_one_line(repository, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match=r"no command git on this machine: install git"):
        content(f"{repository}#v1")


def written(folder: Path, *paths: str, content: str = ""):
    """The tree of a folder with these files."""
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content)
    with opened_tree(parse_source(str(folder))) as tree:
        return tree


def test_a_file_is_found_wherever_it_lies_and_equal_copies_count_as_one(tmp_path):
    assert written(tmp_path, "a/b/x.csv", "b/x.csv", content="same").content("x.csv") == b"same"
    with pytest.raises(InputError, match=r"2 files x.csv in .*, expected one: a/b/x.csv, b/x.csv"):
        written(tmp_path, "b/x.csv", content="other").content("x.csv")


def test_a_missing_file_is_named_with_some_of_its_kind(tmp_path):
    tree = written(tmp_path, "a/b.csv", "c.csv", ".git/x.csv")
    with pytest.raises(InputError, match=r"^no x.csv in .*: found a/b.csv, c.csv$"):
        tree.content("x.csv")
    with pytest.raises(InputError, match=r"found no .txt file"):
        tree.content("x.txt")
    tree = written(tmp_path, *(f"a/{number:04}.csv" for number in range(30)))
    with pytest.raises(InputError, match=r"0009.csv and 22 more$"):
        tree.content("x.csv")


def test_a_word_is_neither_a_folder_nor_a_url():
    with pytest.raises(InputError, match=r"no folder and no URL of a git repository: nowhere"):
        content("nowhere")


def test_a_foreign_repositorys_settings_run_no_command(git, repository, tmp_path):
    """A missing object is not fetched by the command that the repository's own settings name."""
    blob = git(repository, "rev-parse", "HEAD:deep/f.csv")
    (repository / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    settings = {
        "core.repositoryFormatVersion": "1",
        "extensions.partialClone": "origin",
        "remote.origin.url": f"file://{repository}",
        "remote.origin.promisor": "true",
        "remote.origin.uploadpack": f"touch {tmp_path}/run; git-upload-pack",
    }
    for name, value in settings.items():
        git(repository, "config", name, value)
    with pytest.raises(InputError, match=r"cannot read deep/f.csv of .*#main: "):
        content(f"{repository}#main")
    assert not (tmp_path / "run").exists()
