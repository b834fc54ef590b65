"""The study is submitted over HTTP."""

import pytest

from components.runtime.errors import InputError
from pipelines.kubeflow import submission
from pipelines.kubeflow.submission import submit
from tests.conftest import ROOT
from tests.kubeflow.kfp_server import RUN

IMAGES = {"models_image": "registry/models:1", "analysis_image": "registry/analysis:1"}


@pytest.fixture
def compiled_before(monkeypatch, specifications, here):
    """In the place of each compilation, the result of one."""
    monkeypatch.setattr(submission, "compile_specifications", lambda **_: specifications)


def test_a_study_is_submitted_with_its_texts_and_images(host, compiled_before, capsys):
    submit(host=host.url, **IMAGES, gpus=0, tolerations='[{"key": "gpu"}]', name="mine")
    (body,) = host.submitted
    given = body["runtime_config"]["parameters"]
    assert given["models_image"] == "registry/models:1"
    assert (given["gpus"], given["scoring_gpus"]) == ("0", "1")
    assert given["tolerations"] == [{"key": "gpu"}]
    assert body["display_name"] == "mine"
    assert body["experiment_id"] == "id-of-matching-experts"
    root = body["pipeline_spec"]["pipeline_spec"]["root"]
    default = root["inputDefinitions"]["parameters"]["params"]["defaultValue"]
    assert default == (ROOT / "params.yaml").read_text()
    executors = body["pipeline_spec"]["platform_spec"]["platforms"]["kubernetes"]
    assert "exec-training" in executors["deploymentSpec"]["executors"]
    assert capsys.readouterr().out.splitlines()[-4:] == [
        f"run: {RUN}",
        f"page: {host.url}/#/runs/details/{RUN}",
        f"next: python -m pipelines status --run {RUN} --host {host.url}",
        f"next: python -m pipelines wait --run {RUN} --host {host.url}",
    ]


def test_an_image_by_digest_is_one_for_all_pods_and_a_tag_is_noted(host, compiled_before, capsys):
    digests = {each: f"registry/{each}@sha256:{'0' * 64}" for each in IMAGES}
    submit(host=host.url, **digests)
    assert "note" not in capsys.readouterr().err
    given = host.submitted[0]["runtime_config"]["parameters"]
    assert {each: given[each] for each in IMAGES} == digests
    submit(host=host.url, **digests | {"models_image": "registry/models:1"})
    noted = "note: named by tag, which may move during the run: registry/models:1\n"
    assert capsys.readouterr().err == noted


def test_a_digest_that_is_cut_off_is_refused(host, compiled_before):
    with pytest.raises(InputError, match="found 'registry/models@sha256:12', expected registry/na"):
        submit(host=host.url, **IMAGES | {"models_image": "registry/models@sha256:12"})
    assert host.submitted == []


def test_every_parameter_that_is_given_is_one_of_the_pipelines(host, compiled_before):
    submit(host=host.url, **IMAGES, store="s3://bucket/there")
    (body,) = host.submitted
    root = body["pipeline_spec"]["pipeline_spec"]["root"]
    given = body["runtime_config"]["parameters"]
    assert given.keys() <= root["inputDefinitions"]["parameters"].keys()
    assert given["store"] == "s3://bucket/there"


def test_a_run_is_named_by_its_parameters_and_revision(host, compiled_before):
    submit(host=host.url, **IMAGES)
    name, revision = host.submitted[0]["display_name"].split(" ", 1)
    assert name == "params"
    assert revision


def test_an_experiment_is_made_once(host, compiled_before):
    submit(host=host.url, **IMAGES, experiment="sweep")
    submit(host=host.url, **IMAGES, experiment="sweep")
    assert list(host.experiments) == ["sweep"]
    assert {body["experiment_id"] for body in host.submitted} == {"id-of-sweep"}


def test_an_unknown_namespace_is_refused_in_one_line(host, compiled_before):
    host.namespaces = ["team"]
    with pytest.raises(InputError, match="check KFP_TOKEN and --namespace .*namespace other"):
        submit(host=host.url, namespace="other", **IMAGES)
    assert host.submitted == []
    submit(host=host.url, namespace="team", **IMAGES)
    assert host.experiments["matching-experts"]["namespace"] == "team"


def test_a_namespace_for_a_host_of_one_user_is_refused_in_one_line(host, compiled_before):
    with pytest.raises(InputError, match="refused .400.: In single-user mode"):
        submit(host=host.url, namespace="team", **IMAGES)


def test_bad_parameters_are_refused_and_leave_nothing_on_the_host(host, here, tmp_path):
    params = tmp_path / "params.yaml"
    params.write_text((ROOT / "params.yaml").read_text().replace("seed: 42", "sed: 42"))
    with pytest.raises(InputError, match="seed: missing"):
        submit(host=host.url, **IMAGES, params=params)
    assert host.submitted == []
    assert host.experiments == {}


def test_a_service_account_of_less_rights_may_run_it(host, compiled_before):
    submit(host=host.url, **IMAGES, service_account="matching-experts")
    assert host.submitted[0]["service_account"] == "matching-experts"


def test_a_run_may_be_watched_at_once(host, compiled_before, record, capsys):
    record.all_done()
    submit(host=host.url, **IMAGES, store=record.store, watch=True)
    assert "tokenizer domain: done, 1 min" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "line"),
    [
        ({"gpus": -1}, "--gpus: found -1"),
        ({"scoring_gpus": -1}, "--scoring-gpus: found -1"),
        ({"node_selector": "gpu=yes"}, "--node-selector: found"),
        ({"node_selector": '{"gpu": 1}'}, "--node-selector: found"),
        ({"tolerations": "gpu"}, "--tolerations: found"),
        ({"tolerations": '["gpu"]'}, "--tolerations: found"),
        ({"name": "the brain \N{BRAIN}"}, "--name: line 1, column 11: found U.1F9E0"),
        ({"experiment": "\N{BRAIN}"}, "--experiment: line 1, column 1: found U.1F9E0"),
        ({"node_selector": '{"pool": "\N{BRAIN}"}'}, "--node-selector: line 1, .* U.1F9E0"),
    ],
)
def test_a_bad_flag_is_refused_before_the_host_is_contacted(host, compiled_before, flags, line):
    with pytest.raises(InputError, match=line):
        submit(host=host.url, **IMAGES, **flags)
    assert host.asked == []
