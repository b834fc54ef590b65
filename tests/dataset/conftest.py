"""Sources on this machine: folders, git repositories, servers of git and of a tiny Hub."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.formats.cases import CaseRow, write_cases
from components.formats.corpus import write_documents
from components.formats.participants import TrialRow, write_trials
from tests.browser import browser
from tests.hub_server import hub, model_folder

ROOT = Path(__file__).parents[2]
CASE = CaseRow(
    doi="https://doi.org/10.1/1",
    journal_section="Cellular/Molecular",
    original_abstract="It rose.",
    incorrect_abstract="It fell.",
    combined_abstract="It [[rose, fell]].",
)
OTHER_CASE = CASE._replace(incorrect_abstract="It sank.", combined_abstract="It [[rose, sank]].")
TRIAL = TrialRow(
    pid="1.0",
    expertise=50,
    confidence=60,
    click_outside=None,
    correct=True,
    rt=None,
    abstract_id=1,
    journal_section="human_Cellular/Molecular",
    click_slider=None,
    recognised=None,
)


@pytest.fixture
def benchmark_folder(tmp_path) -> Path:
    """A folder in the published form, its files not at its top."""
    cases = tmp_path / "benchmark" / "cases"
    write_cases(cases / "BrainBench_Human_v0.1.csv", [CASE])
    write_cases(cases / "BrainBench_GPT-4_v0.1.csv", [CASE, OTHER_CASE])
    return cases.parent


@pytest.fixture
def participants_folder(tmp_path) -> Path:
    write_trials(
        tmp_path / "answers" / "data" / "participant_data.csv",
        [TRIAL, TRIAL._replace(abstract_id=2)],
    )
    return tmp_path / "answers"


@pytest.fixture
def corpus_folder(tmp_path) -> Path:
    write_documents(tmp_path / "papers", "train", ["one", " ", "two"])
    write_documents(tmp_path / "papers", "validation", ["é"])
    return tmp_path / "papers"


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
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    where = (f"--base-path={repository.parent}", "--listen=127.0.0.1", f"--port={port}")
    command = ["git", "daemon", "--export-all", "--reuseaddr", *where]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as server:
        while socket.socket().connect_ex(("127.0.0.1", port)):
            time.sleep(0.01)
        yield f"git://127.0.0.1:{port}/repository"
        server.terminate()


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
