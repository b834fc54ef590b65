"""Pods refuse lock entries of other code or form, and stages that fail leave nothing."""

import pytest

from pipelines.dvc.lock_entries import outputs
from pipelines.pod.stage import stage
from pipelines.store.layout import object_key
from pipelines.store.studies import read_entry
from tests.small_study import PARAMS, add_stage, ended, error_line, start_forked

FAILING = """\
import pathlib, sys
print("begins")
pathlib.Path("half").write_text("half")
sys.exit(7)
"""


OTHER_FORM = b"""\
stages:
  upper:
    {cmd: x, deps: 5, outs: [{path: artifacts/upper, md5: %s, size: 1}]}
""" % (b"a" * 32)


def keys(store_folder, part):
    return {each for each in (store_folder / part).rglob("*") if each.is_file()}


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
def test_a_missing_or_malformed_entry_is_named(pods, content, words):
    if content is not None:
        pods.bucket.write("studies/run-1/stages/upper.yaml", content=content)
    line = error_line(pods.start("count@a", check=False))
    assert words in line


def test_a_run_without_a_study_is_named(pods, study, store, tmp_path):
    pods.write_study()
    pods.run = "run-2"
    flags = pods.flags("upper")
    done = ended(start_forked(stage, *flags, folder=tmp_path / "pod"), check=False)
    assert "no study run-2" in error_line(done)


def test_a_stage_that_is_not_there_is_named(pods):
    line = error_line(pods.start("nothing", check=False))
    assert "found 'nothing', expected one of alphabet, count@a" in line


def test_a_stage_that_fails_gives_its_exit_code_and_leaves_nothing(pods, study, store_folder):
    add_stage(study, "failing", FAILING, outs=["half"])
    before = {part: keys(store_folder, part) for part in ("files", "runs")}
    done = pods.start("failing", check=False)
    assert done.returncode == 7
    assert done.stdout.count("begins") == 1  # it is not begun again
    assert {part: keys(store_folder, part) for part in before} == before
    assert not keys(store_folder, "studies/run-1/stages")


def test_a_parameter_that_would_be_a_command_of_its_own_is_refused(pods, tmp_path):
    """Whoever may write the store can change a run's parameters after they were checked."""
    pods.params = PARAMS.replace("loud: true", f"loud: true; touch {tmp_path / 'run'}")
    assert "upper: found the command" in error_line(pods.start("upper", check=False))
    assert not (tmp_path / "run").exists()


def test_a_stage_that_does_not_make_its_output_is_named(pods, study, store_folder):
    add_stage(study, "lazy", "", outs=["made"])
    before = keys(store_folder, "runs")
    assert "made" in error_line(pods.start("lazy", check=False))
    assert keys(store_folder, "runs") == before


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
