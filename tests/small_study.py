"""A study of a few stages that run in no time, in a checkout with git and DVC."""

import json
import logging
import multiprocessing
import os
import pkgutil
import runpy
import shutil
import subprocess
import sys
import tempfile
from contextlib import nullcontext, suppress
from importlib import import_module
from pathlib import Path

import dvc_s3  # noqa: F401 (DVC loads it late)
import pytest
import tyro
from dvc import logger as dvc_logger
from dvc.repo import Repo

import pipelines.store
from components.runtime.command_line import run as run_command
from pipelines.dvc.remote import read_address
from pipelines.pod.stage import stage as run_stage
from pipelines.store.bucket import Bucket
from pipelines.store.connection import connect
from pipelines.store.studies import Study, write_study
from tests.processes import mounted, redirect
from tests.s3_server import forget_credentials, use_server

ROOT = Path(__file__).parents[1]
PARAMS = "loud: true\nletters:\n  a: {letter: a}\n  b: {letter: b}\n"
CONFIG = """\
[core]
    analytics = false
    remote = store
['remote "store"']
    url = {url}
    verify = true
"""

DEFINITION = """\
stages:
  alphabet:
    cmd: python -m components.alphabet
    deps: [components/alphabet.py]
    outs: [artifacts/alphabet.txt]
  upper:
    cmd: python -m components.upper ${loud}
    deps: [components/upper.py, data/texts]
    params: [loud]
    outs: [artifacts/upper]
  count:
    foreach: ${letters}
    do:
      cmd: python -m components.count ${item.letter} artifacts/counts/${key}
      deps: [components/count.py, data/words/größe.txt, artifacts/upper]
      params:
      - letters.${key}
      outs:
      - artifacts/counts/${key}
  report:
    cmd: python -m components.report
    deps: [components/report.py, artifacts/counts/a, artifacts/counts/b, artifacts/alphabet.txt]
    outs: [artifacts/report.html]
    metrics: [artifacts/metrics]
"""

MODULES = {
    "__init__": "",
    "alphabet": """\
import pathlib
print("running alphabet")
pathlib.Path("artifacts").mkdir(exist_ok=True)
pathlib.Path("artifacts/alphabet.txt").write_text("abc")
""",
    "upper": """\
import os, pathlib, sys
print("running upper")
out = pathlib.Path("artifacts/upper")
out.mkdir(parents=True)
for file in pathlib.Path("data/texts").iterdir():
    text = file.read_text()
    (out / file.name).write_text(text.upper() if sys.argv[1] == "true" else text)
""",
    "count": """\
import json, pathlib, sys
print("running count")
letter, out = sys.argv[1], pathlib.Path(sys.argv[2])
out.mkdir(parents=True)
texts = [file.read_text() for file in pathlib.Path("artifacts/upper").iterdir()]
words = pathlib.Path("data/words/größe.txt").read_text()
count = sum(text.lower().count(letter) for text in [*texts, words])
(out / "metrics.json").write_text(json.dumps({"count": count, "of": {"texts": len(texts)}}))
(out / "leer").write_text("")
""",
    "report": """\
import json, pathlib
print("running report")
counts = {
    place.name: json.loads((place / "metrics.json").read_text())
    for place in sorted(pathlib.Path("artifacts/counts").iterdir())
}
pathlib.Path("artifacts/metrics").mkdir()
for name, value in counts.items():
    text = json.dumps({"human": value["count"] / 10, **value})
    pathlib.Path(f"artifacts/metrics/{name}.json").write_text(text)
pathlib.Path("artifacts/report.html").write_text(f"<p>{counts}</p>")
""",
}

# Without inputs, from data, from data and a stage, from stages only.
STAGES = ("alphabet", "upper", "count@a", "count@b", "report")


def make_study(root, *, url, params=PARAMS):
    """A checkout with data, committed; nothing has run."""
    root.mkdir(parents=True)
    (root / "components").mkdir()
    for name, text in MODULES.items():
        (root / "components" / f"{name}.py").write_text(text)
    (root / "dvc.yaml").write_text(DEFINITION)
    (root / "params.yaml").write_text(params)
    (root / ".dvcignore").write_text("__pycache__/\n*.pyc\n")
    (root / ".gitignore").write_text("/artifacts\n/data\n__pycache__/\n.state/\n")
    texts = {"texts/ä ö.txt": "Anna", "texts/two.txt": "bab", "words/größe.txt": "a"}
    for name, text in texts.items():
        file = root / "data" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (root / "data" / "texts" / "empty.txt").write_text("")
    git(root, "init", "--quiet", "--initial-branch=main")
    with Repo.init(str(root)):
        (root / ".dvc" / "config").write_text(CONFIG.format(url=url))
    with Repo(str(root)) as repo:
        repo.add(str(root / "data"))
    commit(root, "Begin")
    return root


def add_stage(root, name, code, *, outs, deps=()):
    """Adds a stage to a checkout, in no commit."""
    (root / "components" / f"{name}.py").write_text(code)
    lists = {"deps": [f"components/{name}.py", *deps], "outs": outs}
    stage = {"cmd": f"python -m components.{name}", **lists}
    with (root / "dvc.yaml").open("a") as file:
        file.write(f"  {name}: {json.dumps(stage)}\n")


def commit(root, message):
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", message)


def clone(root, target):
    """A fresh clone: no cache, no data, no artifacts."""
    subprocess.run(["git", "clone", "--quiet", root, target], check=True)
    return target


def git(root, *arguments):
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True)


def dvc(root, *arguments, check=True):
    """Runs DVC as a user does; returns the ended process with its output."""
    return _run_module(root, "dvc", *arguments, check=check)


def store_command(root, *arguments, check=True):
    """Runs `python -m pipelines.store` of this project in a study's checkout."""
    return _run_module(root, "pipelines.store", *arguments, check=check)


def _run_module(root, module, *arguments, check):
    def program():
        os.chdir(root)
        sys.argv = [module, *map(str, arguments)]
        runpy.run_module(module, run_name="__main__", alter_sys=True)

    with tempfile.TemporaryDirectory() as folder:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        process = _forked(program, folder=Path(folder), env={"PATH": path})
        return ended(process, check=check)


def start_forked(function, *arguments, folder, **options):
    """Starts a command line program in a copy of this process, which has imported all it needs.

    That takes a third of the time that a new Python does.

    Args:
        function: The program's function.
        arguments: Its flags.
        folder: Where its output is kept.
        options: Of `_forked`.

    Returns:
        The process; `ended` waits for it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return _forked(
        lambda: run_command(function, arguments=list(arguments)), folder=folder, **options
    )


def _forked(program, *, folder, env=None, disk=None, daemon=True):
    """Starts a function in a copy of this process.

    Args:
        program: The function.
        folder: Where its output is kept.
        env: Variables that it gets beside ours.
        disk: A folder that is a small disk for it, and the disk's size.
        daemon: Whether it ends with this process, and has no processes of multiprocessing; if not,
            it has a session of its own.
    """

    def target():
        if not daemon:
            os.setsid()
        redirect(folder / "stdout", folder / "stderr")
        for name in ("dvc", "dvc_objects", "dvc_data"):
            logging.getLogger(name).handlers.clear()
        dvc_logger.setup()  # to the streams of this process
        os.environ |= env or {}
        forget_credentials()
        with mounted(*disk) if disk else nullcontext():
            program()

    for name in ("stdout", "stderr"):
        (folder / name).write_text("")
    process = multiprocessing.get_context("fork").Process(target=target, daemon=daemon)
    process.start()
    process.folder = folder
    return process


def ended(process, *, check=True, seconds=600):
    """Waits for a forked program; returns the ended process with its output."""
    process.join(seconds)
    if process.is_alive():
        process.kill()
        raise TimeoutError((process.folder / "stderr").read_text())
    texts = [(process.folder / name).read_text() for name in ("stdout", "stderr")]
    assert not check or process.exitcode == 0, "".join(texts)
    return subprocess.CompletedProcess(process.name, process.exitcode, *texts)


def error_line(done):
    """The one error of an ended program, which named it and did nothing else."""
    lines = done.stderr.strip().splitlines()
    errors = [line for line in lines if line.startswith("error: ")]
    assert done.returncode == 1, done.stderr
    assert errors == lines[-1:], done.stderr
    assert "Traceback" not in done.stderr
    return errors[0]


class Pods:
    """Pods of one run: each stage in a folder and a process of its own, without git.

    They get what Kubeflow's launcher gives, and no more: the first task has written the study.

    Args:
        folder: Where pods' folders are made.
        image: The code that the image holds.
        url: The store.
    """

    def __init__(self, folder, *, image, url, run="run-1", params=None):
        self.folder, self.image, self.url, self.run = folder, image, url, run
        self.params = params or (image / "params.yaml").read_text()
        self.data = (image / "data.dvc").read_text()
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def bucket(self):
        return Bucket(read_address(self.url))

    def write_study(self):
        """Does the part of the run's first task that the others need."""
        write_study(self.bucket, Study(self.run, self.params, self.data))

    def entry(self, stage):
        """The lock entry of a stage in the study; None where it has none."""
        content = self.bucket.read(f"studies/{self.run}/stages/{stage}.yaml")
        return content and content.decode()

    def flags(self, stage, *, workspace=None):
        return [
            *("--stage", stage, "--run", self.run, "--store", self.url, "--code", str(self.image)),
            *("--workspace", str(workspace or self.folder / stage / "workspace")),
        ]

    def begin(self, stage, *flags, workspace=None, env=None, disk=None):
        """Starts a stage's pod; `ended` waits for it."""
        self.write_study()
        arguments = [*self.flags(stage, workspace=workspace), *flags]
        variables = {"KFP_POD_NAME": f"pod-{stage}", **(env or {})}
        folder = self.folder / stage
        return start_forked(run_stage, *arguments, folder=folder, env=variables, disk=disk)

    def start(self, stage, *flags, check=True, env=None):
        """Runs a stage's pod; what it leaves but its outcome is thrown away, as a node does."""
        done = ended(self.begin(stage, *flags, env=env), check=check)
        shutil.rmtree(self.folder / stage / "workspace", ignore_errors=True)
        return done


def _warm_up(root):
    """Loads what DVC, tyro and boto3 load late, once for all forked programs."""
    connect()
    with suppress(SystemExit):
        tyro.cli(run_stage, args=["--help"], console_outputs=False)
    for name in ("dvc.cli.parser", "s3fs"):  # all of DVC's commands; how it reaches a remote
        import_module(name)
    for module in pkgutil.iter_modules(pipelines.store.__path__, "pipelines.store."):
        if not module.name.endswith("__main__"):  # runpy runs it
            import_module(module.name)
    with Repo(str(root)) as repo:
        assert repo.index.stages
        repo.checkout(targets=["data.dvc"])


@pytest.fixture(scope="session")
def template(tmp_path_factory, s3):
    """A study's checkout and the folder of its store, to be copied."""
    endpoint, folder = s3
    root = tmp_path_factory.mktemp("template") / "study"
    with pytest.MonkeyPatch.context() as patch:
        use_server(patch, endpoint)
        make_study(root, url="s3://bucket/template")
        _warm_up(root)
        store_command(root, "push")
    return root, folder / "bucket" / "template"


@pytest.fixture
def study(tmp_path, template, store, store_folder):
    """A checkout whose data is in the store; no stage has run."""
    checkout, objects = template
    root = shutil.copytree(checkout, tmp_path / "study")
    shutil.copytree(objects, store_folder)
    config = root / ".dvc" / "config"
    config.write_text(config.read_text().replace("s3://bucket/template", store))
    git(root, "commit", "--quiet", "--all", "--amend", "--no-edit")
    return root


@pytest.fixture
def pods(tmp_path, study, store):
    """The pods of a run of the study."""
    return Pods(tmp_path / "pods", image=study, url=store)
