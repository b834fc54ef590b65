import time

import pytest

from components.dataset.repository import opened_tree
from components.dataset.source import parse_source
from components.runtime.errors import InputError


def content(address: str) -> bytes:
    with opened_tree(parse_source(address)) as tree:
        return tree.content("f.csv")


@pytest.mark.parametrize("revision", ["v1", "v2"])
def test_a_tag_is_read_byte_for_byte(repository, served, revision):
    assert content(f"{repository}#{revision}") == b"old\r\n"
    assert content(f"{served}#{revision}") == b"old\r\n"


def test_the_newest_commit_is_the_default(git, repository, served):
    with opened_tree(parse_source(served)) as tree:
        assert tree.content("f.csv") == b"new\n"
        assert tree.revision == git(repository, "rev-parse", "HEAD")


def test_a_branch_and_a_commit_can_be_named(git, repository, served):
    git(repository, "branch", "side/line", "v1")
    commit = git(repository, "rev-parse", "v1^{commit}")
    for revision in ("side/line", commit, commit[:8]):
        assert content(f"{served}#{revision}") == b"old\r\n"
        assert content(f"file://{repository}#{revision}") == b"old\r\n"


def test_a_local_folder_is_read_as_it_lies_unless_a_revision_is_named(repository):
    (repository / "deep" / "f.csv").write_text("changed just now")
    assert content(str(repository)) == b"changed just now"
    assert content(f"{repository}#main") == b"new\n"


def test_a_bare_repository_is_read_at_its_head(git, repository, tmp_path):
    git(tmp_path, "clone", "--bare", str(repository), "bare")
    assert content(f"{tmp_path}/bare") == b"new\n"


def test_an_unknown_revision_is_told(repository, served):
    for address in (repository, served):
        with pytest.raises(InputError, match=r"no revision v9 in .*repository: expected a branch"):
            content(f"{address}#v9")


def test_a_repository_without_a_commit_is_told(git, tmp_path):
    git(tmp_path, "init", "--bare", "empty")
    with pytest.raises(InputError, match=r"no commit in the repository"):
        content(f"{tmp_path}/empty")


def test_a_folder_that_is_no_repository_has_no_revision(tmp_path):
    with pytest.raises(InputError, match=r"a plain folder has no revision v1"):
        content(f"{tmp_path}#v1")


def test_a_repository_that_is_not_there_is_told(served):
    with pytest.raises(InputError, match=r"no public git repository at .*/nothing"):
        content(served.replace("owner/repository", "owner/nothing"))


def test_a_page_that_is_no_repository_is_told(hub):
    with pytest.raises(InputError, match=r"no public git repository at .*/page: expected"):
        content(f"{hub.url}/page")


def test_an_empty_repository_elsewhere_is_told(git, repository, served):
    for reference in git(repository, "for-each-ref", "--format=%(refname)").splitlines():
        git(repository, "update-ref", "-d", reference)
    for revision in ("", "#main"):
        with pytest.raises(InputError, match=r"no (commit|revision main) in .*repository"):
            content(f"{served}{revision}")


def test_a_dead_host_is_told_within_seconds_and_without_the_password():
    start = time.monotonic()
    with pytest.raises(InputError) as error:
        content("http://user:secret@127.0.0.1:9/owner/repository#v1")
    assert str(error.value) == (
        "cannot get http://127.0.0.1:9/owner/repository#v1: Connection refused"
    )
    assert time.monotonic() - start < 5


def test_a_word_is_neither_a_folder_nor_a_url():
    with pytest.raises(InputError, match=r"no folder and no URL of a git repository: nowhere"):
        content("nowhere")
