"""The first task: a bad study ends its run there, in one line."""

import re

import pytest

from pipelines.dvc.graph import read_graph
from pipelines.pod.study import study as check_study
from pipelines.store.studies import list_studies, read_study
from pipelines.store.task_states import CHECK, read_state, read_tasks
from tests.conftest import ROOT
from tests.small_study import dvc, ended, error_line, start_forked, store_command

PARAMS = (ROOT / "params.yaml").read_text()


@pytest.fixture(scope="module")
def nodes():
    return read_graph(ROOT, params=PARAMS, data=(ROOT / "data.dvc").read_text())


@pytest.fixture
def check(study, store, nodes, tmp_path):
    """Checks a study whose code is this checkout's and whose data are the small study's."""

    def run(*, params=PARAMS, data=None, stages=None, url=store, env=None, gpus="0"):
        texts = {
            "params": params,
            "data": (study / "data.dvc").read_text() if data is None else data,
            "stages": " ".join(stages or [node.stage for node in nodes]),
            "gpus": gpus,
        }
        flags = [word for name, text in texts.items() for word in (f"--{name}", text)]
        flags += ["--run", "run-1", "--store", url, "--code", str(ROOT)]
        return ended(
            start_forked(check_study, *flags, folder=tmp_path / "pod", env=env), check=False
        )

    return run


@pytest.fixture
def data(study):
    """The data that the stages without others before them read, in the store."""
    for name in ("corpus/general", "corpus/domain", "brainbench"):
        folder = study / "data" / name
        folder.mkdir(parents=True)
        (folder / "file").write_text(name)
    dvc(study, "add", "data")
    store_command(study, "push")


def test_a_good_study_is_written_with_the_titles_of_its_tasks(check, data, study, bucket, nodes):
    done = check()
    assert done.returncode == 0, done.stderr
    written = read_study(bucket, "run-1")
    assert (written.params, written.data) == (PARAMS, (study / "data.dvc").read_text())
    titles = read_tasks(bucket, "run-1")
    assert list(titles) == [CHECK, *(node.stage for node in nodes)]
    assert titles["training@gpt2-neuro"] == "train gpt2-neuro"
    assert read_state(bucket, "run-1", CHECK).state == "done"


def with_a_variant_more():
    row = re.search("  gpt2-neuro: .*\n", PARAMS)[0]
    return PARAMS.replace(row, row + row.replace("neuro", "more"))


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ("{", "not YAML"),
        (with_a_variant_more(), "no artifacts/scores/gpt2-more"),
    ],
)
def test_bad_parameters_are_named_and_no_study_is_written(check, bucket, params, words):
    line = error_line(check(params=params))
    assert words in line
    assert f"error: {read_state(bucket, 'run-1', CHECK).error}" == line
    assert "run-1" not in list_studies(bucket)


def test_other_stages_than_the_compiled_pipelines_are_named(check, nodes):
    stages = [node.stage for node in nodes]
    less = error_line(check(stages=stages[:-1]))
    assert f"found {stages[-1]}, which the compiled pipeline does not have" in less
    more = error_line(check(stages=[*stages, "training@gpt2-more"]))
    assert "found no training@gpt2-more, which the compiled pipeline has" in more


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"data": "outs: []"}, "data.dvc"),
        ({}, "data: no data/corpus/general, which tokenizer@pretrained needs"),
        ({"gpus": "-1"}, "gpus: found -1, expected 0 or more"),
        (
            {"env": {"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "2"}},
            "http://127.0.0.1:9 is not reached",
        ),
        ({"url": "s3://nobucket/study"}, "no such bucket"),
    ],
)
def test_what_is_wrong_with_the_data_the_gpus_or_the_store_is_one_line(check, given, words):
    assert words in error_line(check(**given))


def test_data_that_the_store_does_not_hold_is_named(check, store_folder):
    next(store_folder.glob("files/md5/*/*[!r]")).unlink()
    line = error_line(check())
    assert "data.dvc: data: 1 of its 5 objects are missing: push the data" in line
