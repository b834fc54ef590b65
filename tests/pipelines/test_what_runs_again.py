"""A run with the same parameters runs again what other data or other code concerns, and no more."""

import re

import pytest
import yaml

from pipelines.kubeflow.compilation import COMPILED
from pipelines.pod.pod import pod
from tests.conftest import ROOT
from tests.small_study import STAGES, Pods, dvc, ended, error_line, start_forked, store_command


@pytest.fixture
def ran(pods, study, store, tmp_path):
    """Which stages another run of the study executes, after a first one."""
    pods.start_all()

    def stages():
        again = Pods(tmp_path / "again", image=study, url=store, run="run-2")
        assert again.params == pods.params
        return {stage for stage, done in again.start_all().items() if "running" in done.stdout}

    return stages


def test_changed_data_runs_what_reads_it_and_what_follows(ran, study):
    (study / "data" / "words" / "größe.txt").write_text("abba")
    dvc(study, "add", "--quiet", "data")
    store_command(study, "push")
    assert ran() == {"count@a", "count@b", "report"}


def test_changed_code_runs_its_stage_and_what_follows(ran, study):
    code = study / "components" / "count.py"
    code.write_text(code.read_text().replace('{"texts": len(texts)}', '{"texts": len(texts) + 1}'))
    assert ran() == {"count@a", "count@b", "report"}


def test_changed_code_that_makes_the_same_runs_its_stage_only(ran, study):
    code = study / "components" / "upper.py"
    code.write_text(code.read_text() + "# the same\n")
    assert ran() == {"upper"}


@pytest.mark.parametrize(
    ("stages", "line"),
    [
        (STAGES[:-1], "error: params.yaml: found report, which this pipeline does not have"),
        ((*STAGES, "count@c"), "error: params.yaml: found no count@c, which this pipeline has"),
    ],
)
def test_parameters_of_other_variants_than_the_graphs_are_refused(pods, stages, line):
    done = pods.start("alphabet", "--stages", " ".join(stages), check=False)
    assert error_line(done).startswith(f"{line}: compile and submit it anew")


def test_parameters_with_a_variant_more_are_refused_by_a_pod_of_the_compiled_graph(store, tmp_path):
    inputs, texts = compiled("overlap")
    rows = re.findall("  gpt2-neuro: .*\n", texts["params"])
    more = texts["params"].replace(rows[0], rows[0] + rows[0].replace("neuro", "more"))
    place = tmp_path / "pod"
    done = ended(
        start_forked(
            pod,
            *("--stage", "overlap", "--run", "run-1", "--store", store, "--params", more),
            *("--data", texts["data"], "--stages", inputs["stages"], "--code", str(ROOT)),
            *("--lock", str(place / "lock"), "--metrics", str(place / "metrics")),
            *("--workspace", str(place / "workspace")),
            folder=place,
        ),
        check=False,
    )
    assert re.match(
        "error: params.yaml: found (brainbench|training)@gpt2-more, which this pipeline does not"
        " have: compile and submit it anew",
        error_line(done),
    )


def compiled(stage):
    """The constants that a task of the compiled graph is given, and the pipeline's texts."""
    specification, _ = yaml.safe_load_all((ROOT / COMPILED).read_text())
    root = specification["root"]
    for task in root["dag"]["tasks"].values():
        given = {
            name: value["runtimeValue"]["constant"]
            for name, value in task["inputs"]["parameters"].items()
            if "runtimeValue" in value
        }
        if given["stage"] == stage:
            defaults = root["inputDefinitions"]["parameters"]
            return given, {name: defaults[name]["defaultValue"] for name in ("params", "data")}
    raise AssertionError
