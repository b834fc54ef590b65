"""The compiled graph, run without containers, each task with what Kubeflow's launcher gives it."""

import re

from pipelines.local.launcher import read_tasks
from pipelines.pod.stage import stage
from pipelines.pod.study import study
from tests.small_study import ended, start_forked, store_command

MARGIN = ("margin: 0.10", "margin: 0.20")
OWN_PLACES = re.compile(r"(?<![\w/])(/workspace|/minio|/tmp/kfp_outputs)\b")  # of a container
PROGRAMS = {"stage": stage, "study": study}


def run_task(task, folder):
    """Runs a task in this checkout, a container's own places in a folder; returns its output."""
    python, option, module, program, *flags = task.command
    assert (python, option, module) == ("python", "-m", "pipelines.pod")
    flags = [OWN_PLACES.sub(rf"{folder}\1", flag) for flag in flags]
    environment = {**task.environment({}), "KFP_RETRY_INDEX": "0"}
    place = folder / "pods" / task.name
    done = ended(start_forked(PROGRAMS[program], *flags, folder=place, env=environment))
    return (done.stdout + done.stderr).splitlines()


def test_pods_run_only_what_the_laptop_has_not_made(
    demo, specifications, store, monkeypatch, tmp_path
):
    """The pods get the demo's results from the store; only what the margin changes is theirs."""
    store_command(demo.folder, "push", "--store", store)
    monkeypatch.chdir(demo.folder)
    params = (demo.folder / "params.yaml").read_text().replace(*MARGIN)
    tasks = read_tasks(*specifications, run="run-1", parameters={"params": params, "store": store})
    printed = [line for task in tasks for line in run_task(task, tmp_path)]
    assert [line for line in printed if line.startswith("Running stage")] == [
        "Running stage 'statistics':",
        "Running stage 'figures':",
    ]
    skipped = [line for line in printed if line.endswith("cached result found, stage skipped")]
    assert len(skipped) == len(demo.stages()) - 2
