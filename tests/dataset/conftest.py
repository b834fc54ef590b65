"""Sources on this machine: folders, git repositories, servers of git and of a tiny Hub."""

import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.formats.cases import CaseRow, write_cases
from components.formats.corpus import write_documents
from components.formats.participants import TrialRow, write_trials
from components.formats.terms import ANSWERS
from tests.browser import browser
from tests.hub_server import hub, model_folder

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


def with_persons(file: Path) -> None:
    """Adds the columns that the public file has about its persons, as it names them."""
    header, *lines = file.read_text().splitlines()
    rows = [f"{header},age,country,current position,experience,sex"]
    rows += [f'{line},41,"Utopia, the new",Postdoc,7,sixth' for line in lines]
    file.write_text("\n".join(rows) + "\n")


@pytest.fixture
def sources(tmp_path, model_folder) -> dict:
    """A local source for every part, as `originals` takes them; files are not at their tops."""
    cases = tmp_path / "benchmark" / "cases"
    write_cases(cases / "BrainBench_Human_v0.1.csv", [CASE])
    write_cases(cases / "BrainBench_GPT-4_v0.1.csv", [CASE, OTHER_CASE])
    answers = [TRIAL, TRIAL._replace(abstract_id=2)]
    write_trials(tmp_path / "answers" / "data" / "participant_data.csv", answers)
    (tmp_path / "tags" / "deep").mkdir(parents=True)
    for name in ANSWERS.values():
        (tmp_path / "tags" / "deep" / name).write_bytes(b"the, no\r\naxon, yes\n")
    write_documents(tmp_path / "papers", "train", ["one", " ", "two"])
    write_documents(tmp_path / "papers", "validation", ["é"])
    return {
        "brainbench": str(cases.parent),
        "participants": str(tmp_path / "answers"),
        "tags": str(tmp_path / "tags"),
        "domain_corpus": str(tmp_path / "papers"),
        "general_corpus": f"file://{tmp_path}/papers",
        "pretrained": (str(model_folder),),
        "configurations": (str(model_folder),),
    }


@pytest.fixture
def data_sets(tmp_path, monkeypatch):
    """Has `datasets` write to a folder of this test only, and not import PyTorch."""
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.setattr(datasets.config, "TORCH_AVAILABLE", False)


@pytest.fixture
def data_hub(hub, data_sets, tmp_path, monkeypatch):
    """A Hub that `datasets` asks too."""
    import datasets
    from huggingface_hub import HfFileSystem, constants

    monkeypatch.setattr(datasets.config, "HF_ENDPOINT", hub.url)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub-cache"))
    HfFileSystem.clear_instance_cache()
    return hub


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
