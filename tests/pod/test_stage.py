"""Pods refuse lock entries of other code or form, and stages that fail leave nothing."""

import re

import pytest

from components.runtime.errors import InputError
from pipelines.dvc.lock_entries import outputs
from pipelines.pod.stage import stage
from pipelines.store.layout import object_key
from pipelines.store.studies import read_entry
from tests.small_study import PARAMS, add_stage, ended, error_line, start_forked

FAILING = """\
import pathlib, sys
print("begins")
pathlib.Path("made").write_text("half")
sys.exit(7)
"""
LAZY = "print('begins')"

OTHER_FORM = b"""\
stages:
  upper:
    {cmd: x, deps: 5, outs: [{path: artifacts/upper, md5: %s, size: 1}]}
""" % (b"a" * 32)


def test_an_entry_of_other_code_or_parameters_names_what_differs(begun, study):
    code = study / "components" / "upper.py"
    code.write_text(code.read_text() + "# changed\n")
    begun.params = begun.params.replace("loud: true", "loud: false")
    line = error_line(begun.start("count@a", check=False))
    assert "lock entry of upper: made by other code or parameters: the command" in line
    assert "components/upper.py" in line
    assert "params.yaml" in line or "loud" in line


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "upper.yaml: not found, expected the lock entry of upper"),
        (b"stages: {upper: {cmd: x}}", "upper.yaml: found no outputs of upper"),
        (OTHER_FORM, "upper.yaml: found another form at 'stages.upper.deps'"),
    ],
)
def test_a_missing_or_malformed_entry_is_named(bucket, content, words):
    if content is not None:
        bucket.write("studies/run-1/stages/upper.yaml", content=content)
    with pytest.raises(InputError, match=re.escape(words)):
        read_entry(bucket, "run-1", "upper")


def test_a_run_or_a_stage_that_is_not_there_is_named(pods, tmp_path):
    line = error_line(pods.start("nothing", check=False))
    assert "found 'nothing', expected one of alphabet, count@a" in line
    pods.run = "run-2"
    done = ended(start_forked(stage, *pods.flags("upper"), folder=tmp_path / "pod"), check=False)
    assert "no study run-2" in error_line(done)


@pytest.mark.parametrize(("code", "exit_code"), [(FAILING, 7), (LAZY, 1)])
def test_a_stage_that_fails_or_makes_nothing_ends_its_pod_and_leaves_nothing(
    pods, study, results, code, exit_code
):
    add_stage(study, "failing", code, outs=["made"])
    before = results()
    done = pods.start("failing", check=False)
    assert done.returncode == exit_code
    assert done.stdout.count("begins") == 1  # it is not begun again
    assert exit_code == 7 or "made" in error_line(done)
    assert results() == before


def test_a_parameter_that_would_be_a_command_of_its_own_is_refused(pods, tmp_path):
    """Whoever may write the store can change a run's parameters after they were checked."""
    pods.params = PARAMS.replace("loud: true", f"loud: true; touch {tmp_path / 'run'}")
    assert "upper: found the command" in error_line(pods.start("upper", check=False))
    assert not (tmp_path / "run").exists()


def test_a_result_that_is_gone_since_the_check_is_not_made_again_without_its_gpu(
    begun, study, store_folder
):
    definition = study / "dvc.yaml"
    text = definition.read_text()
    definition.write_text(text.replace("  upper:\n", "  upper:\n    meta: {gpu: training}\n"))
    (output,) = outputs(read_entry(begun.bucket, "run-1", "upper"), where="")
    (store_folder / object_key(output.identifier)).unlink()
    done = begun.start("upper", check=False)
    assert "upper: its result was in the store when the run began" in error_line(done)
    assert "running upper" not in done.stdout
    begun.run = "run-2"  # whose check finds no result, and asks for a GPU
    assert "running upper" in begun.start("upper").stdout
