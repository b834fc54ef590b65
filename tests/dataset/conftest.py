"""Sources on this machine: folders, git repositories, servers of git and of a tiny Hub."""

import csv
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from tests.hub_server import hub, model_folder

ROOT = Path(__file__).parents[2]
CASE = {
    "doi": "https://doi.org/10.1/1",
    "journal_section": "Cellular/Molecular",
    "original_abstract": "It rose.",
    "incorrect_abstract": "It fell.",
    "combined_abstract": "It [[rose, fell]].",
}
ANSWER = {
    "pid": "1.0",
    "expertise": "50",
    "confidence": "60",
    "correct": "1",
    "journal_section": "human_Cellular/Molecular",
    "abstract_id": "1.0",
    "age": "40",
}


def write_csv(file: Path, *rows: dict[str, str]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return file


@pytest.fixture
def benchmark_folder(tmp_path) -> Path:
    """A folder in the published form, its files not at its top."""
    folder = tmp_path / "benchmark"
    write_csv(folder / "cases" / "BrainBench_Human_v0.1.csv", CASE)
    write_csv(folder / "cases" / "BrainBench_GPT-4_v0.1.csv", CASE, CASE)
    return folder


@pytest.fixture
def participants_folder(tmp_path) -> Path:
    folder = tmp_path / "answers"
    write_csv(folder / "data" / "participant_data.csv", ANSWER, ANSWER)
    return folder


@pytest.fixture
def corpus_folder(tmp_path) -> Path:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "train.jsonl").write_text('{"text": "one"}\n{"text": " "}\n{"text": "two"}\n')
    (folder / "validation.jsonl").write_text('{"text": "é"}\n', encoding="utf-8")
    return folder


@pytest.fixture(name="git")
def git_fixture():
    return git


def git(folder: Path, *arguments: str) -> str:
    """Runs git as nobody in particular and returns what it says."""
    identity = ["-c", "user.name=nobody", "-c", "user.email=nobody@localhost"]
    command = ["git", "-C", str(folder), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path) -> Path:
    """A repository of two commits: `f.csv` says "old" at tags v1 and v2, "new" on main."""
    folder = tmp_path / "repository"
    (folder / "deep").mkdir(parents=True)
    git(folder, "init", "-b", "main")
    for text in ("old\r\n", "new\n"):
        (folder / "deep" / "f.csv").write_bytes(text.encode())
        git(folder, "add", ".")
        git(folder, "commit", "-m", text.strip())
        if text.startswith("old"):
            git(folder, "tag", "v1")
            git(folder, "tag", "-a", "v2", "-m", "annotated")
    return folder


@pytest.fixture
def served(repository) -> Iterator[str]:
    """The URL of that repository on a git server."""
    from dulwich.repo import Repo
    from dulwich.server import DictBackend
    from dulwich.web import make_wsgi_chain

    class Silent(WSGIRequestHandler):
        def log_message(self, *_args):
            pass

    with Repo(str(repository)) as repo:
        application = make_wsgi_chain(DictBackend({"/owner/repository": repo}))
        with make_server("127.0.0.1", 0, application, handler_class=Silent) as server:
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
            yield f"http://127.0.0.1:{server.server_port}/owner/repository"
            server.shutdown()


def run_originals(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """`originals` in a process of its own, away from every Hub but the one given."""
    script = (
        "from components.runtime.command_line import run;"
        "from components.dataset.originals import originals;"
        "run({'originals': originals, 'nothing': lambda: None})"
    )
    offline = {"HF_ENDPOINT": "http://127.0.0.1:9", "USE_TORCH": "0", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-c", script, "originals", *arguments],
        env={**os.environ, **offline, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def originals_process(tmp_path):
    """Runs `originals` with a Hub cache of its own."""
    return lambda *arguments, **environment: run_originals(
        *arguments, **{"HF_HOME": str(tmp_path / "hub-cache"), **environment}
    )
