"""What editors, line endings and a download without git change in a checkout: nothing."""

import subprocess

import pytest
from dvc.repo import Repo

from components.runtime.errors import InputError
from pipelines.dvc.repo import open_repo
from pipelines.dvc.workspace import lay_out
from tests.conftest import ROOT

LEFT_BEHIND = [
    ".DS_Store",
    "._loop.py",
    ".loop.py.swp",
    "#loop.py#",
    "loop.py~",
    "loop.py.orig",
    "loop.py.rej",
    "loop.tmp",
    "Thumbs.db",
    "4913",
    ".ipynb_checkpoints/loop-checkpoint.py",
    "__pycache__/loop.py",
    ".idea/loop.py",
]
KINDS = {"text.py": b"a\nb\n", "page.jinja": b"{{ a }}\n", "picture.png": b"\x89PNG\r\n\0\n\r\n"}


def hashes(root):
    """The hash of every folder of code that a stage reads."""
    with Repo(str(root)) as repo:
        deps = {each.def_path: each for stage in repo.index.stages for each in stage.deps}
        folders = [each for path, each in deps.items() if (root / path).is_dir()]
        return {each.def_path: each.get_hash().value for each in folders}


@pytest.mark.slow
def test_what_editors_and_systems_leave_in_a_stages_folder_changes_no_stage(tmp_path):
    texts = {"params": (ROOT / "params.yaml").read_text(), "data": (ROOT / "data.dvc").read_text()}
    checkout, pod = tmp_path / "checkout", tmp_path / "pod"
    lay_out(checkout, code=ROOT, **texts, entries={})
    before = hashes(checkout)
    assert "components/training" in before
    for folder in before:
        for name in LEFT_BEHIND:
            (checkout / folder / name).parent.mkdir(exist_ok=True)
            (checkout / folder / name).write_text("x")
        (checkout / folder / ".#loop.py").symlink_to("someone@somewhere.1234")  # as Emacs locks
    lay_out(pod, code=checkout, **texts, entries={})
    assert hashes(checkout) == hashes(pod) == before
    (checkout / "components" / "training" / "more.py").write_text("x = 1\n")
    assert {key for key, value in hashes(checkout).items() if value != before[key]} == {
        "components/training"
    }


def test_a_clone_has_the_same_bytes_whatever_line_endings_git_is_asked_for(tmp_path):
    def git(*words):
        identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        subprocess.run(["git", *identity, *words], check=True, capture_output=True)

    origin = tmp_path / "origin"
    origin.mkdir()
    for name, content in {
        **KINDS,
        ".gitattributes": (ROOT / ".gitattributes").read_bytes(),
    }.items():
        (origin / name).write_bytes(content)
    git("init", "--quiet", str(origin))
    git("-C", str(origin), "add", ".")
    git("-C", str(origin), "commit", "--quiet", "--message", "x")
    for setting in ("core.autocrlf=true", "core.eol=crlf"):
        clone = tmp_path / setting
        git("clone", "--quiet", "-c", setting, str(origin), str(clone))
        assert {name: (clone / name).read_bytes() for name in KINDS} == KINDS


def test_a_download_without_git_works_once_dvc_is_told(tmp_path):
    command = "dvc config --local core.no_scm true"
    (tmp_path / ".dvc").mkdir()
    with pytest.raises(InputError, match=f"not a git repository, .*{command}"), open_repo(tmp_path):
        pass
    (tmp_path / ".dvc" / "config.local").write_text("[core]\n    no_scm = true\n")  # what it does
    with open_repo(tmp_path) as repo:
        assert not repo.index.stages
    assert command in (ROOT / "Makefile").read_text()
