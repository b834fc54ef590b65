"""Sources on this machine: folders, git repositories, servers of git and of a tiny Hub."""

import csv
import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT.parent / "shared" / "reference"
COMMIT = "1" * 40  # of everything on the Hub below
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
    "abstract_id": "0.0",
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
def reference() -> Path:
    if not REFERENCE.is_dir():
        pytest.skip(f"the published data is not at {REFERENCE}")
    return REFERENCE


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


@pytest.fixture
def model_folder(tmp_path) -> Path:
    """A model's folder as far as its names go, with what must not be taken."""
    folder = tmp_path / "tiny"
    (folder / "onnx").mkdir(parents=True)
    for name in ("config.json", "model.safetensors", "tokenizer.json", "merges.txt"):
        (folder / name).write_text("{}")
    for name in ("pytorch_model.bin", "README.md", "onnx/config.json", "training_args.bin"):
        (folder / name).write_text("not taken")
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
        "from components.command_line import run;"
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


@pytest.fixture
def hub(monkeypatch) -> Iterator["Hub"]:
    """A Hub that both this process and, by its URL, others can ask."""
    from huggingface_hub import constants

    with running_hub() as running:
        monkeypatch.setattr(constants, "ENDPOINT", running.url)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", running.url + TEMPLATE)
        yield running


TEMPLATE = "/{repo_id}/resolve/{revision}/{filename}"


class Hub:
    """What the server holds: a folder by `models/owner/name` or `datasets/owner/name`.

    `refused` maps such a path, and `refused_files` a file's, to the error code that the real Hub
    answers with; `asked` lists every request.
    """

    def __init__(self):
        self.folders: dict[str, Path] = {}
        self.refused: dict[str, str] = {}
        self.refused_files: dict[str, str] = {}
        self.asked: list[str] = []
        self.url = ""


@contextmanager
def running_hub() -> Iterator[Hub]:
    hub = Hub()
    handler = type("Handler", (_Handler,), {"hub": hub})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        hub.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield hub
        server.shutdown()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, *_args):
        pass

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        self._answer(b"")

    def do_POST(self):
        self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def _answer(self, body: bytes):
        path = unquote(urlsplit(self.path).path).strip("/")
        if path.startswith("page"):
            return self._send(200, b"<html></html>", headers={"Content-Type": "text/html"})
        self.hub.asked.append(f"{self.command} {path}")
        parts = path.removeprefix("api/").split("/")
        if parts[0] not in ("models", "datasets"):
            parts.insert(0, "models")
        repository, rest = "/".join(parts[:3]), parts[3:]
        if repository in self.hub.refused:
            return self._send(403, error=self.hub.refused[repository])
        if repository not in self.hub.folders:
            return self._send(404, error="RepoNotFound")
        if len(rest) > 1 and rest[1] not in ("main", COMMIT):
            return self._send(404, error="RevisionNotFound")
        folder = self.hub.folders[repository]
        if path.startswith("api/"):
            return self._send_listing(folder, repository, rest, body)
        return self._send_file(folder, "/".join(rest[2:]))

    def _send_listing(self, folder: Path, repository: str, rest: list[str], body: bytes):
        files = sorted(file for file in folder.rglob("*") if file.is_file())
        if rest[:1] == ["tree"]:
            under = folder / "/".join(rest[2:])
            if not under.exists():
                return self._send(404, error="EntryNotFound")
            deep = parse_qs(urlsplit(self.path).query).get("recursive", ["false"])[0].lower()
            entries = under.rglob("*") if deep in ("true", "1") else under.iterdir()
            return self._send_json([_entry(folder, entry) for entry in sorted(entries)])
        if rest[:1] == ["paths-info"]:
            asked = _asked_paths(body)
            entries = [folder / path for path in asked if (folder / path).exists()]
            return self._send_json([_entry(folder, entry) for entry in entries])
        return self._send_json(
            {
                "id": repository.partition("/")[2],
                "sha": COMMIT,
                "siblings": [{"rfilename": file.relative_to(folder).as_posix()} for file in files],
            }
        )

    def _send_file(self, folder: Path, name: str):
        file = folder / name
        if not file.is_file():
            return self._send(404, error="EntryNotFound")
        if name in self.hub.refused_files:
            return self._send(403, error=self.hub.refused_files[name])
        content = file.read_bytes()
        headers = {"ETag": f'"{hashlib.sha1(content).hexdigest()}"', "X-Repo-Commit": COMMIT}
        first, last = 0, len(content) - 1
        if given := self.headers.get("Range"):
            start, _, end = given.removeprefix("bytes=").partition("-")
            first, last = int(start), min(int(end or last), last)
            headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
        return self._send(206 if given else 200, content[first : last + 1], headers=headers)

    def _send_json(self, value):
        return self._send(200, json.dumps(value).encode())

    def _send(self, status: int, content: bytes = b"", *, error: str = "", headers=()):
        self.send_response(status)
        if error:
            self.send_header("X-Error-Code", error)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def _asked_paths(body: bytes) -> list[str]:
    try:
        paths = json.loads(body)["paths"]
    except ValueError:
        paths = parse_qs(body.decode())["paths"]
    return [paths] if isinstance(paths, str) else paths


def _entry(folder: Path, entry: Path) -> dict:
    path = entry.relative_to(folder).as_posix()
    oid = hashlib.sha1(path.encode()).hexdigest()
    if entry.is_dir():
        return {"type": "directory", "path": path, "oid": oid, "size": 0}
    return {"type": "file", "path": path, "oid": oid, "size": entry.stat().st_size}
