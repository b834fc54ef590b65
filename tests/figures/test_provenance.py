import subprocess

import pytest

from components.figures import provenance as module
from components.figures.provenance import provenance, revision
from components.runtime.errors import InputError


def test_the_given_revision_comes_first(monkeypatch):
    monkeypatch.setenv("REVISION", "abc123")
    assert revision() == "abc123"


def test_without_git_the_revision_is_not_recorded(monkeypatch):
    monkeypatch.delenv("REVISION", raising=False)
    monkeypatch.setenv("PATH", "")
    assert revision() == "not recorded"


def test_outside_a_checkout_the_revision_is_not_recorded(monkeypatch, tmp_path):
    monkeypatch.delenv("REVISION", raising=False)
    monkeypatch.setattr(module, "__file__", str(tmp_path / "provenance.py"))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert revision() == "not recorded"


def test_in_a_checkout_the_revision_is_gits(monkeypatch, tmp_path):
    monkeypatch.delenv("REVISION", raising=False)
    (tmp_path / "provenance.py").write_text("code\n", encoding="utf-8")
    author = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
    for command in (["init", "-q"], ["add", "."], [*author, "commit", "-qm", "Begin"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    monkeypatch.setattr(module, "__file__", str(tmp_path / "provenance.py"))
    clean = revision()
    (tmp_path / "provenance.py").write_text("changed\n", encoding="utf-8")
    assert len(clean) >= 7
    assert revision() == f"{clean}-dirty"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("outs: []\n", "empty outs"),
        ("a: [\n", "not YAML"),
        ("outs:\n- size: 1\n", r"no outs\.0\.md5"),
        ("", "the content is None"),
    ],
)
def test_a_file_that_dvc_did_not_write_is_refused(tmp_path, text, words):
    file = tmp_path / "data.dvc"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=words):
        provenance(params=file, data=file, variants=[])
