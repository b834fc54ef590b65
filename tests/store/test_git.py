"""Every version of dvc.lock and data.dvc that git still knows is found."""

import pytest

from components.runtime.errors import InputError
from pipelines.store.git import Version, versions
from tests.small_study import clone, commit, git


@pytest.fixture
def root(tmp_path):
    """A git repository with one commit of dvc.lock."""
    root = tmp_path / "root"
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch=main")
    lock(root, "first")
    return root


def lock(root, text):
    (root / "dvc.lock").write_text(text)
    commit(root, text)


def contents(root, name="dvc.lock"):
    return {each.content.decode() for each in versions(root) if each.name == name}


def test_versions_of_branches_tags_experiments_stashes_and_the_reflog_are_found(root):
    for place in ("refs/heads/other", "refs/tags/v1", "refs/exps/ab/cdef/exp"):
        lock(root, place)
        git(root, "update-ref", place, "HEAD")
        git(root, "reset", "--quiet", "--hard", "HEAD~")
    for text in ("stashed first", "stashed last"):
        (root / "dvc.lock").write_text(text)
        git(root, "stash", "--quiet")
    git(root, "reflog", "expire", "--expire=now", "HEAD", "main")
    stashes = {"stashed first", "stashed last"}
    places = {"refs/heads/other", "refs/tags/v1", "refs/exps/ab/cdef/exp"}
    assert contents(root) == {"first"} | places | stashes
    lock(root, "thrown away")
    git(root, "reset", "--quiet", "--hard", "HEAD~")
    git(root, "checkout", "--quiet", "--detach")
    assert contents(root) == {"first", "thrown away"} | places | stashes


def test_staged_and_unstaged_versions_are_found_and_those_of_removed_files(root):
    (root / "dvc.lock").unlink()
    commit(root, "Remove")
    assert contents(root) == {"first"}
    (root / "dvc.lock").write_text("staged")
    (root / "data.dvc").write_text("staged data")
    git(root, "add", "--all")
    (root / "dvc.lock").write_text("written")
    assert contents(root) == {"first", "staged", "written"}
    assert contents(root, "data.dvc") == {"staged data"}


def test_a_merged_side_branch_of_which_nothing_was_taken_is_followed(root, tmp_path):
    git(root, "checkout", "--quiet", "-b", "side")
    lock(root, "on the side")
    git(root, "checkout", "--quiet", "main")
    (root / "other").touch()
    commit(root, "Go on")
    git(root, "merge", "--quiet", "--strategy=ours", "--message=Merge", "side")
    git(root, "branch", "--quiet", "-D", "side")
    assert contents(clone(root, tmp_path / "clone")) == {"first", "on the side"}


def test_files_of_other_folders_are_left_out(root):
    for name in ("above", "above/root", "beside"):
        (root / name).mkdir()
        lock(root / name, f"in {name}")
    assert contents(root / "above" / "root") == {"in above/root"}


def test_outside_a_repository_and_before_the_first_commit_only_its_files_count(tmp_path):
    (tmp_path / "dvc.lock").write_text("alone")
    assert contents(tmp_path) == {"alone"}
    git(tmp_path, "init", "--quiet")
    assert contents(tmp_path) == {"alone"}


def test_a_shallow_clone_and_a_broken_repository_are_refused(root, tmp_path):
    lock(root, "second")
    git(tmp_path, "clone", "--quiet", "--depth=1", root.as_uri(), "shallow")
    with pytest.raises(InputError, match="git fetch --unshallow"):
        versions(tmp_path / "shallow")
    (root / ".git" / "HEAD").write_text("broken")
    with pytest.raises(InputError, match="git rev-parse"):
        versions(root)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("dvc.lock", b"\xff", "UTF-8"),
        ("dvc.lock", b"<<<<<<< HEAD\nschema: '2.0'\n=======\n", "not YAML"),
        ("dvc.lock", b"train: {cmd: x}\n", "schema None, expected 2.0"),
        ("dvc.lock", b"{schema: '2.0', stages: {a: {cmd: x, outs: [{path: x}]}}}", "md5 and size"),
        ("data.dvc", b"outs: []\n", "no data"),
    ],
)
def test_a_version_of_another_form_is_refused(name, content, words):
    with pytest.raises(InputError, match=words):
        Version(name, "here", content).outputs()
