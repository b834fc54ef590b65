"""A tiny Hugging Face Hub on this machine: a server, and what it serves."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

COMMIT = "1" * 40  # of everything on it


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
            return self._send(200, b"<html>\n</html>\n", headers={"Content-Type": "text/html"})
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
