"""The compiled graph, run on this machine without containers, told what the launcher tells."""

import os
import re
import subprocess
import sys

from pipelines.kubeflow.compilation import compile_study
from pipelines.local.launcher import read_tasks
from tests.small_study import clone, dvc, store_command

MARGIN = ("margin: 0.10", "margin: 0.20")
OWN_PLACES = re.compile(r"(?<![\w/])(/workspace|/minio|/tmp/kfp_outputs)\b")  # of a container
RUN = "11111111-2222-3333-4444-555555555555"


def run_tasks(tasks, *, image, folder):
    """Runs tasks as an image would that holds a checkout's code; returns what they print.

    A container's own places are in a folder.
    """
    printed = []
    for task in tasks:
        python, *words = task.command
        assert python == "python"
        words = [OWN_PLACES.sub(rf"{folder}\1", word) for word in words]
        done = subprocess.run(
            [sys.executable, *words],
            cwd=image,
            env={**os.environ, **task.environment({}), "KFP_RETRY_INDEX": "0"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{task}: {done.stderr}"
        printed += (done.stdout + done.stderr).splitlines()
    return printed


def test_pods_run_only_what_the_laptop_has_not_made(demo, store, monkeypatch, tmp_path):
    """The pods get the demo's results from the store; only what the margin changes is theirs."""
    store_command(demo.folder, "push", "--store", store)
    monkeypatch.chdir(demo.folder)
    params = (demo.folder / "params.yaml").read_text().replace(*MARGIN)
    compile_study(output=tmp_path / "study.yaml")
    parameters = {"params": params, "store": store, "gpus": "0"}
    tasks = read_tasks(tmp_path / "study.yaml", run=RUN, parameters=parameters)
    printed = run_tasks(tasks, image=demo.folder, folder=tmp_path)
    assert [line for line in printed if line.startswith("Running stage")] == [
        "Running stage 'statistics':",
        "Running stage 'figures':",
    ]
    skipped = [line for line in printed if line.endswith("cached result found, stage skipped")]
    assert len(skipped) == len(demo.stages()) - 2

    target = clone(demo.folder, tmp_path / "clone")
    dvc(target, "remote", "modify", "--local", "store", "url", store)
    store_command(target, "adopt", "--run", RUN)
    dvc(target, "pull")
    assert "Running" not in dvc(target, "repro").stdout
    assert MARGIN[1] in (target / "params.yaml").read_text()
