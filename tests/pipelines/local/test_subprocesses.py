"""The compiled graph, run by kfp on this machine without containers."""

import subprocess
import sys

import pytest
from kfp import local
from kfp.components import load_component_from_file
from kfp.local import subprocess_task_handler

from components.container import WORKSPACE
from pipelines.compilation import compile_study
from pipelines.store.address import read_address
from pipelines.store.bucket import Bucket
from pipelines.store.studies import list_studies
from tests.small_study import clone, dvc, store_command

MARGIN = ("margin: 0.10", "margin: 0.20")


@pytest.fixture
def printed(monkeypatch, tmp_path):
    """What the pods of a run by kfp's SubprocessRunner print; it is made to take containers."""
    lines = []

    def run_local_subprocess(full_command, env_vars=None):
        workspace = str(tmp_path / "workspace")
        words = [workspace if word == WORKSPACE else word for word in full_command[1:]]
        done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
        lines.extend((done.stdout + done.stderr).splitlines())
        assert done.returncode == 0, done.stderr
        return done.returncode

    handler = subprocess_task_handler.SubprocessTaskHandler
    monkeypatch.setattr(handler, "validate_image", lambda *_: None)
    monkeypatch.setattr(handler, "validate_not_container_component", lambda *_: None)
    monkeypatch.setattr(subprocess_task_handler, "run_local_subprocess", run_local_subprocess)
    local.init(local.SubprocessRunner(use_venv=False), pipeline_root=str(tmp_path / "tasks"))
    return lines


def test_pods_run_only_what_the_laptop_has_not_made(demo, store, printed, monkeypatch, tmp_path):
    """The pods get the demo's results from the store; only the changed stage is theirs."""
    store_command(demo.folder, "push", "--store", store)
    monkeypatch.chdir(demo.folder)
    params = (demo.folder / "params.yaml").read_text().replace(*MARGIN)
    compile_study(output=tmp_path / "study.yaml")
    load_component_from_file(str(tmp_path / "study.yaml"))(params=params, store=store, gpus="0")
    ran = [line for line in printed if line.startswith("Running stage")]
    assert ran == ["Running stage 'figures':"]
    spared = [line for line in printed if line.endswith("made before, not run again")]
    assert len(spared) == len(demo.stages()) - 1

    target = clone(demo.folder, tmp_path / "clone")
    dvc(target, "remote", "modify", "--local", "store", "url", store)
    studies = {each.run for each in list_studies(Bucket(read_address(store)))}
    (run,) = (each for each in studies if not each.startswith("local-"))
    store_command(target, "adopt", "--run", run)
    dvc(target, "pull")
    assert "Running" not in dvc(target, "repro").stdout
    assert MARGIN[1] in (target / "params.yaml").read_text()
