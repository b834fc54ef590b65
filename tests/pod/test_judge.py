"""What DVC does not take: entries of other code, texts of other forms, stages that fail."""

import pytest

from tests.faulty_proxy import refusal
from tests.small_study import add_stage, error_line

FAILING = """\
import pathlib, sys
pathlib.Path("half").write_text("half")
sys.exit(7)
"""
KILLED = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"


def keys(store_folder, part):
    return {each for each in (store_folder / part).rglob("*") if each.is_file()}


def test_an_entry_of_other_code_names_stage_and_file(pods, study):
    pods.start("upper")
    code = study / "components" / "upper.py"
    code.write_text(code.read_text() + "# changed\n")
    line = error_line(pods.start("count@a", check=False))
    assert "lock entry of upper: made by other code" in line
    assert "components/upper.py" in line


def test_an_entry_of_other_parameters_names_stage_and_parameter(pods):
    pods.start("upper")
    pods.params = pods.params.replace("loud: true", "loud: false")
    line = error_line(pods.start("count@a", check=False))
    assert "lock entry of upper" in line
    assert "loud" in line or "the command" in line


def test_changed_code_runs_again(pods, study):
    pods.start("upper")
    pods.start("count@a")
    code = study / "components" / "count.py"
    code.write_text(code.read_text() + "# changed\n")
    assert "running count" in pods.start("count@a").stdout
    assert "made before" in pods.start("upper").stderr


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "not found"),
        (b"", "expected a mapping"),
        (b"\xff\xfe\x00", "not YAML"),
        (b"schema: '2.0'\nstages:\n  upper:\n    cm", "expected stages with cmd"),
        (b"stages: {upper: {cmd: x, outs: [{path: a}]}}", "expected path, md5 and size"),
        (b"stages: {upper: {cmd: x, deps: 5}}", "upper"),
        (b"stages: {elsewhere: {cmd: x}}", "elsewhere"),
        (b"schema: '2.0'\n", "no lock entry of upper came in"),
    ],
)
def test_an_entry_that_is_none_is_named(pods, content, words):
    file = pods.entry("upper")
    file.parent.mkdir(parents=True)
    if content is not None:
        file.write_bytes(content)
    assert words in error_line(pods.start("count@a", check=False))


@pytest.mark.parametrize("params", ["", "5", "{", "letters: 5", "loud: true"])
def test_parameters_that_do_not_fit_are_named(pods, store_folder, params):
    before = keys(store_folder, "studies")
    pods.params = params
    assert error_line(pods.start("count@a", check=False))
    assert keys(store_folder, "studies") == before


@pytest.mark.parametrize("data", ["", "5", "{", "outs: []", "outs: [{path: data}]", "outs: 5"])
def test_data_that_is_none_is_named(pods, store_folder, data):
    before = keys(store_folder, "studies")
    pods.data = data
    assert "data.dvc" in error_line(pods.start("upper", check=False))
    assert keys(store_folder, "studies") == before


def test_a_stage_that_is_not_there_is_named(pods):
    line = error_line(pods.start("nothing", check=False))
    assert "found 'nothing', expected one of alphabet, count@a" in line


@pytest.mark.parametrize(("code", "outcome"), [(FAILING, 7), (KILLED, 128 + 9)])
def test_a_stage_that_fails_gives_its_exit_code_and_leaves_nothing(
    pods, study, store_folder, code, outcome
):
    add_stage(study, "failing", code, outs=["half"])
    before = {part: keys(store_folder, part) for part in ("files", "runs")}
    done = pods.start("failing", check=False)
    assert done.returncode == outcome
    assert {part: keys(store_folder, part) for part in before} == before
    assert not keys(store_folder, "studies/run-1/stages")
    assert not pods.entry("failing").exists()


def test_a_stage_that_does_not_make_its_output_is_named(pods, study, store_folder):
    add_stage(study, "lazy", "", outs=["made"])
    before = keys(store_folder, "runs")
    assert "made" in error_line(pods.start("lazy", check=False))
    assert keys(store_folder, "runs") == before


def test_nothing_is_handed_on_when_nothing_may_be_written(pods, proxy):
    proxy.spoil(refusal(403, "AccessDenied"), method="PUT", path="files/md5")
    line = error_line(pods.start("alphabet", check=False))
    assert "PutObject is not allowed" in line
    assert not pods.entry("alphabet").exists()
